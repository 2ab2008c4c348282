import { Inject, Injectable } from '@nestjs/common';
import type { PmsAppointment } from '@openchair/plugin-kit';
import { Catalog } from '../../catalog/index.js';
import { CLOCK, type Clock } from '../../kernel/index.js';
import { UnitOfWork, type Filter } from '../../persistence/index.js';
import { Patients } from '../../patients/index.js';
import { AppointmentRepository, type Appointment } from '../../scheduling/index.js';
import { VisitKinds } from '../lists/visit-kinds.js';
import { PmsClient, PmsFailed } from '../site/pms-client.js';
import type { Site } from '../site/site.js';
import { isLive } from '../site/visit.js';
import { PmsVisits, type PmsVisit } from '../state/pms-visit.schema.js';
import { Exports, type Export } from './export.schema.js';
import { Outcomes, type Outcome } from './outcomes.js';
import { differencesOf, wishOf, type Wish } from './wish.js';

/** A booking waits no longer for the practice system (§5). */
export const WRITE_MS = 4_000;

/** Writes one appointment to its practice system: whatever is missing there, step by step. */
@Injectable()
export class Exporter {
  constructor(
    private readonly client: PmsClient,
    private readonly appointments: AppointmentRepository,
    private readonly exports: Exports,
    private readonly visits: PmsVisits,
    private readonly patients: Patients,
    private readonly catalog: Catalog,
    private readonly kinds: VisitKinds,
    private readonly outcomes: Outcomes,
    private readonly unitOfWork: UnitOfWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Never throws what the practice system did wrong: the outcome says it. */
  async run(site: Site, row: Export): Promise<Outcome> {
    const appointment = await this.appointments.forTenant(site.scope).findById(row._id);
    if (!appointment) return this.outcomes.dropped(site, row);
    try {
      const visit = await this.known(site, row);
      // What the question finds may change the appointment: it is looked at afresh.
      if (!visit && row.asked && (await this.settle(site, row, appointment))) return { kind: 'later' };
      return await this.write(site, row, appointment, visit);
    } catch (error) {
      if (!(error instanceof PmsFailed)) throw error;
      return this.outcomes.failed(site, row, appointment, error.failure);
    }
  }

  /** Ends what has become too late, without asking anybody. */
  async expire(site: Site, row: Export): Promise<void> {
    const appointment = await this.appointments.forTenant(site.scope).findById(row._id);
    if (!appointment) await this.outcomes.dropped(site, row);
    else if (this.isTooLate(await this.known(site, row), wishOf(appointment)))
      await this.outcomes.tooLate(site, row, appointment);
  }

  /** A time can be taken over there until it begins. */
  private isTooLate(visit: PmsVisit | null, wish: Wish): boolean {
    if (!wish.live || wish.start > this.clock.now()) return false;
    return !visit || !isLive(visit) || differencesOf(visit, wish).includes('place');
  }

  private async write(site: Site, row: Export, appointment: Appointment, visit: PmsVisit | null): Promise<Outcome> {
    const wish = wishOf(appointment);
    if (!visit && !wish.live) return this.outcomes.equal(site, row, appointment);
    if (this.isTooLate(visit, wish)) return this.outcomes.tooLate(site, row, appointment);
    const differences = visit ? differencesOf(visit, wish) : [];
    if (!visit) return this.create(site, row, appointment);
    let record: PmsAppointment | null = null;
    for (const aspect of differences) {
      if (aspect === 'place') record = await this.move(site, visit, appointment, wish);
      else if (aspect === 'confirmation') record = (await this.confirm(site, visit, wish)) ?? record;
      else if (wish.live && !isLive(visit)) return this.outcomes.refused(site, row, appointment, 'ended_in_pms');
      else record = await this.cancel(site, visit, wish);
    }
    return this.outcomes.written(site, row, appointment, { record, known: visit, wrote: differences });
  }

  private async create(site: Site, row: Export, appointment: Appointment): Promise<Outcome> {
    const providerForeignId = site.providerForeignIds.get(appointment.providerId);
    const operatoryForeignId = site.operatoryForeignIds.get(appointment.operatoryId);
    if (providerForeignId === undefined || operatoryForeignId === undefined) {
      return this.outcomes.refused(site, row, appointment, 'resource_not_in_pms');
    }
    const { _id: reference, start, end, pattern, note, providerId, operatoryId } = appointment;
    const patientForeignId = await this.patientOf(site, appointment);
    // Said before it is asked: whoever goes on after a crash asks first whether it was done.
    const said = { asked: { start, end, providerId, operatoryId }, noted: appointment.history.length };
    await this.exports.forTenant(site.scope).update(row._id, { $set: said, $inc: { version: 0 } });
    const reason = (await this.catalog.snapshot(site.scope)).reasonById.get(appointment.reasonId);
    const request = {
      reference,
      patientForeignId,
      providerForeignId,
      operatoryForeignId,
      start,
      end,
      ...(pattern === null ? {} : { pattern }),
      ...(note === null ? {} : { note }),
      ...(await this.kinds.of(site, reason)),
    };
    const record = await this.client.call(site, 'createAppointment', [request], {
      deadlineMs: WRITE_MS,
      idempotencyKey: `${reference}:create`,
    });
    return this.outcomes.written(site, { ...row, ...said }, appointment, { record, known: null, wrote: [] });
  }

  private move(site: Site, { foreignId }: PmsVisit, appointment: Appointment, wish: Wish): Promise<PmsAppointment> {
    const providerForeignId = site.providerForeignIds.get(appointment.providerId);
    const operatoryForeignId = site.operatoryForeignIds.get(appointment.operatoryId);
    if (providerForeignId === undefined || operatoryForeignId === undefined) {
      throw new PmsFailed({ kind: 'rejected', reason: 'resource_not_in_pms' });
    }
    const { start, end } = wish;
    const place = { start, end, providerForeignId, operatoryForeignId };
    const { pattern } = appointment;
    const request = { foreignId, ...place, ...(pattern === null ? {} : { pattern }) };
    const idempotencyKey = `${appointment._id}:move:${appointment.version}`;
    return this.client.call(site, 'moveAppointment', [request], { deadlineMs: WRITE_MS, idempotencyKey });
  }

  private cancel(site: Site, { foreignId, appointmentId }: PmsVisit, wish: Wish): Promise<PmsAppointment> {
    const idempotencyKey = `${appointmentId}:${wish.endedAs}`;
    const options = { deadlineMs: WRITE_MS, idempotencyKey };
    return this.client.call(site, 'cancelAppointment', [{ foreignId, as: wish.endedAs }], options);
  }

  /** Null where a confirmation stays: it stands there until the office itself takes it back. */
  private async confirm(site: Site, visit: PmsVisit, wish: Wish): Promise<PmsAppointment | null> {
    if (!wish.confirmed && site.capabilities.confirmsForGood) return null;
    const { foreignId, appointmentId } = visit;
    const idempotencyKey = `${appointmentId}:confirm:${wish.confirmed}`;
    const options = { deadlineMs: WRITE_MS, idempotencyKey };
    return this.client.call(site, 'confirmAppointment', [{ foreignId, confirmed: wish.confirmed }], options);
  }

  /** The record over there that is this patient: known, found, or made. */
  private async patientOf(site: Site, { patientId }: Appointment): Promise<string> {
    const { scope, connection } = site;
    const patient = await this.patients.get(scope, patientId);
    const linked = patient.foreign.find(({ connectionId }) => connectionId === connection._id);
    if (linked) return linked.foreignId;
    if (patient.status === 'erased') throw new PmsFailed({ kind: 'rejected', reason: 'patient_erased' });
    const { firstName, lastName, dateOfBirth, email, phone } = patient;
    const person = {
      reference: patientId,
      firstName,
      lastName,
      ...(dateOfBirth ? { dateOfBirth } : {}),
      ...(email === null ? {} : { email }),
      ...(phone === null ? {} : { phone }),
    };
    const options = { deadlineMs: WRITE_MS, idempotencyKey: `${patientId}:patient` };
    const { foreignId } = await this.client.call(site, 'findOrCreatePatient', [person], options);
    const ref = { connectionId: connection._id, foreignId };
    await this.unitOfWork.run((tx) => this.patients.linkForeign(scope, tx, patientId, ref));
    return foreignId;
  }

  private known(site: Site, { _id }: Export): Promise<PmsVisit | null> {
    const filter = { appointmentId: _id, connectionId: site.connection._id } as Filter<PmsVisit>;
    return this.visits.forTenant(site.scope).findOne(filter);
  }

  /** An earlier answer never came: asks whether the visit was made all the same. */
  private async settle(site: Site, row: Export, appointment: Appointment): Promise<boolean> {
    const record = await this.client.call(site, 'findByOurReference', [row._id], { deadlineMs: WRITE_MS });
    if (record) await this.outcomes.found(site, row, appointment, record);
    return record !== null;
  }
}
