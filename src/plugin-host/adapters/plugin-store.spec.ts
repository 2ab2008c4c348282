import { isStoreConflict, memoryStore, type PluginStore } from '@openchair/plugin-kit';
import fc from 'fast-check';
import { testConfig } from '../../../test/harness/config.js';
import { mintTenantScope, systemClock, type TenantScope } from '../../kernel/index.js';
import { Migrator, Persistence } from '../../persistence/index.js';
import { PluginRecords } from './plugin-record.repository.js';
import { DatabaseStore } from './plugin-store.js';

describe('store of a connection', () => {
  let persistence: Persistence;
  let records: PluginRecords;

  beforeAll(async () => {
    persistence = new Persistence(testConfig(), systemClock);
    records = new PluginRecords(persistence);
    await new Migrator(persistence).run();
  });

  afterAll(async () => {
    await persistence.connection.dropDatabase();
    await persistence.onApplicationShutdown();
  });

  const scopeOf = (tenantId: string): TenantScope => mintTenantScope(tenantId, { kind: 'system', id: 'spec' });

  it('keeps a store that behaves as the one of the kit', async () => {
    const key = fc.constantFrom('a', 'a/b', 'a/c', 'b');
    const condition = fc.option(fc.record({ expectedRev: fc.nat(3) }), { nil: undefined });
    const operation = fc.oneof(
      fc.tuple(fc.constant('put'), key, fc.jsonValue({ maxDepth: 2 }), condition),
      fc.tuple(fc.constant('delete'), key, condition),
      fc.tuple(fc.constant('get'), key),
      fc.tuple(
        fc.constant('list'),
        fc.constantFrom('', 'a', 'a/', 'c'),
        fc.record({ after: key, limit: fc.integer({ min: 1, max: 3 }) }, { requiredKeys: [] }),
      ),
    );
    const outcome = async (store: PluginStore, [name, ...args]: [string, ...unknown[]]) => {
      const method = store[name as keyof PluginStore] as (...args: unknown[]) => Promise<unknown>;
      return method.apply(store, args).catch((error: unknown) => (isStoreConflict(error) ? 'conflict' : String(error)));
    };
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 10, maxLength: 30 }), async (operations) => {
        const [ours, kits] = [new DatabaseStore(records, scopeOf('prc_store'), `con_${(runs += 1)}`), memoryStore()];
        for (const one of operations)
          expect(await outcome(ours, one as never)).toEqual(await outcome(kits, one as never));
      }),
      { numRuns: 25 },
    );
    const bad = new DatabaseStore(records, scopeOf('prc_store'), 'con_bad');
    for (const name of ['', 'a b', 'ä', 'x'.repeat(201)]) await expect(bad.put(name, 1)).rejects.toThrow(TypeError);
    await expect(bad.put('a', undefined)).rejects.toThrow('plain JSON');
    await expect(bad.put('a', 'x'.repeat(1_000_000))).rejects.toThrow('1 MB');
  }, 60_000);

  it('lets exactly one of many writers win, and parts connections and practices', async () => {
    const store = new DatabaseStore(records, scopeOf('prc_race'), 'con_race');
    for (const expectedRev of [0, 1, 2]) {
      const results = await Promise.allSettled(
        Array.from({ length: 20 }, (_, n) => store.put('k', n, { expectedRev })),
      );
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(results.every((result) => result.status === 'fulfilled' || isStoreConflict(result.reason))).toBe(true);
    }
    const revs = await Promise.all(Array.from({ length: 20 }, (_, n) => store.put('free', n)));
    expect(revs.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
    expect(await new DatabaseStore(records, scopeOf('prc_race'), 'con_else').get('k')).toBeNull();
    expect(await new DatabaseStore(records, scopeOf('prc_other'), 'con_race').get('k')).toBeNull();
    expect(await new DatabaseStore(records, scopeOf('prc_other'), 'con_race').list('')).toEqual([]);
  });
});
