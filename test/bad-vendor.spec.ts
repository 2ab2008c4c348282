import { EventRepository } from '../src/events/index.js';
import { PERMISSIONS } from '../src/http/index.js';
import { mintTenantScope } from '../src/kernel/index.js';
import { Persistence } from '../src/persistence/index.js';
import { LANE_RULES, type LaneRules } from '../src/plugin-host/adapters/lane.js';
import { ShiftingClock } from './harness/shifting-clock.js';
import { SMALL_PLUGIN, SmallPms, type Fault } from './harness/small-pms/small-pms.js';
import { location, Tenancy } from './harness/tenants.js';
import { until } from './harness/until.js';
import type { Api } from './harness/api.js';

const MINUTE = 60_000;
const DAY = 86_400_000;
const MONDAY = Date.UTC(2027, 2, 8, 14);
const MOST_BYTES = 40 * 1024 * 1024;
const MOST_GROWN = 200 * 1024 * 1024;

interface Bad {
  what: string;
  fault: Fault;
  reason: string;
  status: 'unauthorized' | 'down';
  config?: object;
}

const BAD: readonly Bad[] = [
  { what: 'a wrong key', fault: 'wrong_key', reason: 'unauthorized', status: 'unauthorized' },
  { what: 'a revoked key', fault: 'revoked_key', reason: 'unauthorized', status: 'unauthorized' },
  { what: 'malformed JSON', fault: 'malformed_json', reason: 'malformed_json', status: 'down' },
  { what: 'a truncated body', fault: 'truncated', reason: 'connection_broken', status: 'down' },
  { what: 'HTML in place of JSON', fault: 'html', reason: 'html_instead_of_json', status: 'down' },
  { what: 'JSON of another shape', fault: 'odd_json', reason: 'unexpected_answer', status: 'down' },
  { what: 'records of another shape', fault: 'odd_records', reason: 'unexpected_answer', status: 'down' },
  { what: 'an answer of 200 MB', fault: 'huge', reason: 'response_too_large', status: 'down' },
  {
    what: 'an answer of 200 MB, read without care',
    fault: 'huge',
    reason: 'response_too_large',
    status: 'down',
    config: { careless: true },
  },
];

/** A practice of which each fault has one, and its practice system. */
class Victim {
  id = '';
  connectionId = '';
  readonly emulator: SmallPms;

  constructor(
    private readonly tenancy: Tenancy,
    private readonly admin: Api,
    readonly bad: Bad,
    emulator: SmallPms,
  ) {
    this.emulator = emulator;
  }

  get api(): Api {
    return this.admin.in(this.id);
  }

  async found(): Promise<void> {
    this.id = (await this.admin.ok('POST', '/v1/practices', { name: this.bad.what })).id;
    await this.api.ok('POST', '/v1/locations', location({ hours: [] }));
    await this.api.ok('PATCH', '/v1/settings', { scheduling: { maxDaysAhead: 40 } });
  }

  async connect(): Promise<void> {
    const config = { baseUrl: this.emulator.url, apiKey: this.emulator.apiKey, ...this.bad.config };
    const body = { pluginId: 'pms-small', name: 'Small', config };
    this.connectionId = (await this.api.ok('POST', '/v1/connections', body)).id;
  }

  async state(): Promise<{ status: string; reason: string | null }> {
    return (await this.api.ok('GET', `/v1/connections/${this.connectionId}`)).state;
  }

  async sync() {
    return this.api.ok('GET', `/v1/sync/connections/${this.connectionId}`);
  }

  /** How often each of the given events was raised. */
  async raised(...types: string[]): Promise<number[]> {
    const scope = mintTenantScope(this.id, { kind: 'system', id: 'spec' });
    const rows = this.tenancy.running.app.get(EventRepository).forTenant(scope);
    return Promise.all(types.map((type) => rows.count({ type } as never)));
  }

  /** What was taken over: the book, the people, the rooms. */
  async taken(): Promise<string> {
    const kept = (name: string, ...fields: string[]) =>
      this.rows(name, Object.fromEntries(fields.map((one) => [one, 1])));
    return JSON.stringify([
      await kept('pages', 'date', 'entries', 'hours', 'blockouts'),
      await kept('providers', 'foreign'),
      await kept('operatories', 'foreign'),
      await kept('pms_visits', 'start', 'status'),
    ]);
  }

