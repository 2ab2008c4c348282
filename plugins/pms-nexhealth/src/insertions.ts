import { setTimeout as delay } from 'node:timers/promises';
import {
  asObject,
  type Call,
  Conflict,
  type PluginDeps,
  type PluginError,
  Rejected,
  Retryable,
} from '@openchair/plugin-kit';
import type { NexHealthApi } from './api.js';
import { idOf, instantText, refOf, requiredInstantOf, type Row } from './rows.js';
import { systemOf } from './systems.js';
import { isCancelled, isInserted } from './visit-record.js';

/** How a webhook says that a visit did not get into the practice system. It never says why. */
export const FAILED_INSERTIONS = ['failed', 'timed_out', 'incomplete'] as const;
export type FailedInsertion = (typeof FAILED_INSERTIONS)[number];

/** What is kept of an insertion that failed: what was heard, then what we made of it. */
interface Fate {
  readonly heard?: FailedInsertion;
  /** NexHealth's copy has been withdrawn for this reason. */
  readonly verdict?: string;
}

/** What has become of a visit that NexHealth has accepted. */
export type Insertion =
  | { readonly state: 'done'; readonly row: Row }
  /** It will not be tried any more, and NexHealth's own copy is withdrawn. */
  | { readonly state: 'failed'; readonly why: PluginError };

const TAKEN = 'slot_taken';
/** Waits between looks, in milliseconds: some practice systems are quick. */
const LOOKS = [0, 100, 300, 700];
/** No more looks after so long: whoever books waits. */
const ENOUGH_MS = 2_000;
/** A practice system that has taken other writes for so long since would have taken this one. */
const OVERDUE_MS = 30 * 60_000;
const DAY = 86_400_000;

/**
 * NexHealth accepts a visit first and puts it into the practice system minutes later, when the office's server is on. That it
 * is there shows in its `foreign_id`; that it could not be put there, only a webhook says.
 */
export class Insertions {
  constructor(
    private readonly api: NexHealthApi,
    private readonly deps: Pick<PluginDeps, 'store' | 'log'>,
  ) {}

  /** Keeps what a webhook has said. */
  async note(id: string, heard: FailedInsertion): Promise<void> {
    const fate = await this.fateOf(id);
    if (fate === undefined) await this.keep(id, { heard });
  }

  /** Drops what is kept of a visit that nobody will ask about any more. */
  async forget(id: string): Promise<void> {
    await this.deps.store.delete(keyOf(id));
  }

  /**
   * Looks a few times. Throws `Retryable('insertion_pending')` with the outcome `accepted` while nobody knows.
   *
   * @param since when the caller began, by `performance.now()`.
   */
  async outcomeOf(call: Call, id: string, since = performance.now()): Promise<Insertion> {
    let row: Row = {};
    for (const wait of LOOKS) {
      if (wait > 0 && performance.now() + wait - since > ENOUGH_MS) break;
      if (wait > 0) await delay(wait, undefined, { signal: call.signal });
      const fate = await this.fateOf(id);
      if (fate?.verdict !== undefined) return failed(fate.verdict);
      row = asObject(await this.api.read(call, `/appointments/${id}`));
      if (isInserted(row)) return { state: 'done', row };
      // Staff at NexHealth have taken it back.
      if (isCancelled(row)) return failed('insertion_withdrawn');
      if (fate) return this.judge(call, row, fate.heard ?? 'failed');
    }
    const guess = await this.guess(call, row);
    if (guess !== undefined) return this.judge(call, row, guess);
    throw new Retryable('insertion_pending', { outcome: 'accepted' });
  }

  /** Without a webhook: its time has passed, or the practice system takes writes but has not taken this one. */
  private async guess(call: Call, row: Row): Promise<FailedInsertion | undefined> {
    if (requiredInstantOf(row, 'start_time') <= this.api.now()) return 'timed_out';
    const accepted = requiredInstantOf(row, 'created_at');
    if (this.api.now() - accepted < OVERDUE_MS) return undefined;
    const { writes, writtenAt = 0 } = await systemOf(this.api, call);
    return writes && writtenAt - accepted >= OVERDUE_MS ? 'failed' : undefined;
  }

  /** What has failed must neither hold the time at NexHealth nor be put into the practice system after all. */
  private async judge(call: Call, row: Row, heard: FailedInsertion): Promise<Insertion> {
    const id = idOf(row);
    // NexHealth gives no reason. When something else is at that time, that is it.
    const verdict = heard !== 'timed_out' && (await this.isTaken(call, row)) ? TAKEN : `insertion_${heard}`;
    await this.api.write(call, 'PATCH', `/appointments/${id}`, { appt: { cancelled: true } });
    await this.keep(id, { heard, verdict });
    this.deps.log.warn('a visit did not reach the practice system and was withdrawn', { foreignId: id, verdict });
    return failed(verdict);
  }

  private async isTaken(call: Call, row: Row): Promise<boolean> {
    const [start, end] = [requiredInstantOf(row, 'start_time'), requiredInstantOf(row, 'end_time')];
    const others = await this.api.whole(call, '/appointments', {
      location_id: this.api.locationId,
      start: instantText(start - DAY),
      end: instantText(end),
      cancelled: false,
    });
    const shares = (other: Row, field: string) =>
      refOf(other[field]) !== undefined && refOf(other[field]) === refOf(row[field]);
    return others.some(
      (other) =>
        idOf(other) !== idOf(row) &&
        !isCancelled(other) &&
        (shares(other, 'provider_id') || shares(other, 'operatory_id')) &&
        requiredInstantOf(other, 'start_time') < end &&
        requiredInstantOf(other, 'end_time') > start,
    );
  }

  private async fateOf(id: string): Promise<Fate | undefined> {
    return (await this.deps.store.get<Fate>(keyOf(id)))?.value;
  }

  private async keep(id: string, fate: Fate): Promise<void> {
    await this.deps.store.put(keyOf(id), fate);
  }
}

function failed(verdict: string): Insertion {
  return { state: 'failed', why: verdict === TAKEN ? new Conflict([], TAKEN) : new Rejected(verdict) };
}

function keyOf(id: string): string {
  return `insertion/${id}`;
}
