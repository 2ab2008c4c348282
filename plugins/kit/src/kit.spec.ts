import {
  Conflict,
  definePlugin,
  isCompatible,
  isPluginError,
  KIT_VERSION,
  matchPatient,
  memoryStore,
  type PatientIdentity,
  type PmsPlugin,
  RateLimited,
  readRecords,
  Rejected,
  Retryable,
  StoreConflict,
  toFailure,
  Unreadable,
  WriteOnce,
} from './index.js';
import { testDeps, testZone } from './conformance/index.js';

describe('versions', () => {
  it.each([
    ['^1.0', '1.0.0', true],
    ['^1.0', '1.7.3', true],
    ['^1.2', '1.1.9', false],
    ['^1.2.3', '1.2.2', false],
    ['^1.2.3', '1.3.0', true],
    ['^2.0', '1.9.0', false],
    ['^1.0', '2.0.0', false],
    ['1.0', '1.0.0', false],
    ['*', '1.0.0', false],
  ])('%s on %s: %s', (range, version, expected) => expect(isCompatible(range, version)).toBe(expected));

  it('has a version that suits its own range', () => expect(isCompatible('^1.0', KIT_VERSION)).toBe(true));
});

describe('failures', () => {
  it('are plain data that shows no message', () => {
    const secret = new Error('Pat Quill, born 1991-07-04');
    expect(toFailure(secret)).toEqual({ kind: 'retryable', reason: 'unexpected_error', outcome: 'unknown' });
    expect(toFailure(AbortSignal.abort().reason)).toMatchObject({ kind: 'retryable', reason: 'deadline_exceeded' });
    expect(toFailure(new RateLimited(1_500))).toEqual({
      kind: 'rate_limited',
      reason: 'rate_limited',
      retryAfterMs: 1_500,
    });
    const alternative = { start: 0, end: 60_000, providerForeignId: '1' };
    expect(toFailure(new Conflict([alternative]))).toMatchObject({ kind: 'conflict', alternatives: [alternative] });
    expect(toFailure(new Retryable('pms_down', { outcome: 'not_done' }))).toMatchObject({ outcome: 'not_done' });
  });

  it('replace a reason that is not a code', () => {
    const error = new Rejected('No mailbox for pat@example.com');
    expect([error.reason, error.message, error.name]).toEqual(['unspecified', 'unspecified', 'Rejected']);
  });

  it('are known across copies of the kit by their mark alone', () => {
    const foreign = { kind: 'rejected', reason: 'x', [Symbol.for('openchair.plugin-error')]: true };
    expect([isPluginError(foreign), isPluginError({ kind: 'rejected' }), isPluginError(null)]).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe('the memory store', () => {
  it('refuses a write under an old revision and copies what it keeps', async () => {
    const store = memoryStore();
    const value = { n: 1 };
    expect(await store.put('a', value, { expectedRev: 0 })).toBe(1);
    value.n = 2;
    expect(await store.get('a')).toEqual({ key: 'a', value: { n: 1 }, rev: 1 });
    await expect(store.put('a', value, { expectedRev: 0 })).rejects.toThrow(StoreConflict);
    await expect(store.delete('a', { expectedRev: 2 })).rejects.toThrow(StoreConflict);
    expect([await store.delete('a', { expectedRev: 1 }), await store.delete('a'), await store.get('a')]).toEqual([
      true,
      false,
      null,
    ]);
    await expect(store.put('a b', 1)).rejects.toThrow(TypeError);
  });

  it('lists by prefix and key, in pages', async () => {
    const store = memoryStore();
    for (const key of ['b/1', 'a/2', 'a/10', 'a/1']) await store.put(key, key);
    const keys = async (options?: { after?: string; limit?: number }) =>
      (await store.list('a/', options)).map(({ key }) => key);
    expect(await keys()).toEqual(['a/1', 'a/10', 'a/2']);
    expect(await keys({ limit: 2 })).toEqual(['a/1', 'a/10']);
    expect(await keys({ after: 'a/10' })).toEqual(['a/2']);
  });
});

describe('definePlugin', () => {
  const good: PmsPlugin<{ speed: number; tags: string[] }> = {
    id: 'pms-good',
    kind: 'pms',
    name: 'Good',
    version: '1.0.0',
    compatibility: '^1.0',
    capabilities: { read: [], write: [], webhooks: false, deltas: false, refusesOverlap: false, staleReadsMs: 0 },
    configSchema: {
      type: 'object',
      additionalProperties: false,
      properties: {
        speed: { type: 'integer', title: 'Speed', description: 'How fast.', default: 3 },
        tags: { type: 'array', title: 'Tags', description: 'What for.', default: [] },
      },
    },
    secrets: [],
    create: ({ speed, tags }) => ({ probe: async () => ({ description: `${speed}${tags.push('used')}` }) }),
  };
  const deps = testDeps({ now: 0 });
  const call = { signal: new AbortController().signal };

  it('fills defaults into a configuration of its own for every connection', async () => {
    const plugin = definePlugin(good);
    expect(await plugin.create({}, deps).probe(call)).toEqual({ description: '31' });
    expect(await plugin.create({ speed: 9 }, deps).probe(call)).toEqual({ description: '91' });
    expect(plugin.create({}, deps)).not.toBe(plugin.create({}, deps));
    expect(Object.isFrozen(plugin)).toBe(true);
  });

  it.each([
    [{ id: 'Good' }, /id must be/],
    [{ version: '1' }, /version must be/],
    [{ compatibility: '1.x' }, /compatibility must be/],
    [{ secrets: ['password'] }, /"password" is not a property/],
    [{ configSchema: { ...good.configSchema, required: ['host'] } }, /"host" is not a property/],
    [
      { configSchema: { ...good.configSchema, properties: { a: { type: 'string', title: '', description: '' } } } },
      /title/,
    ],
  ])('names what is wrong: %j', (fault, message) => {
    expect(() => definePlugin({ ...good, ...(fault as object) } as PmsPlugin)).toThrow(message);
  });
});

describe('the test zone', () => {
  it('moves a skipped wall time forward and takes the first of a repeated one', () => {
    const zone = testZone('America/Chicago');
    expect(zone.toInstant('2027-03-14T01:30')).toBe(Date.UTC(2027, 2, 14, 7, 30));
    expect(zone.toLocal(zone.toInstant('2027-03-14T02:30'))).toBe('2027-03-14T03:30');
    expect(zone.toInstant('2027-11-07T01:30')).toBe(Date.UTC(2027, 10, 7, 6, 30));
    expect(() => zone.toInstant('2027-11-07 01:30')).toThrow(RangeError);
  });
});

describe('the person who books', () => {
  const request = {
    reference: 'pat_1',
    firstName: 'Zoë',
    lastName: "O'Brien-Quill",
    dateOfBirth: '1991-07-04',
    phone: '+12025550147',
    email: 'Zoe@example.com',
  };
  const { reference: _reference, ...person } = request;
  const record = (foreignId: string, more: Partial<PatientIdentity> = {}): PatientIdentity => ({
    ...person,
    foreignId,
    active: true,
    ...more,
  });
  const nobody = { phone: '+12025550199', email: 'else@example.com' };
  const unborn = ({ dateOfBirth: _dateOfBirth, ...rest }: PatientIdentity): PatientIdentity => rest;

  it.each<[what: string, candidates: PatientIdentity[], found: string | null]>([
    ['name and date of birth', [record('1', nobody)], '1'],
    ['a name written otherwise', [record('1', { firstName: 'ZOE ', lastName: 'obrien quill' })], '1'],
    ['another date of birth', [record('1', { dateOfBirth: '1991-07-05' })], null],
    ['another name', [record('1', { firstName: 'Leopold' })], null],
    ['no date of birth, the same phone', [unborn(record('1', { email: 'else@example.com' }))], '1'],
    [
      'no date of birth, the same e-mail in other case',
      [unborn(record('1', { phone: '+1', email: 'zoe@EXAMPLE.com' }))],
      '1',
    ],
    ['no date of birth and neither', [unborn(record('1', nobody))], null],
    ['active first', [record('1', { active: false }), record('2', nobody)], '2'],
    ['then the one with the same phone', [record('1', nobody), record('2', { email: 'else@example.com' })], '2'],
    ['then the one entered first', [record('10'), record('9')], '9'],
  ])('is found by %s', (_what, candidates, found) =>
    expect(matchPatient(candidates, request)?.foreignId ?? null).toBe(found),
  );
});

describe('writing once at a vendor that knows no keys', () => {
  const setup = () => {
    const deps = testDeps({ now: 0 });
    const made: string[] = [];
    let answer: 'good' | 'lost' | 'refused' = 'good';
    const steps = {
      find: async () => made[0] ?? null,
      write: async () => {
        if (answer === 'refused') throw new Rejected('no_such_chair');
        made.push(`id-${made.length + 1}`);
        if (answer === 'lost') throw new Retryable('connection_broken');
        return made.at(-1)!;
      },
    };
    const once = () => new WriteOnce<{ patient: string }>('visit', deps);
    return { deps, made, once, steps, answers: (next: typeof answer) => void (answer = next) };
  };

  it('shares one write, and remembers it', async () => {
    const { once, steps, made } = setup();
    const writes = once();
    const ids = await Promise.all([1, 2, 3].map(() => writes.once('apt_1', { patient: '7' }, steps)));
    expect([...ids, await once().once('apt_1', { patient: '7' }, steps)]).toEqual(Array(4).fill('id-1'));
    expect(made).toHaveLength(1);
    expect(await once().recall('apt_1')).toMatchObject({ id: 'id-1', about: { patient: '7' } });
    expect(await once().recall('apt_2')).toBeNull();
    await once().forget('apt_1');
    expect(await once().once('apt_1', { patient: '7' }, steps)).toBe('id-2');
  });

  it('finds what was done unheard, and writes again what was refused', async () => {
    const { once, steps, made, answers } = setup();
    answers('refused');
    await expect(once().once('apt_1', { patient: '7' }, steps)).rejects.toThrow('no_such_chair');
    answers('lost');
    await expect(once().once('apt_1', { patient: '7' }, steps)).rejects.toThrow('connection_broken');
    answers('good');
    expect(await once().once('apt_1', { patient: '7' }, steps)).toBe('id-1');
    expect(made).toHaveLength(1);
  });

  it('does not overtake another process, but does not wait for one that has died', async () => {
    const { deps, once, steps, made } = setup();
    const never = { ...steps, write: () => new Promise<string>(() => undefined) };
    void once().once('apt_1', { patient: '7' }, never);
    await expect(once().once('apt_1', { patient: '7' }, steps)).rejects.toMatchObject({ outcome: 'unknown' });
    deps.clock.time += 60_000;
    expect(await once().once('apt_1', { patient: '7' }, steps)).toBe('id-1');
    expect(made).toHaveLength(1);
  });
});

describe('rows that cannot be read', () => {
  const read = (rows: readonly (number | string | null)[]) =>
    readRecords(
      rows,
      (row) => {
        if (row === null) throw new TypeError('Ada Lane was born on 23 April');
        if (typeof row === 'string') throw new Unreadable('AptDateTime', 'malformed');
        return row < 0 ? [] : [row, row * 10];
      },
      (row) => (typeof row === 'string' ? row : undefined),
    );
  const rows = (odd: number, all: number) => Array.from({ length: all }, (_, at) => (at < odd ? `odd-${at}` : at));

  it('cost nobody the others, and say what is wrong without a word of what is in them', () => {
    expect(read([1, 'seven', -1, null, 2])).toEqual({
      records: [1, 10, 2, 20],
      unreadable: [
        { foreignId: 'seven', field: 'AptDateTime', reason: 'malformed' },
        { field: 'record', reason: 'malformed' },
      ],
    });
  });

  it.each([
    [3, 3, true],
    [4, 40, true],
    [4, 39, false],
    [11, 100, false],
  ])('%i of %i: are single records (%s)', (odd, all, single) => {
    if (single) expect(read(rows(odd, all)).unreadable).toHaveLength(odd);
    else expect(() => read(rows(odd, all))).toThrow(Retryable);
  });

  it('are an answer that nobody expected where they stand alone', () => {
    const failure = { kind: 'retryable', reason: 'unexpected_answer', outcome: 'unknown' };
    expect(toFailure(new Unreadable('AptDateTime', 'malformed'))).toEqual(failure);
  });
});
