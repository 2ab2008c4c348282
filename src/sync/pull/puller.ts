import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/index.js';
import { addDays, CLOCK, localDateOf, localTimeOf, type Clock, type LocalDate } from '../../kernel/index.js';
import { Pages } from '../../scheduling/index.js';
import type { WorkContext } from '../../queues/index.js';
import { ListRegister } from '../lists/list-register.js';
import { chunksOf, PmsClient, PmsFailed, SUDDENLY_EMPTY } from '../site/pms-client.js';
import { LiveConnections } from '../site/live-connections.js';
import type { Site } from '../site/site.js';
import { RHYTHM } from '../state/rhythm.js';
import { SyncLog } from '../state/sync-log.js';
import { SyncRegister } from '../state/sync-register.js';
import type { KindState, SyncState, Wish } from '../state/sync-state.schema.js';
import { UnreadableRecords } from '../unreadable/unreadable-records.js';
import { Overlaps } from '../conflicts/overlaps.js';
import { CutOffReadings } from './cut-off-readings.js';
import { PageRewrites } from './page-rewrites.js';
import { People } from './people.js';
import { Reconciler } from './reconciler.js';
import { Schedules } from './schedules.js';
import { VisitBatch } from './visit-batch.js';
import { Visits } from './visits.js';
import { Windows, windowsOf } from './windows.js';

/** One run does not hold its worker longer than this. */
const RUN_MS = 20_000;
const PAUSED_MS = 300_000;
/** Both sides are compared at night, at this hour or later. */
const RECONCILE_AT = '02:00';

/** What was read of the visits, and up to when (the practice system's clock). */
type Changes = KindState & { asOf: number | null };

/** Reads a practice system: once everything, then what changes. One worker at a time: its row of due work is the lock. */
@Injectable()
export class Puller implements OnModuleDestroy {
  private stopping = false;