  /** Whether nothing, or all that the practice system holds, is in the book: of each day, every answer once. */
  async days(): Promise<('nothing' | 'all' | 'a part')[]> {
    const pages = new Map((await this.rows('pages', {})).map((page) => [page['date'] as string, page]));
    const seen = new Set<'nothing' | 'all' | 'a part'>();
    for (let day = Math.floor(MONDAY / DAY) * DAY; day < MONDAY + 30 * DAY; day += DAY) {
      const page = pages.get(new Date(day).toISOString().slice(0, 10));
      const visits = this.emulator.visits.filter(
        ({ start, status }) => start >= day && start < day + DAY && status === 'scheduled',
      );
      const entries = (page?.['entries'] ?? []) as { kind: string }[];
      const hours = (page?.['hours'] ?? []) as unknown[];
      if (entries.length === 0 && hours.length === 0) seen.add('nothing');
      // A visit takes its provider and its room.
      else seen.add(entries.length === 2 * visits.length && hours.length === 2 ? 'all' : 'a part');
    }
    return [...seen];
  }

  private rows(name: string, fields: Record<string, number>) {
    const { db } = this.tenancy.running.app.get(Persistence).connection;
    return db!.collection(name).find({ tenantId: this.id }).project(fields).sort({ _id: 1 }).toArray();
  }
}

/**
 * Guarantee: whatever a practice system answers, its practice learns in which state the connection is and why, nothing is
 * taken over by halves, the alert is raised once, and all of it ends by itself with the fault.
 */
