import {
  type Call,
  type NewPmsAppointment,
  NotFound,
  type PluginDeps,
  type PmsAppointment,
  type PmsCancel,
  type PmsConfirm,
  type PmsMove,
  type PmsNote,
  orNull,
  Rejected,
  WriteOnce,
} from '@openchair/plugin-kit';
import type { OpenDentalApi } from './api.js';
import type { OpenDentalConfig } from './config.js';
import { hasLine, markedNote, MISSED_LINE } from './note.js';
import type { Resources } from './resources.js';
import { keyOf, numberOf, type Row, textOf } from './rows.js';
import { MARK_MS, visitOf } from './visit-record.js';

/** Longer visits are cut by Open Dental. */
const MOST_MARKS = 108;

type Place = Pick<NewPmsAppointment, 'start' | 'end' | 'providerForeignId' | 'operatoryForeignId'>;

/** Appointments, one by one. Open Dental knows no idempotency key and refuses no overlap. */
export class Visits {
  private readonly once: WriteOnce<{ patientForeignId: string }>;
  private readonly confirmed: ReadonlySet<string>;

  constructor(
    private readonly api: OpenDentalApi,
    private readonly resources: Resources,
    private readonly config: OpenDentalConfig,
    deps: Pick<PluginDeps, 'store' | 'clock'>,
  ) {
    this.once = new WriteOnce('visit', deps);
    this.confirmed = new Set(config.confirmedStatuses.map((status) => status.trim().toLowerCase()));
  }

  /** A row of the list in our words; empty for what takes no place in the book. */
  read(row: Row, now: number): PmsAppointment[] {
    const visit = visitOf(row, this.api.times, now, (status) => this.confirmed.has(status.toLowerCase()));
    return visit ? [visit] : [];
  }

  async create(call: Call, request: NewPmsAppointment): Promise<PmsAppointment> {
    const { reference, patientForeignId } = request;
    const known = await this.known(call, reference);
    if (known) return known;
    const record = await this.recordOf(call, request);
    let written: PmsAppointment | undefined;
    const id = await this.once.once(
      reference,
      { patientForeignId },
      {
        find: async () => (await this.search(call, reference, patientForeignId))?.foreignId ?? null,
        write: async () => {
          written = this.visitIn(await this.api.create(call, '/appointments', record));
          return written.foreignId;
        },
      },
    );
    return written ?? this.get(call, id);
  }

  async move(call: Call, { foreignId, ...to }: PmsMove): Promise<PmsAppointment> {
    const visit = await this.get(call, foreignId);
    if (visit.status !== 'scheduled') throw new Rejected('visit_not_scheduled');
    const { providerForeignId, operatoryForeignId } = visit;
    const place: Place = { providerForeignId, operatoryForeignId, ...to };
    // A pattern belongs to a length: one of another length is not kept.
    const kept = to.end - to.start === visit.end - visit.start ? visit.pattern : undefined;
    const pattern = patternOf(place, to.pattern ?? kept);
    const isThere =
      visit.start === place.start &&
      visit.pattern === pattern &&
      visit.providerForeignId === place.providerForeignId &&
      visit.operatoryForeignId === place.operatoryForeignId;
    if (isThere) return visit;
    const isSomebodyElse = visit.providerForeignId !== place.providerForeignId;
    await this.api.update(call, `/appointments/${foreignId}`, {
      AptDateTime: this.api.times.textOf(place.start),
      Op: numberOf(place.operatoryForeignId, 'operatory_not_found'),
      Pattern: pattern,
      ...(isSomebodyElse ? await this.providersOf(call, place) : {}),
    });
    return this.get(call, foreignId);
  }

  async cancel(call: Call, { foreignId, as }: PmsCancel): Promise<PmsAppointment> {
    const visit = await this.get(call, foreignId);
    if (visit.status === 'cancelled' || visit.status === 'missed') return visit;
    if (visit.status !== 'scheduled') throw new Rejected('visit_not_scheduled');
    if (as === 'missed') await this.addLine(call, foreignId, MISSED_LINE);
    await this.api.update(call, `/appointments/${foreignId}/Break`, {
      sendToUnscheduledList: String(this.config.unscheduledList),
      ...(this.config.breakProcedures ? { breakType: as === 'missed' ? 'Missed' : 'Cancelled' } : {}),
    });
    return this.get(call, foreignId);
  }

  async confirm(call: Call, { foreignId, confirmed }: PmsConfirm): Promise<PmsAppointment> {
    const visit = await this.get(call, foreignId);
    if (visit.confirmed === confirmed) return visit;
    const confirmVal = confirmed ? 'Confirmed' : 'None';
    await this.api.update(call, `/appointments/${foreignId}/Confirm`, { confirmVal });
    return this.get(call, foreignId);
  }

  async note(call: Call, { foreignId, text }: PmsNote): Promise<PmsAppointment> {
    await this.addLine(call, foreignId, text);
    return this.get(call, foreignId);
  }

