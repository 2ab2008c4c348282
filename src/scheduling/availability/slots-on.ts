import { dayStart, type LocalDate } from '../../kernel/index.js';
import { DayPlan, slotsOfDay, type SlotCandidate } from '../engine/index.js';
import { dayInput } from './day.js';
import type { Ground } from './ground.js';
import type { Place } from './place.js';
import type { Slot } from './query.js';
import type { Shelf } from './shelf.js';
import { slotId } from './slot-id.js';

const MINUTE_MS = 60_000;

/** The slots of one local day at all places, by their start. */
export function slotsOn(ground: Ground, date: LocalDate, shelf: Shelf): Slot[] {
  const slots = ground.places.flatMap((place) =>
    Array.from(slotsOfDay(dayInput(place, date, shelf)), (slot) => slotAt(place, date, slot)),
  );
  return ground.places.length > 1 ? slots.sort((a, b) => a.start - b.start) : slots;
}

/** The slot of that day which starts at an instant (epoch ms), without making the others; undefined when there is none. */
export function slotStartingAt(ground: Ground, date: LocalDate, shelf: Shelf, start: number): Slot | undefined {
  for (const place of ground.places) {
    const begin = dayStart(place.zone, date);
    const minute = (start - begin) / MINUTE_MS;
    for (const slot of slotsOfDay(dayInput(place, date, shelf)))
      if (slot.start === minute) return slotAt(place, date, slot, begin);
  }
  return undefined;
}

/** How many instants of the day have a slot, without making the slots. */
export function startsOn(ground: Ground, date: LocalDate, shelf: Shelf): number {
  const starts = new Set<number>();
  for (const place of ground.places) {
    const begin = dayStart(place.zone, date);
    new DayPlan(dayInput(place, date, shelf)).forEach((_provider, _operatory, start) => {
      starts.add(begin + start * MINUTE_MS);
    });
  }
  return starts.size;
}

/** The slot as it is named. `begin`: the instant (epoch ms) from which its minutes count. */
export function slotAt(
  { reason, location, zone }: Place,
  date: LocalDate,
  slot: SlotCandidate,
  begin = dayStart(zone, date),
): Slot {
  const at = (minute: number): number => begin + minute * MINUTE_MS;
  const { providerId, operatoryId, assist } = slot;
  const ref = { reasonId: reason._id, providerId, operatoryId, locationId: location._id, start: at(slot.start) };
  return {
    ...ref,
    id: slotId(ref),
    end: at(slot.end),
    zone,
    date,
    assist: assist ? { providerId: assist.providerId, start: at(assist.start), end: at(assist.end) } : null,
  };
}
