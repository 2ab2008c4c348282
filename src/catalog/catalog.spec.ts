import { badFields } from '../../test/harness/bad-values.js';
import { CatalogUnderTest, newPractice, operatory, provider, reason, there } from '../../test/harness/catalog.js';
import { createOpenApi } from '../http/index.js';
import { newId } from '../kernel/index.js';
import { Persistence } from '../persistence/index.js';
import { ReasonGuards } from './index.js';

const rooms = new CatalogUnderTest();
beforeAll(() => rooms.start());
afterAll(() => rooms.stop());

const resources = [
  {
    path: 'operatories',
    dto: 'Operatory',
    body: () => operatory(),
    patch: { name: 'Operatory 9' },
    event: 'operatory.changed',
  },
  {
    path: 'providers',
    dto: 'Provider',
    body: (chair: string) => provider([chair]),
    patch: { title: 'DDS', exceptions: [{ date: '2027-03-15', off: true, hours: null, blocked: null }] },
    event: 'provider.changed',
  },
  {
    path: 'reasons',
    dto: 'Reason',
    body: (chair: string, doctor: string) => reason([doctor], [chair], { slug: 'exam' }),
    patch: { pattern: '/XX/' },
    event: 'reason.changed',
  },
  {
    path: 'carriers',
    dto: 'Carrier',
    body: () => ({ name: 'Aetna' }),
    patch: { aliases: ['Aetna PPO'] },
    event: 'carrier.changed',
  },
  {
    path: 'referrers',
    dto: 'Referrer',
    body: () => ({ label: 'A friend' }),
    patch: { order: 4 },
    event: 'referrer.changed',
  },
];

describe.each(resources)('$path', ({ path, dto, body, patch, event }) => {
  let practice: string;
  let valid: object;
  let base: string;
  beforeEach(async () => {
    practice = newPractice();
    const chair = await rooms.made(practice, 'operatories', operatory('A chair'));
    const doctor = await rooms.made(practice, 'providers', provider([chair.id], { displayName: 'A doctor' }));
    valid = body(chair.id, doctor.id);
    base = `/v1/${path}`;
  });

  it('are created, read, listed, changed and removed, each change with its event', async () => {
    const first = await rooms.made(practice, path, valid);
    const read = await rooms.one.call(practice, 'GET', `${base}/${first.id}`);
    expect(read.body).toEqual(first);
    expect(read.headers.get('etag')).toBe('"v1"');
    const changed = await rooms.one.call(practice, 'PATCH', `${base}/${first.id}`, patch, { 'if-match': '"v1"' });
    expect([changed.status, changed.headers.get('etag')]).toEqual([200, '"v2"']);
    expect(changed.body).toMatchObject({ ...patch, version: 2 });
    const stale = await rooms.one.call(practice, 'PATCH', `${base}/${first.id}`, { order: 3 }, { 'if-match': '"v1"' });
    expect([stale.status, stale.body.code]).toEqual([412, 'version_mismatch']);
    const same = await rooms.one.call(practice, 'PATCH', `${base}/${first.id}`, patch);
    expect(same.body).toEqual(changed.body);
    const hidden = await rooms.one.call(practice, 'PATCH', `${base}/${first.id}`, { active: false });
    expect(hidden.body.active).toBe(false);
    const shown = await rooms.one.call(practice, 'GET', `${base}?active=false`);
    expect(shown.body.data).toEqual([hidden.body]);
    expect((await rooms.one.call(practice, 'DELETE', `${base}/${first.id}`)).status).toBe(204);
    expect((await rooms.one.call(practice, 'GET', `${base}/${first.id}`)).status).toBe(404);
    expect((await rooms.one.call(practice, 'DELETE', `${base}/${first.id}`)).status).toBe(404);
    const rows = await rooms.one.app
      .get(Persistence)
      .connection.db!.collection('events')
      .find({ tenantId: practice, 'subject.id': first.id })
      .sort({ sequence: 1 })
      .toArray();
    expect(rows.map(({ type, sequence, data }) => [type, sequence, data.change])).toEqual([
      [event, 1, 'created'],
      [event, 2, 'changed'],
      [event, 3, 'changed'],
      [event, 4, 'removed'],
    ]);
  });

  it('change nothing for bad input of any kind', async () => {
    const item = await rooms.made(practice, path, valid);
    const before = await rooms.stored(practice);
    const fields = [
      ...badFields(createOpenApi(rooms.one.app), `Create${dto}`),
      ['unknownField', [1]],
      ['_id', ['x']],
    ] as const;
    for (const [field, values] of fields) {
      for (const value of values as unknown[]) {
        const created = await rooms.one.call(practice, 'POST', base, { ...valid, [field as string]: value });
        const changed = await rooms.one.call(practice, 'PATCH', `${base}/${item.id}`, { [field as string]: value });
        expect([field, value, created.status, changed.status]).toEqual([field, value, 400, 400]);
        expect(changed.body.errors[0].pointer).toContain(`/${field}`);
      }
    }
    for (const [method, target, status] of [
      ['GET', `${base}/nonsense`, 400],
      ['GET', `${base}?colour=red`, 400],
      ['GET', `${base}?limit=0`, 400],
      ['GET', `${base}?active=maybe`, 400],
      ['GET', `${base}?sort=name`, 400],
      ['GET', `${base}?cursor=${'x'.repeat(40)}`, 404],
    ] as const) {
      expect([target, (await rooms.one.call(practice, method, target)).status]).toEqual([target, status]);
    }
    expect(await rooms.stored(practice)).toBe(before);
  });

  it('are not there for another practice', async () => {
    const item = await rooms.made(practice, path, valid);
    const other = newPractice();
    const before = await rooms.stored(practice);
    const missing = `${item.id.slice(0, 4)}${newId('hold', 1).slice(4)}`;
    for (const [method, sent] of [
      ['GET', undefined],
      ['PATCH', { active: false }],
      ['DELETE', undefined],
    ] as const) {
      const foreign = await rooms.one.call(other, method, `${base}/${item.id}`, sent);
      const nowhere = await rooms.one.call(other, method, `${base}/${missing}`, sent);
      expect(foreign.status).toBe(404);
      expect({ ...foreign.body, requestId: '' }).toEqual({ ...nowhere.body, requestId: '' });
    }
    expect((await rooms.one.call(other, 'GET', base)).body.data).toEqual([]);
    expect(await rooms.stored(practice)).toBe(before);
  });

  it('are made once for one idempotency key', async () => {
    const keyed = { 'idempotency-key': `k-${path}` };
    const first = await rooms.one.call(practice, 'POST', base, valid, keyed);
    const again = await rooms.two.call(practice, 'POST', base, valid, keyed);
    expect([again.status, again.body]).toEqual([201, first.body]);
    expect((await rooms.one.call(practice, 'POST', base, { ...valid, order: 2 }, keyed)).status).toBe(422);
  });
});

