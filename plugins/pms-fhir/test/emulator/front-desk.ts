import type { Place } from '@openchair/plugin-kit/conformance';
import type { Sent, Stored } from './outcome.js';
import type { Store } from './store.js';

const ENDED = ['cancelled', 'noshow', 'entered-in-error'];

/** Staff at the server's own screen: they are asked for no token and no version, and overlap what they like. */
export class FrontDesk {
  constructor(private readonly store: Store) {}

  /** Enters a visit and takes its Slots, when there are some. */
  enter(place: Place, { patient = 'p1', at = this.store.now(), more = {} as object } = {}): Stored {
    const slot = this.take(place, at).map(({ id }) => ({ reference: `Slot/${id}` }));
    return this.store.create(
      {
        resourceType: 'Appointment',
        status: 'booked',
        start: iso(place.start),
        end: iso(place.end),
        participant: [`Patient/${patient}`, ...actorsOf(place)].map((reference) => ({
          actor: { reference },
          status: 'accepted',
        })),
        ...(slot.length === 0 ? {} : { slot }),
        ...more,
      },
      { at },
    );
  }

  /** Changes some elements of a resource. */
  change(type: string, id: string, changes: object): Stored {
    return this.store.update({ ...this.store.get(type, id), ...changes }, null);
  }

  /** Cancels a visit and frees its Slots. */
  cancel(id: string): void {
    const { slot } = this.store.get('Appointment', id);
    for (const { reference } of (slot ?? []) as { reference: string }[]) {
      this.change('Slot', reference.slice('Slot/'.length), { status: 'free' });
    }
    this.change('Appointment', id, { status: 'cancelled' });
  }

  /** Sets time apart. */
  block(schedule: string, start: number, end: number, more: object = {}): Stored {
    return this.store.create({
      resourceType: 'Slot',
      status: 'busy-unavailable',
      schedule: { reference: `Schedule/${schedule}` },
      start: iso(start),
      end: iso(end),
      ...more,
    });
  }

  /** Live visits that start at a place. */
  at({ operatoryForeignId, start }: Place): Stored[] {
    return this.store.list(
      'Appointment',
      (visit) =>
        isLive(visit) &&
        Date.parse(visit.start) === start &&
        referencesOf(visit).includes(`Location/${operatoryForeignId}`),
    );
  }

  /** Whether nobody has a person or a room at a time. */
  isFree(place: Place): boolean {
    const shares = (visit: Stored) => referencesOf(visit).some((one) => actorsOf(place).includes(one));
    const touches = ({ start, end }: Stored) => Date.parse(start) < place.end && Date.parse(end) > place.start;
    return this.store.list('Appointment', (visit) => isLive(visit) && touches(visit) && shares(visit)).length === 0;
  }

  private take(place: Place, at: number): Stored[] {
    const schedules = this.store.list('Schedule', ({ actor }) => {
      const references = (actor as { reference: string }[]).map(({ reference }) => reference);
      return references.some((one) => actorsOf(place).includes(one)) && this.isOf(references, place);
    });
    return schedules.flatMap(({ id }) => this.takeOf(`Schedule/${id}`, place, at));
  }

  /** A schedule of a person in a room is not used for another room. */
  private isOf(references: readonly string[], { operatoryForeignId }: Place): boolean {
    const rooms = references.filter((one) => one.startsWith('Location/'));
    return rooms.length === 0 || rooms.includes(`Location/${operatoryForeignId}`);
  }

  private takeOf(reference: string, { start, end }: Place, at: number): Stored[] {
    const isOpen = ({ schedule, status }: Stored) => schedule.reference === reference && status === 'free';
    const touching = this.store.list(
      'Slot',
      (slot) => isOpen(slot) && Date.parse(slot.start) < end && Date.parse(slot.end) > start,
    );
    const part = (from: number, to: number, status: string): Sent => ({
      resourceType: 'Slot',
      schedule: { reference },
      status,
      start: iso(from),
      end: iso(to),
    });
    if (touching.length === 0) return [this.store.create(part(start, end, 'busy'), { at })];
    return touching.map((slot) => {
      const [from, to] = [Date.parse(slot.start), Date.parse(slot.end)];
      if (from < start) this.store.create(part(from, start, 'free'), { at });
      if (to > end) this.store.create(part(end, to, 'free'), { at });
      return this.store.update(
        { ...slot, status: 'busy', start: iso(Math.max(from, start)), end: iso(Math.min(to, end)) },
        null,
      );
    });
  }
}

function isLive({ status }: Stored): boolean {
  return !ENDED.includes(status);
}

function actorsOf({ providerForeignId, operatoryForeignId }: Place): string[] {
  return [`Practitioner/${providerForeignId}`, `Location/${operatoryForeignId}`];
}

function referencesOf(visit: Stored): string[] {
  return (visit.participant as { actor?: { reference: string } }[]).map(({ actor }) => actor?.reference ?? '');
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}
