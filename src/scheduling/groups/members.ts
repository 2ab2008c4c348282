import { dayStart, localDateOf, offsetAt, type LocalDate } from '../../kernel/index.js';
import { quotasOf } from '../availability/counts.js';
import { dayInput } from '../availability/day.js';
import type { Place } from '../availability/place.js';
import type { Slot } from '../availability/query.js';
import type { Shelf } from '../availability/shelf.js';
import { slotAt } from '../availability/slots-on.js';
import { weekStart } from '../availability/weeks.js';
import { DaySlots, type Limit, type Member, type VisitTerms } from '../combine/index.js';
import { openingsOfDay, slotsOfDay, type Interval, type SlotCandidate } from '../engine/index.js';

/** What the engine says of one reason, place and day, for visits that are put together: in minutes since 1970. */

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;

/** A visit that could be at a place on a day. */
export function memberOn(place: Place, date: LocalDate, shelf: Shelf): Member {
  // Visits that fill a stretch of time together leave no gaps that one alone would.
  const input = dayInput({ ...place, rule: untidy(place) }, date, shelf);
  const openings = Array.from(openingsOfDay(input), ({ assists, ...opening }) => ({
    ...shifted(opening, place, date),
    assists: assists.map((assist) => shifted(assist, place, date)),
  }));
  return { ...termsOf(place, shelf), openings };
}

/** The slots of a day with every provider who is free. */
export function daySlotsOn(place: Place, date: LocalDate, shelf: Shelf): DaySlots {
  const slots = Array.from(
    slotsOfDay({ ...dayInput(place, date, shelf), onePerStart: false }),
    ({ assist, ...slot }) => {
      const at = shifted(slot, place, date);
      const wall = (at.start + offsetAt(place.zone, at.start * MINUTE_MS)) % DAY_MINUTES;
      return { ...at, wall, ...(assist ? { assist: shifted(assist, place, date) } : {}) };
    },
  );
  return new DaySlots(slots);
}

/** What decides whether a visit at the place fits beside others, whatever the day. */
export function termsOf(place: Place, shelf: Shelf): VisitTerms {
  const limits = new Map<LocalDate, readonly (Limit & { providerId?: string })[]>();
  return {
    rule: place.rule,
    unguarded: new Set([...place.providers, ...place.assistants].flatMap((one) => (one.allowOverlap ? one._id : []))),
    limits: ({ start, providerId }) => {
      const date = localDateOf(place.zone, start * MINUTE_MS);
      const known = limits.get(date) ?? limitsOn(place, date, shelf);
      limits.set(date, known);
      return known.filter((limit) => limit.providerId === undefined || limit.providerId === providerId);
    },
  };
}

/** The slot as it is named, of a candidate in minutes since 1970. */
export function slotOf(place: Place, slot: SlotCandidate): Slot {
  return slotAt(place, localDateOf(place.zone, slot.start * MINUTE_MS), slot, 0);
}

function limitsOn(place: Place, date: LocalDate, shelf: Shelf): (Limit & { providerId?: string })[] {
  return quotasOf(place, date, shelf).map(({ scope, per, max, taken, providerId }) => {
    const whose = {
      location: place.location._id,
      reason: `${place.location._id} ${place.reason._id}`,
      provider: providerId,
    };
    const when = per === 'day' ? date : weekStart(date);
    return { id: `${whose[scope]} ${per} ${when}`, left: max - taken, ...(providerId ? { providerId } : {}) };
  });
}

const untidyRules = new WeakMap<Place['rule'], Place['rule']>();

/** The rule without the preference for tidy gaps; the same one each time, since what the engine makes of it is kept. */
function untidy({ rule }: Place): Place['rule'] {
  const known = untidyRules.get(rule) ?? { ...rule, minGapMinutes: 0 };
  untidyRules.set(rule, known);
  return known;
}

function shifted<T extends Interval>(at: T, { zone }: Place, date: LocalDate): T {
  const begin = dayStart(zone, date) / MINUTE_MS;
  return { ...at, start: begin + at.start, end: begin + at.end };
}