  constructor(
    private readonly connections: LiveConnections,
    private readonly client: PmsClient,
    private readonly people: People,
    private readonly schedules: Schedules,
    private readonly visits: Visits,
    private readonly windows: Windows,
    private readonly reconciler: Reconciler,
    private readonly cutOff: CutOffReadings,
    private readonly pages: Pages,
    private readonly overlaps: Overlaps,
    private readonly register: SyncRegister,
    private readonly lists: ListRegister,
    private readonly log: SyncLog,
    private readonly unreadable: UnreadableRecords,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** What is left is read by the next process. */
  onModuleDestroy(): void {
    this.stopping = true;
  }

  async run({ scope, row }: WorkContext): Promise<void | { again: number }> {
    const found = await this.connections.siteOf(scope, row.payload);
    if (found === 'gone') return;
    if (found === 'not_now') return { again: this.clock.now() + PAUSED_MS };
    const state = await this.register.get(found);
    const site = { ...found, believesEmpty: this.hasStayedEmpty(state) };
    if (state.pausedAt !== null) return { again: this.clock.now() + PAUSED_MS };
    try {
      const left = await this.cutOff.left(site);
      const after = state.phase === 'importing' ? await this.importMore(site, state) : await this.follow(site, state);
      await this.cutOff.clear(site, left);
      await this.register.worked(site, 'reading');
      await this.unreadable.tell(site);
      return { again: this.clock.now() + (after.phase === 'importing' ? 0 : this.config.SYNC_POLL_SECONDS * 1_000) };
    } catch (error) {
      if (!(error instanceof PmsFailed)) throw error;
      const { retryAfterMs, reason } = error.failure;
      const retryAt = retryAfterMs === undefined ? null : this.clock.now() + retryAfterMs;
      return { again: await this.register.failed(site, 'reading', reason, retryAt) };
    }
  }

  /** The whole import in one go, for set-up. Throws {@link PmsFailed}. */
  async importAll(site: Site): Promise<SyncState> {
    let state = await this.register.get(site);
    while (state.phase === 'importing' && !this.stopping) state = await this.importMore(site, state);
    return state;
  }

  /** Some days of the first import; the state remembers how far it came, so that it goes on there after a crash. */
  private async importMore(site: Site, before: SyncState): Promise<SyncState> {
    let state = before;
    const began = performance.now();
    // A run that begins the import finds no days that another one has left half read.
    let untouched = false;
    if (state.progress.next === state.progress.from) {
      const people = await this.people.pull(site);
      site = people.site;
      const kinds = { ...state.kinds, ...people.kinds };
      const progress = { ...state.progress, blank: await this.visits.isBlank(site) };
      untouched = progress.blank;
      state = await this.register.set(site, { kinds, progress, asOf: null });
    }
    while (state.progress.next <= state.progress.to && performance.now() - began < RUN_MS && !this.stopping) {
      const { next, to, blank } = state.progress;
      const last = addDays(next, RHYTHM.windowDays - 1);
      const until = last > to ? to : last;
      const { records, asOf } = await this.windows.read(site, next, until, { blank, untouched });
      const progress = { ...state.progress, next: addDays(until, 1), records: state.progress.records + records };
      // Changes made since the first days were read are asked for afterwards, by the practice system's clock.
      state = await this.register.set(site, { progress, asOf: state.asOf ?? asOf, ...skewOf(asOf, this.clock) });
    }
    if (state.progress.next <= state.progress.to) return state;
    const now = this.clock.now();
    const { records, startedAt } = state.progress;
    for (const kind of ['schedules', 'appointments'] as const) await this.unreadable.complete(site, kind, startedAt);
    const read = { at: now, records };
    const kinds = { ...state.kinds, schedules: read, appointments: read };
    await this.log.note(site.scope, {
      connectionId: site.connection._id,
      kind: 'import',
      ok: true,
      what: 'imported',
      records,
    });
    const progress = { ...state.progress, finishedAt: now };
    const live = await this.register.set(site, { phase: 'live', kinds, reconciledAt: now, progress });
    await this.lists.wake(site);
    return live;
  }

  /** What has changed since the last time. */
  private async follow(site: Site, state: SyncState): Promise<SyncState> {
    const now = this.clock.now();
    const due = (kind: 'providers' | 'schedules', everyMs: number) => {
      const { at = 0 } = state.kinds[kind] ?? {};
      return now - at >= everyMs || isWished(state, kind, at);
    };
    const kinds: SyncState['kinds'] = { ...state.kinds };
    if (due('providers', RHYTHM.peopleMs)) {
      const people = await this.people.pull(site);
      site = people.site;
      Object.assign(kinds, people.kinds);
    }
    const range = await this.register.range(site);
    const whole = due('schedules', RHYTHM.schedulesMs);
    const near = addDays(range.today, RHYTHM.nearDays);
    const schedules = await this.hours(site, range.today, whole ? range.to : near);
    if (whole) {
      kinds.schedules = schedules;
      await this.unreadable.complete(site, 'schedules', now);
    }
    const { asOf, ...read } = await this.changes(site, state, range.from, range.to);
    // Writes to the practice system change the book too, and a run before this one may have ended half-way.
    await this.overlaps.checkMarked(site);
    kinds.appointments = read;
    const after = await this.register.set(site, { kinds, asOf, ...skewOf(asOf, this.clock) });
    // Last, so that only what was really missed is a difference.
    return this.isReconcileDue(site, state) ? this.reconciler.run(site) : after;
  }

  private hasStayedEmpty({ reading }: SyncState): boolean {
    return reading?.reason === SUDDENLY_EMPTY && this.clock.now() - reading.reasonSince >= RHYTHM.believeEmptyMs;
  }

  /** Once a night, by the clock of the practice. */
  private isReconcileDue(site: Site, state: SyncState): boolean {
    const { reconciledAt } = state;
    const now = this.clock.now();
    const last = reconciledAt ?? 0;
    if (last === 0 || isWished(state, 'reconcile', last)) return true;
    const [date, time] = localTimeOf(site.zone, now).split('T') as [string, string];
    return localDateOf(site.zone, last) < date && time >= RECONCILE_AT;
  }

  private async hours(site: Site, from: LocalDate, to: LocalDate): Promise<KindState> {
    const at = this.clock.now();
    let records = 0;
    for (const [first, last] of windowsOf(from, to)) {
      const rewrites = new PageRewrites(site.scope);
      records += await this.schedules.pull(site, first, last, rewrites);
      await rewrites.flush(this.pages);
    }
    return { at, records };
  }

  private async changes(site: Site, state: SyncState, from: LocalDate, to: LocalDate): Promise<Changes> {
    const { deltas, read } = site.capabilities;
    const now = this.clock.now();
    if (!read.includes('appointments')) return { at: now, records: 0, asOf: state.asOf };
    const changes = deltas && state.asOf !== null ? await this.delta(site, state.asOf, from, to) : null;
    return changes ?? this.whole(site, from, to);
  }

  /** Null when the practice system's clock was set back: what it changed since then it would not tell by its own time. */
  private async delta(site: Site, known: number, from: LocalDate, to: LocalDate): Promise<Changes | null> {
    const askedAt = this.clock.now();
    const connectionId = site.connection._id;
    const updatedSince = known - RHYTHM.overlapMs - site.capabilities.staleReadsMs;
    let records = 0;
    let asOf: number | null = null;
    let changed = 0;
    const pages = this.client.pages(site, 'pullAppointments', { from, to, updatedSince });
    for await (const chunk of chunksOf(pages)) {
      if (chunk.asOf < updatedSince) {
        await this.log.note(site.scope, { connectionId, kind: 'pull', ok: false, what: 'clock_set_back' });
        return null;
      }
      asOf ??= Math.max(known, chunk.asOf);
      records += chunk.records.length;
      await this.unreadable.meet(site, 'appointments', chunk);
      const batch = new VisitBatch(site);
      await this.visits.gather(batch, chunk.records, { askedAt, asOf: chunk.asOf });
      changed += await this.visits.commit(batch);
    }
    if (changed > 0) {
      const entry = { connectionId, kind: 'pull', ok: true, what: 'changes' } as const;
      await this.log.note(site.scope, { ...entry, records: changed });
    }
    return { at: this.clock.now(), records, asOf };
  }

  /** Everything, some days at a time. */
  private async whole(site: Site, from: LocalDate, to: LocalDate): Promise<Changes> {
    const began = this.clock.now();
    let records = 0;
    let asOf: number | null = null;
    for (const [first, last] of windowsOf(from, to)) {
      const window = await this.windows.read(site, first, last);
      records += window.records;
      asOf ??= window.asOf;
    }
    await this.unreadable.complete(site, 'appointments', began);
    return { at: this.clock.now(), records, asOf };
  }
}

/** Whether somebody asked for it since its last reading began. */
function isWished({ wished }: SyncState, wish: Wish, last: number): boolean {
  return (wished?.[wish] ?? -1) >= last;
}

/** How far the practice system's clock is ahead, when it has told its time. */
function skewOf(asOf: number | null, clock: Clock): Pick<SyncState, 'clockSkewMs'> | undefined {
  return asOf === null ? undefined : { clockSkewMs: asOf - clock.now() };
}
