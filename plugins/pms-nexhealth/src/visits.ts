import { isDeepStrictEqual } from 'node:util';
import {
  type AppointmentsQuery,
  asObject,
  type Call,
  type NewPmsAppointment,
  NotFound,
  orNull,
  type Page,
  type PluginDeps,
  type PmsAppointment,
  type PmsCancel,
  type PmsConfirm,
  type PmsMove,
  readRecords,
  Rejected,
  WriteOnce,
} from '@openchair/plugin-kit';
import type { NexHealthApi } from './api.js';
import { addDays, dayStart, wallTimeOf } from './days.js';
import type { Insertions } from './insertions.js';
import { proceduresOf } from './lists.js';
import { pageOf, positionOf } from './pages.js';
import type { Patients } from './patients.js';
import { idOf, instantText, knownIdOf, numberOf, type Row, textOf } from './rows.js';
import { assertReaches, systemOf } from './systems.js';
import { isCancelled, isInserted, referenceOf, referrerOf, visitOf } from './visit-record.js';

const PER_PAGE = 200;
const NOTE_LENGTH = 128;
const MINUTE = 60_000;

/** Where a visit was wanted: there it is looked for when its making was not acknowledged. */
type Wanted = Pick<NewPmsAppointment, 'start' | 'end' | 'providerForeignId' | 'operatoryForeignId'>;

/** The book of the location, and what we write into it. */
export class Visits {
  private readonly writes: WriteOnce<Wanted>;

  constructor(
    private readonly api: NexHealthApi,
    private readonly deps: Pick<PluginDeps, 'store' | 'clock' | 'log' | 'zone'>,
    private readonly insertions: Insertions,
    private readonly patients: Patients,
  ) {
    this.writes = new WriteOnce('visit', deps);
  }

  /** Blocks are no visits; a visit of ours that has not reached the practice system is not in its book. */
  async pull(call: Call, { from, to, cursor: at, updatedSince }: AppointmentsQuery): Promise<Page<PmsAppointment>> {
    const { asOf, cursor } = positionOf(at);
    const { zone } = this.deps;
    const query = {
      location_id: this.api.locationId,
      start: instantText(dayStart(zone, from)),
      end: instantText(dayStart(zone, addDays(to, 1)) - 1_000),
      unavailable: false,
      updated_since: updatedSince === undefined ? undefined : instantText(Math.floor(updatedSince / 1_000) * 1_000),
    };
    const { rows, next } = await this.api.page(call, '/appointments', query, PER_PAGE, cursor);
    const now = asOf ?? this.api.now();
    const isWithin = ({ start }: PmsAppointment) => {
      const { date } = wallTimeOf(zone, start);
      return date >= from && date <= to;
    };
    const inBook = rows.filter((row) => isInserted(row) || referenceOf(row) === undefined);
    const read = readRecords(inBook, (row) => [visitOf(row)].filter(isWithin), knownIdOf);
    return pageOf(read, now, next);
  }

  /** Returns when the visit is in the practice system; see {@link Insertions} for how long that may take. */
  async create(call: Call, request: NewPmsAppointment): Promise<PmsAppointment> {
    const began = performance.now();
    const { reference, start, end, providerForeignId, operatoryForeignId } = request;
    const wanted: Wanted = { start, end, providerForeignId, operatoryForeignId };
    const before = (await this.writes.recall(reference))?.about ?? wanted;
    const id = await this.writes.once(reference, wanted, {
      find: () => this.search(call, reference, before),
      write: () => this.post(call, request),
    });
    const insertion = await this.insertions.outcomeOf(call, id, began);
    if (insertion.state === 'done') return visitOf(insertion.row);
    // Whoever asks again under the same reference wants another try.
    await this.writes.forget(reference);
    await this.insertions.forget(id);
    if (!isDeepStrictEqual(before, wanted)) return this.create(call, request);
    throw insertion.why;
  }

  /** Null also for a visit that did not get into the practice system. */
  async findByReference(call: Call, reference: string): Promise<PmsAppointment | null> {
    const known = await this.writes.recall(reference);
    if (!known) return null;
    const id = known.id ?? (await this.search(call, reference, known.about));
    if (id === null) return null;
    const insertion = await this.insertions.outcomeOf(call, id);
    return insertion.state === 'done' ? visitOf(insertion.row) : null;
  }

  async move(call: Call, request: PmsMove): Promise<PmsAppointment> {
    const { foreignId, start, end, providerForeignId, operatoryForeignId } = request;
    const row = await this.one(call, foreignId);
    const visit = visitOf(row);
    const room = operatoryForeignId ?? visit.operatoryForeignId;
    if (providerForeignId !== undefined && providerForeignId !== visit.providerForeignId) {
      throw new Rejected('provider_change_not_supported');
    }
    if (isCancelled(row)) throw new Rejected('visit_cancelled');
    if (visit.start === start && visit.end === end && visit.operatoryForeignId === room) return visit;
    assertReaches(await systemOf(this.api, call), 'move');
    return this.change(call, foreignId, {
      start_time: instantText(start),
      end_time: instantText(end),
      ...(room === '' ? {} : { operatory_id: numberOf(room, 'operatory_not_found') }),
    });
  }

