import { addDays, daysBetween, type LocalDate } from '../../kernel/index.js';
import type { Entry } from '../book/page.schema.js';
import type { Quota } from '../engine/index.js';
import { roams, type Place } from './place.js';
import { isLive, type Shelf } from './shelf.js';
import { weekStart } from './weeks.js';

/** Visits that count against limits, from the book itself: nothing else has to be kept in step with it. */

const EPOCH = '1970-01-01';

/** Whether any limit holds. */
export function countsVisits(place: Place): boolean {
  const { limited, reason, location, providers } = place;
  const perDay = [reason.maxPerDay, location.maxVisitsPerDay, ...providers.map((one) => one.maxVisitsPerDay)];
  return (limited && perDay.some((limit) => limit != null)) || countsWeeks(place);
}

/** Whether limits need whole weeks of pages. */
export function countsWeeks({ limited, reason, location, providers }: Place): boolean {
  const perWeek = [reason.maxPerWeek, location.maxVisitsPerWeek, ...providers.map((one) => one.maxVisitsPerWeek)];
  return limited && perWeek.some((limit) => limit != null);
}

/** The locations whose pages are needed: visits of a roaming provider with a limit count wherever they are. */
export function countedLocations({ limited, location, providers }: Place): string[] {
  const counted = providers.filter(
    (one) => limited && roams(one) && (one.maxVisitsPerDay != null || one.maxVisitsPerWeek != null),
  );
  return [...new Set([location._id, ...counted.flatMap(({ locationIds }) => locationIds)])];
}

/** Every limit that holds on the day, with the visits that count against it. */
export function quotasOf(place: Place, date: LocalDate, shelf: Shelf): Quota[] {
  if (!place.limited) return [];
  const { reason, location, providers } = place;
  const here = [location._id];
  const quotas: Quota[] = [];
  const put = (quota: Omit<Quota, 'max' | 'taken'>, max: number | null | undefined, where: string[], match: Match) => {
    if (max == null) return;
    const dates = quota.per === 'day' ? [date] : week(date);
    quotas.push({ ...quota, max, taken: visits(place, shelf, where, dates, match) });
  };
  put({ scope: 'location', per: 'day' }, location.maxVisitsPerDay, here, anyVisit);
  put({ scope: 'location', per: 'week' }, location.maxVisitsPerWeek, here, anyVisit);
  put({ scope: 'reason', per: 'day' }, reason.maxPerDay, here, ofReason(reason._id));
  put({ scope: 'reason', per: 'week' }, reason.maxPerWeek, here, ofReason(reason._id));
  for (const { _id, locationIds, maxVisitsPerDay, maxVisitsPerWeek } of providers) {
    put({ scope: 'provider', per: 'day', providerId: _id }, maxVisitsPerDay, locationIds, ofProvider(_id));
    put({ scope: 'provider', per: 'week', providerId: _id }, maxVisitsPerWeek, locationIds, ofProvider(_id));
  }
  return quotas;
}

/** Whose turn it is: one further with each day, and with each visit of the reason on it. */
export function turnOf(place: Place, date: LocalDate, shelf: Shelf): number {
  if (place.assignment !== 'round_robin') return 0;
  const { location, reason } = place;
  return daysBetween(EPOCH, date) + visits(place, shelf, [location._id], [date], ofReason(reason._id));
}

type Match = (entry: Entry) => boolean;

const anyVisit: Match = () => true;
const ofReason =
  (reasonId: string): Match =>
  (entry) =>
    entry.reasonId === reasonId;
/** Coming in for some minutes of another one's visit does not count. */
const ofProvider =
  (providerId: string): Match =>
  ({ resource, assists }) =>
    resource === providerId && !assists;

function week(date: LocalDate): LocalDate[] {
  const monday = weekStart(date);
  return [0, 1, 2, 3, 4, 5, 6].map((days) => addDays(monday, days));
}

/** Distinct visits on these days at these locations; blocks are no visits. */
function visits(
  { now, ignoreRef }: Place,
  shelf: Shelf,
  locationIds: readonly string[],
  dates: readonly LocalDate[],
  match: Match,
): number {
  const refs = new Set<string>();
  for (const locationId of locationIds) {
    for (const date of dates) {
      for (const entry of shelf.page(locationId, date)?.entries ?? []) {
        if (entry.kind !== 'block' && match(entry) && isLive(entry, now, ignoreRef)) refs.add(entry.ref);
      }
    }
  }
  return refs.size;
}