describe('a practice system that answers badly', () => {
  const clock = new ShiftingClock(MONDAY);
  let tenancy: Tenancy;
  let admin: Api;
  let victims: Victim[];

  beforeAll(async () => {
    tenancy = await Tenancy.start({ clock, env: { SYNC_POLL_SECONDS: '1', PLUGINS: SMALL_PLUGIN } });
    // The breaker's patience is real time.
    Object.assign(tenancy.running.app.get<LaneRules>(LANE_RULES), { halfOpenAfterMs: 500 });
    // A key, because people's log-ins end while the clock leaps.
    admin = (await tenancy.key((await tenancy.agency()).admin.api, [...PERMISSIONS])).api;
    victims = await Promise.all(BAD.map(victimOf));
    for (const victim of victims) await victim.found();
  }, 60_000);

  afterAll(async () => {
    await tenancy?.running.stop();
    await Promise.all((victims ?? []).map(({ emulator }) => emulator.stop()));
  }, 30_000);

  async function victimOf(bad: Bad): Promise<Victim> {
    return new Victim(tenancy, admin, bad, await SmallPms.open(clock, MONDAY));
  }

  /** Sets the clock ahead while nobody works: a lease that ends by a leap would be one that two workers hold. */
  async function pass(ms: number): Promise<void> {
    const { db } = tenancy.running.app.get(Persistence).connection;
    await until(
      () => db!.collection('due_work').countDocuments({ leaseToken: { $ne: null } }),
      (working) => working === 0,
    );
    clock.advance(ms);
  }

  /** Lets time pass until every one of `asked` fits. */
  async function untilAll<T>(ask: (victim: Victim) => Promise<T>, fits: (answer: T, victim: Victim) => boolean) {
    const waiting = new Set(victims);
    while (waiting.size > 0) {
      await Promise.all([...waiting].map(async (victim) => fits(await ask(victim), victim) && waiting.delete(victim)));
      if (waiting.size > 0) await pass(20_000);
    }
  }

  const ofEach = async <T>(ask: (victim: Victim) => Promise<T>) =>
    new Map(await Promise.all(victims.map(async (victim) => [victim.bad.what, await ask(victim)] as const)));

  /** What must be the same whether the fault begins in the first import or later. */
  function itBearsAndRecovers(round: 1 | 2, begin: (victim: Victim) => Promise<void>) {
    const shown = new Map<string, { state: object; sync: Record<string, unknown> }>();
    let before: Map<string, string>;
    let during: Map<string, string>;
    let grown = 0;

    beforeAll(async () => {
      before = await ofEach((victim) => victim.taken());
      await Promise.all(victims.map(begin));
      const began = process.memoryUsage().rss;
      const watch = setInterval(() => (grown = Math.max(grown, process.memoryUsage().rss - began)), 20);
      await untilAll(
        async (victim) => ({ state: await victim.state(), sync: await victim.sync() }),
        ({ state, sync }, { bad }) => {
          shown.set(bad.what, { state, sync });
          return state.status === bad.status && sync.reasons.includes(bad.reason);
        },
      );
      // Of a first import the people are complete.
      if (round === 1) before = await ofEach((victim) => victim.taken());
      await untilAll(
        (victim) => victim.raised('sync.disconnected'),
        ([times]) => times === round,
      );
      // Long enough for a second alert, if there were one.
      for (let minutes = 0; minutes < 12; minutes += 6) await pass(6 * MINUTE);
      during = await ofEach((victim) => victim.taken());
      clearInterval(watch);
    }, 120_000);

    it.each(BAD)('shows the state and the reason of $what', ({ what, status, reason }) => {
      const { state, sync } = shown.get(what)!;
      expect(state).toMatchObject({ status, reason });
      expect(sync).toMatchObject({ healthy: false, reasons: expect.arrayContaining([reason]) as unknown });
      expect(sync['explanation']).toMatch(/^[A-Z].+\.$/);
      expect(sync['explanation']).not.toContain('practice system failed');
    });

    it.each(BAD)('takes nothing over by halves from $what', async ({ what }) => {
      const victim = victims.find(({ bad }) => bad.what === what)!;
      expect(during.get(what)).toBe(before.get(what));
      if (round === 1) expect(await victim.days()).toEqual(['nothing']);
    });

    it('stays small, and does not read to the end what does not end', () => {
      for (const { emulator, bad } of victims.filter(({ bad: { fault } }) => fault === 'huge')) {
        const { bytesSent, requests } = emulator;
        expect([bad.what, bytesSent < MOST_BYTES * requests.length]).toEqual([bad.what, true]);
      }
      expect(grown).toBeLessThan(MOST_GROWN);
    });

    it('alerts once, and recovers by itself', async () => {
      await Promise.all(victims.map(({ emulator }) => emulator.fault('none')));
      await untilAll(
        (victim) => victim.sync(),
        ({ healthy, phase }) => healthy && phase === 'live',
      );
      for (const victim of victims) {
        const types = ['sync.disconnected', 'sync.reconnected', 'connection.down'];
        expect([victim.bad.what, await victim.raised(...types)]).toEqual([victim.bad.what, [round, round, round]]);
        expect(await victim.state()).toMatchObject({ status: 'up', reason: null });
        expect(await victim.days()).toEqual(['all']);
        const { freshnessSeconds, explanation } = await victim.sync();
        expect(freshnessSeconds).toBeLessThan(30);
        expect(explanation).toBeNull();
      }
    }, 120_000);
  }

  describe('in the first import', () => {
    itBearsAndRecovers(1, async (victim) => {
      // The people are read, and the first visits of the first days.
      victim.emulator.breakAfter(({ path, query }) => path === '/visits' && query.has('cursor'), victim.bad.fault);
      await victim.connect();
    });
  });

  describe('in the changes since', () => {
    itBearsAndRecovers(2, async ({ emulator, bad }) => {
      // The first of two pages is read.
      emulator.breakAfter(({ path, query }) => path === '/visits' && query.has('updatedSince'), bad.fault);
      for (const { foreignId } of emulator.visits.slice(0, 30)) emulator.change(foreignId, { status: 'cancelled' });
    });
  });

  describe.each([
    ['ahead', 2 * 60 * MINUTE],
    ['behind', -2 * 60 * MINUTE],
  ])('whose clock is two hours %s', (_, skewMs) => {
    it('is followed by its own clock, also when that is set right', async () => {
      const bad: Bad = { what: `skew ${skewMs}`, fault: 'none', reason: '', status: 'down' };
      const victim = await victimOf(bad);
      const { emulator } = victim;
      emulator.skewMs = skewMs;
      await victim.found();
      await victim.connect();
      const showsSkew = (ms: number) =>
        until(
          () => victim.sync(),
          ({ healthy, phase, clockSkewSeconds }) =>
            healthy && phase === 'live' && Math.abs(clockSkewSeconds - ms / 1_000) < 10,
        );
      const follows = async () => {
        const [day] = emulator.visits.filter(({ status }) => status === 'scheduled');
        emulator.change(day!.foreignId, { status: 'cancelled' });
        emulator.enter('p1', MONDAY + DAY, 19 + Math.floor(emulator.visits.length % 2));
        await until(
          () => victim.days(),
          (days) => days.join() === 'all',
        );
      };
      await showsSkew(skewMs);
      await follows();
      const [moved] = emulator.visits.filter(({ status }) => status === 'scheduled');
      emulator.change(moved!.foreignId, { status: 'cancelled' });
      await until(
        () => victim.days(),
        (days) => days.join() === 'all',
      );
      emulator.skewMs = 0;
      // What was changed while the clock was wrong changes once more.
      emulator.change(moved!.foreignId, { status: 'scheduled' });
      await follows();
      await showsSkew(0);
      expect(await victim.state()).toMatchObject({ status: 'up' });
      expect(await victim.raised('sync.disconnected', 'connection.down')).toEqual([0, 0]);
      await emulator.stop();
    }, 60_000);
  });
});