  async cancel(call: Call, { foreignId, as }: PmsCancel): Promise<PmsAppointment> {
    const row = await this.one(call, foreignId);
    const visit = visitOf(row);
    if (visit.status === as || (as === 'cancelled' && isCancelled(row))) return visit;
    if (as === 'missed') throw new Rejected('no_show_not_supported');
    assertReaches(await systemOf(this.api, call), 'cancel');
    return this.change(call, foreignId, { cancelled: true });
  }

  async confirm(call: Call, { foreignId, confirmed }: PmsConfirm): Promise<PmsAppointment> {
    const visit = visitOf(await this.one(call, foreignId));
    if (visit.confirmed === confirmed) return visit;
    if (!confirmed) throw new Rejected('confirmation_cannot_be_taken_back');
    return this.change(call, foreignId, { confirmed: true });
  }

  private async one(call: Call, foreignId: string): Promise<Row> {
    const id = numberOf(foreignId, 'visit_not_found');
    const row = asObject(await foundAs('visit_not_found', this.api.read(call, `/appointments/${id}`)));
    if (row['unavailable'] === true) throw new NotFound('visit_not_found');
    return row;
  }

  private async change(call: Call, foreignId: string, appt: object): Promise<PmsAppointment> {
    const { data } = await this.api.write(call, 'PATCH', `/appointments/${foreignId}`, { appt });
    return visitOf(asObject(data['appt']));
  }

  /** Sends a new visit. Its id at NexHealth. */
  private async post(call: Call, request: NewPmsAppointment): Promise<string> {
    const { reference, providerForeignId, operatoryForeignId, start, end, note, procedureCodes = [] } = request;
    const { appointmentTypeForeignId: type } = request;
    if (start <= this.api.now()) throw new Rejected('start_passed');
    if (!(await this.isInserting(call))) throw new Rejected('location_takes_no_visits');
    const appt = {
      patient_id: await this.patients.bookable(call, request.patientForeignId),
      provider_id: numberOf(providerForeignId, 'provider_not_found'),
      operatory_id: numberOf(operatoryForeignId, 'operatory_not_found'),
      start_time: instantText(start),
      end_time: instantText(end),
      ...(note === undefined ? {} : { note: shortened(note) }),
      referrer: referrerOf(reference),
      ...(type === undefined ? {} : { appointment_type_id: numberOf(type, 'appointment_type_not_found') }),
      ...(await this.descriptors(call, procedureCodes)),
    };
    const query = { location_id: this.api.locationId, notify_patient: false };
    const { data } = await this.api.write(call, 'POST', '/appointments', { appt }, query);
    return idOf(asObject(data['appt']));
  }

  /** Whether NexHealth passes visits of this location on to the practice system. */
  private async isInserting(call: Call): Promise<boolean> {
    const path = `/locations/${this.api.locationId}`;
    const location = asObject(await foundAs('location_not_found', this.api.read(call, path)));
    return location['insert_appt_client'] === true;
  }

  /** Procedures go along as NexHealth's descriptors; those that it does not know stay behind. */
  private async descriptors(call: Call, codes: readonly string[]): Promise<{ descriptor_ids?: number[] }> {
    if (codes.length === 0) return {};
    const ids = (await proceduresOf(this.api, call))
      .filter((row) => row['active'] !== false && codes.includes(textOf(row['code']) ?? ''))
      .map((row) => Number(idOf(row)));
    return ids.length === 0 ? {} : { descriptor_ids: ids };
  }

  /** A visit that bears our reference, among those of its time. One that was withdrawn is none. */
  private async search(call: Call, reference: string, { start }: Wanted): Promise<string | null> {
    const rows = await this.api.whole(call, '/appointments', {
      location_id: this.api.locationId,
      start: instantText(start - MINUTE),
      end: instantText(start + MINUTE),
    });
    const found = rows.find((row) => referenceOf(row) === reference && (isInserted(row) || !isCancelled(row)));
    return found ? idOf(found) : null;
  }
}

function shortened(note: string): string {
  return note.length <= NOTE_LENGTH ? note : `${note.slice(0, NOTE_LENGTH - 1)}…`;
}

/** What a look-up by id finds; its absence bears the given reason. */
async function foundAs<T>(reason: string, lookup: Promise<T>): Promise<T> {
  const found = await orNull(lookup);
  if (found === null) throw new NotFound(reason);
  return found;
}