describe('lists', () => {
  it('page in the order that staff gave', async () => {
    const practice = newPractice();
    for (const [order, label] of [
      [2, 'c'],
      [0, 'a'],
      [2, 'd'],
      [1, 'b'],
    ] as const) {
      await rooms.made(practice, 'referrers', { label, order });
    }
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page = await rooms.one.call(practice, 'GET', `/v1/referrers?limit=1${cursor ? `&cursor=${cursor}` : ''}`);
      seen.push(...page.body.data.map(({ label }: { label: string }) => label));
      cursor = page.body.nextCursor as string | null;
    }
    expect(seen).toEqual(['a', 'b', 'c', 'd']);
  });
});

describe('references', () => {
  it('hold a provider and an operatory fast while a reason names them, hidden reasons too', async () => {
    const { practice, chair, doctor, visit } = await rooms.smallPractice();
    await rooms.one.call(practice, 'PATCH', `/v1/reasons/${visit.id}`, { active: false });
    const before = await rooms.stored(practice);
    for (const [method, path, body] of [
      ['DELETE', `/v1/providers/${doctor.id}`, undefined],
      ['PATCH', `/v1/providers/${doctor.id}`, { active: false }],
      ['PATCH', `/v1/providers/${doctor.id}`, { operatoryIds: [] }],
      ['PATCH', `/v1/providers/${doctor.id}`, { locationIds: [there] }],
      ['DELETE', `/v1/operatories/${chair.id}`, undefined],
      ['PATCH', `/v1/operatories/${chair.id}`, { active: false }],
      ['PATCH', `/v1/operatories/${chair.id}`, { locationId: there }],
    ] as const) {
      const answer = await rooms.one.call(practice, method, path, body);
      expect([method, body, answer.status, answer.body?.code]).toEqual([method, body, 409, 'in_use']);
      expect(answer.body.reasons).toEqual([{ id: visit.id, name: visit.name }]);
      expect(answer.body.detail).toMatch(/reason/);
    }
    expect(await rooms.stored(practice)).toBe(before);
    expect((await rooms.one.call(practice, 'DELETE', `/v1/reasons/${visit.id}`)).status).toBe(204);
    const assigned = await rooms.one.call(practice, 'DELETE', `/v1/operatories/${chair.id}`);
    expect(assigned.body).toMatchObject({ code: 'in_use', providers: [{ id: doctor.id, name: doctor.displayName }] });
    expect((await rooms.one.call(practice, 'DELETE', `/v1/providers/${doctor.id}`)).status).toBe(204);
    expect((await rooms.one.call(practice, 'DELETE', `/v1/operatories/${chair.id}`)).status).toBe(204);
  });

  it('must exist in the practice, be active and fit one another', async () => {
    const { practice, chair, doctor } = await rooms.smallPractice();
    const foreign = await rooms.smallPractice();
    const elsewhere = await rooms.made(practice, 'operatories', operatory('Elsewhere', there));
    const resting = await rooms.made(practice, 'providers', provider([chair.id], { active: false }));
    const before = await rooms.stored(practice);
    const missing = newId('provider', 5);
    for (const [body, pointer, code] of [
      [reason([missing], [chair.id]), '/providerIds/0', 'not_found'],
      [reason([doctor.id, foreign.doctor.id], [chair.id]), '/providerIds/1', 'not_found'],
      [reason([doctor.id], [foreign.chair.id]), '/operatoryIds/0', 'not_found'],
      [reason([doctor.id], [chair.id], { locationIds: [newId('location', 9)] }), '/locationIds/0', 'not_found'],
      [reason([resting.id], [chair.id]), '/providerIds/0', 'inactive'],
      [reason([doctor.id], [elsewhere.id]), '/providerIds/0', 'no_operatory'],
      [reason([doctor.id], [chair.id], { locationIds: [there] }), '/providerIds/0', 'no_operatory'],
      [reason([doctor.id], [chair.id], { pattern: 'X' }), '/pattern', 'one_of'],
      [reason([doctor.id], [chair.id], { durationMinutes: null }), '/durationMinutes', 'one_of'],
      [reason([doctor.id], [chair.id], { durationMinutes: 7 }), '/durationMinutes', 'multiple_of'],
      [reason([doctor.id], [chair.id], { pattern: '//', durationMinutes: null }), '/pattern', 'matches'],
      [reason([doctor.id], [chair.id], { minAge: 18, maxAge: 17 }), '/minAge', 'range'],
    ] as const) {
      const answer = await rooms.one.call(practice, 'POST', '/v1/reasons', body);
      expect([answer.status, answer.body.errors?.[0]]).toMatchObject([400, { pointer, code }]);
    }
    expect(await rooms.stored(practice)).toBe(before);
  });

  it('ask the rooms above before a reason goes', async () => {
    const { practice, visit } = await rooms.smallPractice();
    let booked = true;
    rooms.one.app
      .get(ReasonGuards)
      .register((scope, id) => Promise.resolve(booked && scope.tenantId === practice && id === visit.id));
    expect((await rooms.one.call(practice, 'DELETE', `/v1/reasons/${visit.id}`)).body.code).toBe('in_use');
    expect((await rooms.one.call(practice, 'PATCH', `/v1/reasons/${visit.id}`, { active: false })).status).toBe(200);
    booked = false;
    expect((await rooms.one.call(practice, 'DELETE', `/v1/reasons/${visit.id}`)).status).toBe(204);
  });

  it('never lead to what was removed at the same moment, over two processes', async () => {
    const practice = newPractice();
    const chair = await rooms.made(practice, 'operatories', operatory());
    for (let round = 0; round < 12; round += 1) {
      const doctor = await rooms.made(practice, 'providers', provider([chair.id]));
      const [named, taken] = await Promise.all([
        rooms.one.call(practice, 'POST', '/v1/reasons', reason([doctor.id], [chair.id], { name: `Visit ${round}` })),
        round % 2
          ? rooms.two.call(practice, 'DELETE', `/v1/providers/${doctor.id}`)
          : rooms.two.call(practice, 'PATCH', `/v1/providers/${doctor.id}`, { operatoryIds: [] }),
      ]);
      // Whoever came second saw what the first one did.
      const outcome = [named.status, taken.status];
      expect([
        [201, 409],
        [400, round % 2 ? 204 : 200],
      ]).toContainEqual(outcome);
    }
  });
});

describe('slugs and links', () => {
  it('come from the name, are unique, stay when the name changes, and may be set', async () => {
    const { practice, chair, doctor, visit } = await rooms.smallPractice();
    expect(visit).toMatchObject({
      slug: 'new-patient-exam',
      bookingLink: `http://127.0.0.1:3000/book/${practice}?reason=new-patient-exam`,
    });
    const second = await rooms.made(practice, 'reasons', reason([doctor.id], [chair.id]));
    expect(second.slug).toBe('new-patient-exam-2');
    const renamed = await rooms.one.call(practice, 'PATCH', `/v1/reasons/${visit.id}`, { name: 'Other' });
    expect(renamed.body).toMatchObject({ name: 'Other', slug: 'new-patient-exam' });
    const taken = await rooms.one.call(practice, 'PATCH', `/v1/reasons/${visit.id}`, { slug: 'new-patient-exam-2' });
    expect([taken.status, taken.body.code]).toEqual([409, 'already_exists']);
    const set = await rooms.one.call(practice, 'PATCH', `/v1/reasons/${visit.id}`, { slug: 'exam' });
    expect(set.body.bookingLink).toMatch(/\?reason=exam$/);
  });
});