  /** By the id that was remembered when it was written; else among the visits of the patient whom it was written for. */
  async findByReference(call: Call, reference: string): Promise<PmsAppointment | null> {
    const asked = await this.once.recall(reference);
    if (!asked) return null;
    if (asked.id !== undefined) return this.known(call, reference);
    const found = await this.search(call, reference, asked.about.patientForeignId);
    if (found) await this.once.settle(reference, found.foreignId, asked.about);
    return found;
  }

  /** The visit that was written under this reference; one that staff have deleted since may be written anew. */
  private async known(call: Call, reference: string): Promise<PmsAppointment | null> {
    const { id } = (await this.once.recall(reference)) ?? {};
    if (id === undefined) return null;
    const visit = await orNull(this.get(call, id));
    if (!visit) await this.once.forget(reference);
    return visit;
  }

  private async search(call: Call, reference: string, patientForeignId: string): Promise<PmsAppointment | null> {
    const visits = await this.api.everyOne(call, {
      path: '/appointments',
      query: { PatNum: numberOf(patientForeignId, 'patient_not_found') },
      key: 'AptNum',
      read: (row, now) => this.read(row, now),
    });
    return visits.find((visit) => visit.reference === reference) ?? null;
  }

  private async get(call: Call, foreignId: string): Promise<PmsAppointment> {
    return this.visitIn(await this.row(call, foreignId));
  }

  private row(call: Call, foreignId: string): Promise<Row> {
    return this.api.get(call, `/appointments/${numberOf(foreignId, 'visit_not_found')}`);
  }

  /** What is no visit any more (turned into planned treatment) is not found; a record without its key is no answer. */
  private visitIn(row: Row): PmsAppointment {
    keyOf(row, 'AptNum');
    const [visit] = this.read(row, this.api.now);
    if (!visit) throw new NotFound('visit_not_found');
    return visit;
  }

  /** The method that appends cannot overwrite what staff write meanwhile. */
  private async addLine(call: Call, foreignId: string, line: string): Promise<void> {
    const note = textOf(await this.row(call, foreignId), 'Note');
    if (hasLine(note, line)) return;
    const Note = note === '' ? line : `\n${line}`;
    await this.api.update(call, `/appointments/${foreignId}/Note`, { Note });
  }

  private async recordOf(call: Call, request: NewPmsAppointment): Promise<Row> {
    return {
      PatNum: numberOf(request.patientForeignId, 'patient_not_found'),
      AptDateTime: this.api.times.textOf(request.start),
      Op: numberOf(request.operatoryForeignId, 'operatory_not_found'),
      ...(await this.providersOf(call, request)),
      AptStatus: 'Scheduled',
      Pattern: patternOf(request, request.pattern),
      Note: markedNote(request.reference, request.note),
      ...(await this.typeOf(call, request)),
      ...this.api.clinic,
    };
  }

  /** A hygienist is entered as such, with the operatory's dentist beside: otherwise Open Dental would choose one. */
  private async providersOf(call: Call, { providerForeignId, operatoryForeignId }: Place): Promise<Row> {
    const provider = numberOf(providerForeignId, 'provider_not_found');
    const person = (await this.resources.providers(call)).find(({ foreignId }) => foreignId === providerForeignId);
    const room = (await this.resources.operatories(call)).find(({ foreignId }) => foreignId === operatoryForeignId);
    const isHygiene = person?.role === 'hygienist';
    return {
      ProvNum: isHygiene && room?.dentist !== undefined ? Number(room.dentist) : provider,
      ProvHyg: isHygiene ? provider : 0,
      IsHygiene: String(isHygiene),
    };
  }

  /** The type that is named, or the one that stands for these procedures: it brings them along; without one they are not entered. */
  private async typeOf(call: Call, request: NewPmsAppointment): Promise<Row> {
    const { appointmentTypeForeignId: named, procedureCodes: codes = [] } = request;
    if (named !== undefined) return { AppointmentTypeNum: numberOf(named, 'appointment_type_not_found') };
    if (codes.length === 0) return {};
    const wanted = [...codes].sort().join();
    const types = await this.resources.appointmentTypes(call);
    const type = types.find(({ active, procedureCodes }) => active && [...procedureCodes].sort().join() === wanted);
    return type ? { AppointmentTypeNum: Number(type.foreignId) } : {};
  }
}

function patternOf({ start, end }: Place, pattern: string | undefined): string {
  const marks = (end - start) / MARK_MS;
  if (!Number.isInteger(marks) || marks < 1) throw new Rejected('not_in_five_minute_marks');
  if (marks > MOST_MARKS) throw new Rejected('visit_too_long');
  if (pattern !== undefined && pattern.length !== marks) throw new Rejected('pattern_of_another_length');
  return pattern ?? 'X'.repeat(marks);
}
