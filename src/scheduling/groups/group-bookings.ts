import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, invalid, newId, notFound, Problem, within, type Clock, type TenantScope } from '../../kernel/index.js';
import { UnitOfWork, type Filter, type Tx } from '../../persistence/index.js';
import { AppointmentRepository } from '../appointments/appointment.repository.js';
import type { Appointment } from '../appointments/appointment.schema.js';
import { Appointments, claimsOfAppointment, type ActionOptions } from '../appointments/appointments.service.js';
import {
  Bookings,
  holdExpired,
  type Asking,
  type OpenedVisit,
  type VisitDetails,
} from '../appointments/booking.service.js';
import { MOVABLE } from '../appointments/lifecycle.js';
import { UpcomingVisits } from '../appointments/upcoming-visits.js';
import { GroupBook } from '../book/group-book.js';
import { GroupHolds, type GroupHold } from './group-holds.js';

/** A group that may be booked, with all that was read for it before the transaction. */
export interface OpenedGroup {
  readonly held: GroupHold;
  readonly visits: readonly OpenedVisit[];
}

/** Visits that were booked together, in the order in which they were held. */
export interface BookedGroup {
  id: string;
  appointments: Appointment[];
}

/** Turns a group of holds into appointments, all of them or none: `open` reads and judges, `confirm` writes. */
@Injectable()
export class GroupBookings {
  constructor(
    private readonly holds: GroupHolds,
    private readonly bookings: Bookings,
    private readonly upcoming: UpcomingVisits,
    private readonly groupBook: GroupBook,
    private readonly appointments: Appointments,
    private readonly rows: AppointmentRepository,
    private readonly unitOfWork: UnitOfWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * `askings` say who comes to each visit, in their order; one alone comes to all of them. The hold must be alive and
   * `ownerId`'s: `hold_expired` otherwise. Pointers of problems lie under `/visits`.
   */
  async open(
    scope: TenantScope,
    groupHoldId: string,
    ownerId: string,
    askings: readonly Asking[],
  ): Promise<OpenedGroup> {
    const held = await this.holds.find(scope, ownerId, groupHoldId);
    if (!held) throw holdExpired();
    const count = held.visits.length;
    if (askings.length !== count && askings.length !== 1) {
      const detail = `${count} visits are held: say who comes to each of them, or name one patient for all.`;
      throw invalid('/visits', 'count', detail);
    }
    const visits = await Promise.all(
      forEach(held, askings).map((asking, place) =>
        within(`/visits/${Math.min(place, askings.length - 1)}`, () =>
          this.bookings.openHeld(scope, (held.visits[place] as GroupHold['visits'][number]).hold, asking),
        ),
      ),
    );
    return { held, visits };
  }

  /**
   * Writes pages, appointments and events in the caller's transaction, together with the idempotency record. `describe`
   * answers as `askings` did, and is asked first, so that the pages stay locked for a short time only.
   */
  async confirm(
    scope: TenantScope,
    tx: Tx,
    { held, visits }: OpenedGroup,
    describe: () => Promise<readonly VisitDetails[]>,
  ): Promise<BookedGroup> {
    const details = forEach(held, await describe());
    assertOneAtATime(visits, details);
    await this.assertRoom(scope, tx, visits, details);
    const now = this.clock.now();
    const groupId = newId('visitGroup', now);
    const ids = visits.map(() => newId('appointment', now));
    if (!(await this.groupBook.convert(scope, tx, held.visits, ids))) throw holdExpired();
    const appointments: Appointment[] = [];
    for (const [place, visit] of visits.entries()) {
      const own = { ...(details[place] as VisitDetails), groupId };
      appointments.push(await this.bookings.write(scope, tx, ids[place] as string, visit, own));
    }
    return { id: groupId, appointments };
  }

  /** Cancels what of a group has not begun; all its visits as they are then. Those that are over stay what they are. */
  async cancel(scope: TenantScope, groupId: string, options: ActionOptions): Promise<BookedGroup> {
    return this.unitOfWork.run(async (tx) => {
      const filter = { groupId } as Filter<Appointment>;
      const all = await this.rows.forTenant(scope, tx).find(filter, { sort: { start: 1, _id: 1 } });
      if (all.length === 0) throw notFound('group');
      const open = all.filter(({ status }) => MOVABLE.includes(status));
      if (open.length === 0)
        throw new Problem('wrong_transition', 'No visit of this group can be cancelled any more.', {
          extensions: { allowed: [] },
        });
      // All pages first, in the fixed order; what the steps below give back again is free by then.
      const claims = open.map((one) => ({ claims: claimsOfAppointment(one) }));
      const refs = open.map(({ _id }) => _id);
      await this.groupBook.release(scope, claims, refs, tx);
      const appointments: Appointment[] = [];
      for (const one of all)
        appointments.push(open.includes(one) ? await this.appointments.apply(scope, tx, one, 'cancel', options) : one);
      return { id: groupId, appointments };
    });
  }

  private async assertRoom(
    scope: TenantScope,
    tx: Tx,
    visits: readonly OpenedVisit[],
    details: readonly VisitDetails[],
  ): Promise<void> {
    const most = visits[0]?.mostUpcoming ?? null;
    for (const patientId of new Set(details.map((one) => one.patientId))) {
      const more = details.filter((one) => one.patientId === patientId).length;
      await this.upcoming.assertRoom(scope, tx, patientId, most, more);
    }
  }
}

/** One for each visit that is held. */
function forEach<T>({ visits }: GroupHold, given: readonly T[]): T[] {
  return given.length === 1 ? visits.map(() => given[0] as T) : [...given];
}

/** Nobody is in two chairs at once. */
function assertOneAtATime(visits: readonly OpenedVisit[], details: readonly VisitDetails[]): void {
  const times = visits.map(({ ref, shape }) => ({ start: ref.start, end: ref.start + shape.durationMinutes * 60_000 }));
  for (const [place, { start, end }] of times.entries()) {
    const meets = times.findIndex(
      (other, at) =>
        at < place && details[at]?.patientId === details[place]?.patientId && other.start < end && start < other.end,
    );
    if (meets >= 0)
      throw invalid(`/visits/${place}`, 'overlap', `The same patient is in visit ${meets + 1} at that time.`);
  }
}
