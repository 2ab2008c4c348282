import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../../kernel/index.js';
import type { Filter } from '../../persistence/index.js';
import { AppointmentRepository, type Appointment } from '../../scheduling/index.js';
import { PmsClient, PmsFailed } from '../site/pms-client.js';
import type { Site } from '../site/site.js';
import { PATIENCE } from '../state/rhythm.js';
import { SyncLog } from '../state/sync-log.js';
import { Exports, type Export, type Remark } from './export.schema.js';
import { newsOf, remarkOf } from './remark-text.js';

const NOTE_MS = 4_000;
const MOST_AT_ONCE = 50;
/** Tries until a note is given up: the visit itself is right without it. */
const MOST_TRIES = 6;

/**
 * Tells the front desk, in the note of a visit, who moved or cancelled it and why. Comes after the write and never holds one up;
 * a line that stands there already is not written again, so a lost answer does no harm.
 */
@Injectable()
export class Remarks {
  constructor(
    private readonly client: PmsClient,
    private readonly appointments: AppointmentRepository,
    private readonly exports: Exports,
    private readonly log: SyncLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** What of a history that is now in the practice system is still to be said there. */
  owed(
    { capabilities }: Site,
    { noted }: Pick<Export, 'noted'>,
    { history }: Appointment,
    foreignId: string | null,
  ): Pick<Export, 'noted'> & { remark?: Remark } {
    const line = capabilities.write.includes('note') ? newsOf(history, noted) : null;
    const remark = line !== null && foreignId !== null && { line, foreignId, attempts: 0, dueAt: this.clock.now() };
    return { noted: history.length, ...(remark ? { remark } : {}) };
  }

  /** Writes what is due. Returns when to come again (epoch ms); null when nothing is left. */
  async write(site: Site): Promise<number | null> {
    const rows = this.exports.forTenant(site.scope);
    const owed = { connectionId: site.connection._id, 'remark.dueAt': { $gt: 0 } } as Filter<Export>;
    const found = await rows.find(owed, { sort: { 'remark.dueAt': 1 }, limit: MOST_AT_ONCE });
    const now = this.clock.now();
    for (const row of found) if (row.remark && row.remark.dueAt <= now) await this.say(site, row, row.remark);
    const [next] = await rows.find(owed, { sort: { 'remark.dueAt': 1 }, limit: 1 });
    return next?.remark?.dueAt ?? null;
  }

  private async say(site: Site, { _id }: Export, remark: Remark): Promise<void> {
    const { line, foreignId, attempts } = remark;
    const appointment = await this.appointments.forTenant(site.scope).findById(_id);
    const text = appointment && remarkOf(appointment, line);
    try {
      if (text) {
        const options = { deadlineMs: NOTE_MS, idempotencyKey: `${_id}:note:${line}` };
        await this.client.call(site, 'addAppointmentNote', [{ foreignId, text }], options);
      }
      await this.settle(site, _id, remark, null);
    } catch (error) {
      if (!(error instanceof PmsFailed)) throw error;
      const { kind, retryAfterMs } = error.failure;
      const isHopeless = kind === 'rejected' || kind === 'not_found' || kind === 'conflict';
      if (isHopeless || attempts + 1 >= MOST_TRIES) return this.giveUp(site, _id, remark, error.reason);
      const wait = retryAfterMs ?? (PATIENCE[Math.min(attempts, PATIENCE.length - 1)] as number);
      await this.settle(site, _id, remark, { ...remark, attempts: attempts + 1, dueAt: this.clock.now() + wait });
    }
  }

  private async giveUp(site: Site, appointmentId: string, remark: Remark, what: string): Promise<void> {
    await this.settle(site, appointmentId, remark, null);
    const connectionId = site.connection._id;
    await this.log.note(site.scope, { connectionId, kind: 'note', ok: false, what, appointmentId });
  }

  /** Unless there is other news meanwhile. The wish that the row stands for stays as it is. */
  private async settle(site: Site, id: string, { line }: Remark, remark: Remark | null): Promise<void> {
    const update = { $set: { remark }, $inc: { version: 0 } };
    await this.exports.forTenant(site.scope).update(id, update, { 'remark.line': line } as Filter<Export>);
  }
}
