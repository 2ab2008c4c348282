import { invalid } from '../../kernel/index.js';
import type { SeriesQuery } from './group-search.js';
import type { SearchSeries } from './search.dto.js';

/** Days that a series may reach after its first visit. */
const FURTHEST_DAYS = 366;

/** The visits that the body asks for; `invalid_request` for days that make no series. */
export function seriesQuery({ visits, every, patientType, dateOfBirth, ...rest }: SearchSeries): SeriesQuery {
  const patient = { patientType, dateOfBirth };
  if (every && !visits) {
    const { weeks, count, toleranceDays = 0, ...visit } = every;
    const afterDays = 7 * weeks;
    assertReach('/every', afterDays, toleranceDays, count - 1);
    return {
      ...rest,
      visits: Array.from({ length: count }, () => ({ ...visit, ...patient, afterDays, toleranceDays })),
    };
  }
  if (!visits || every) throw invalid('/visits', 'one_of', 'Give visits or every, and not both.');
  visits.forEach(({ afterDays, toleranceDays = 0 }, place) => {
    const at = `/visits/${place}/afterDays`;
    if (place === 0 && (afterDays !== undefined || toleranceDays > 0))
      throw invalid(at, 'unexpected', 'The first visit comes after no other: leave out its days.');
    if (place > 0 && afterDays === undefined)
      throw invalid(at, 'required', 'Say how many days after the visit before.');
  });
  const spaced = visits.map(({ afterDays = 0, toleranceDays = 0, ...visit }, place) => {
    if (place > 0) assertReach(`/visits/${place}`, afterDays, toleranceDays, 1);
    return { ...visit, ...patient, afterDays, toleranceDays };
  });
  const reach = spaced.reduce((sum, { afterDays, toleranceDays }) => sum + afterDays + toleranceDays, 0);
  if (reach > FURTHEST_DAYS) throw tooFar('/visits');
  return { ...rest, visits: spaced };
}

function assertReach(at: string, afterDays: number, toleranceDays: number, times: number): void {
  if (toleranceDays >= afterDays)
    throw invalid(`${at}/toleranceDays`, 'range', `Each visit is on a later day: give less than ${afterDays} days.`);
  if ((afterDays + toleranceDays) * times > FURTHEST_DAYS) throw tooFar(at);
}

function tooFar(at: string) {
  return invalid(at, 'range', `A series may reach ${FURTHEST_DAYS} days after its first visit.`);
}
