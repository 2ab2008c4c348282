import { call, fails } from '@openchair/plugin-kit/conformance';
import { CLIENT_ID, TOKEN_MS } from './emulator/token-endpoint.js';
import { type FhirStand, KEYS, type StandOptions, startFhirStand } from './stand.js';

describe('SMART backend services', () => {
  let stand: FhirStand;
  const begin = async (options: StandOptions = {}) => (stand = await startFhirStand({ alg: 'ES384', ...options }));
  afterEach(() => stand.stop());

  const probe = () => stand.adapter.probe(call());
  const asked = () => stand.emulator.requests.filter(({ path }) => path === '/oauth2/token').length;

  it.each(['RS384', 'ES384'] as const)(
    'signs %s, once for a token, and uses it until shortly before its end',
    async (alg) => {
      await begin({ alg });
      await probe();
      await probe();
      expect(asked()).toBe(1);
      const [{ alg: used, claims }] = stand.emulator.tokens!.taken as [
        { alg: string; claims: Record<string, number | string> },
      ];
      expect(used).toBe(alg);
      expect(claims).toMatchObject({ iss: CLIENT_ID, sub: CLIENT_ID, aud: `${stand.emulator.url}/oauth2/token` });
      expect(Number(claims.exp) - stand.emulator.now() / 1_000).toBeLessThanOrEqual(300);
      stand.deps.clock.time += TOKEN_MS - 61_000;
      await probe();
      expect(asked()).toBe(1);
      stand.deps.clock.time += 2_000;
      await probe();
      expect(asked()).toBe(2);
      expect(new Set(stand.emulator.tokens!.taken.map((one) => one.claims.jti)).size).toBe(2);
    },
  );

  it('renews a token that was withdrawn, once, and does not repeat itself for ever', async () => {
    await begin();
    await probe();
    stand.emulator.tokens!.tokens.clear();
    await probe();
    expect(asked()).toBe(2);
    await stand.emulator.fault('wrong_key');
    const before = stand.emulator.requests.length;
    await fails(probe(), 'unauthorized', stand.secrets);
    expect(stand.emulator.requests.length - before).toBeLessThanOrEqual(3);
  });

  it('dates its assertions by the clock of the server', async () => {
    await begin();
    stand.emulator.skewMs = -3_600_000;
    await probe();
    stand.emulator.skewMs = 3_600_000;
    await probe();
    expect(asked()).toBe(2);
  });

  it('takes a key as JWK too', async () => {
    const jwk = JSON.stringify(KEYS.ES384.privateKey.export({ format: 'jwk' }));
    await begin({ config: { privateKey: jwk } });
    expect((await probe()).description).toBe('Emulated FHIR 4.2 FHIR 4.0.1');
  });

  it.each([
    [
      'a key that is not registered',
      { privateKey: KEYS.RS384.privateKey.export({ format: 'pem', type: 'pkcs8' }) },
      'invalid_client',
    ],
    ['another client', { clientId: 'somebody' }, 'invalid_client'],
    ['scopes it may not have', { scope: 'system/*.*' }, 'invalid_scope'],
    ['no key', { privateKey: undefined }, 'private_key_unreadable'],
    ['a key that is none', { privateKey: 'Zoo' }, 'private_key_unreadable'],
    ['no client', { clientId: undefined }, 'client_id_missing'],
    ['no token', { auth: 'bearer', accessToken: undefined }, 'access_token_missing'],
    ['a wrong token', { auth: 'bearer', accessToken: 'guess' }, 'unauthorized'],
    ['nothing at all', { auth: 'none' }, 'unauthorized'],
  ])('says what is wrong with %s', async (_what, config, reason) => {
    await begin({ config });
    expect((await fails(probe(), 'unauthorized', stand.secrets)).reason).toBe(reason);
  });

  it('tells a server that knows no SMART', async () => {
    stand = await startFhirStand({ config: { auth: 'smart', clientId: CLIENT_ID } });
    expect((await fails(probe(), 'rejected')).reason).toBe('smart_not_offered');
  });

  it('leaves a write undone whose token could not be had', async () => {
    await begin();
    await stand.emulator.fault('down');
    const request = { reference: 'pat_1', firstName: 'A', lastName: 'B' };
    expect((await fails(stand.adapter.findOrCreatePatient!(call(), request), 'retryable')).outcome).toBe('not_done');
  });
});
