import type { LocalDate, LocalInterval, PmsBlockout, PmsHours, PmsProvider } from '@openchair/plugin-kit';
import { timeOf, weekday, weekNumber } from '../dates.js';

/** The two patterns a practice may keep. */
export type HoursPattern = 'standard' | 'early';

interface Day {
  readonly opens: number;
  readonly lunch: number;
  readonly closes: number;
}

const FRIDAY = 5;
const LUNCH_MINUTES = 60;

/** Minutes since midnight by weekday, or null when closed. `standard` has a late Wednesday. */
function practiceDay(pattern: HoursPattern, day: number): Day | null {
  if (day === 0 || day === 6) return null;
  if (pattern === 'early') return { opens: 420, lunch: 690, closes: day === FRIDAY ? 780 : 960 };
  return day === 3 ? { opens: 600, lunch: 840, closes: 1140 } : { opens: 480, lunch: 720, closes: 1020 };
}

/** Whether a provider is at work: everyone has every other Friday off, in turn; the specialist comes on two days. */
function works(provider: PmsProvider, date: LocalDate): boolean {
  if (!provider.active) return false;
  const day = weekday(date);
  if (provider.role === 'specialist') return day === 2 || day === 4;
  if (day !== FRIDAY) return true;
  return (weekNumber(date) + Number(provider.foreignId)) % 2 === 0;
}

/** Dentists' lunch is a gap in their hours; hygienists work through in the schedule and have a `Lunch` blockout. */
export function hoursOf(pattern: HoursPattern, provider: PmsProvider, date: LocalDate): PmsHours {
  const day = practiceDay(pattern, weekday(date));
  const intervals: LocalInterval[] = [];
  if (day && works(provider, date)) {
    const { opens, lunch, closes } = day;
    if (provider.role === 'hygienist') intervals.push({ start: timeOf(opens), end: timeOf(closes) });
    else {
      intervals.push({ start: timeOf(opens), end: timeOf(lunch) });
      if (lunch + LUNCH_MINUTES < closes) intervals.push({ start: timeOf(lunch + LUNCH_MINUTES), end: timeOf(closes) });
    }
  }
  return { kind: 'hours', providerForeignId: provider.foreignId, date, intervals };
}

/** The times set apart on a day, in the words of the book. */
export function blockoutsOf(pattern: HoursPattern, providers: readonly PmsProvider[], date: LocalDate): PmsBlockout[] {
  const day = practiceDay(pattern, weekday(date));
  if (!day) return [];
  const { opens, lunch } = day;
  const block = (type: string, start: number, end: number, resource: Partial<PmsBlockout>): PmsBlockout => ({
    kind: 'blockout',
    foreignId: `b${date.replaceAll('-', '')}-${type.replace(' ', '').toLowerCase()}-${Object.values(resource).join('-')}`,
    type,
    date,
    start: timeOf(start),
    end: timeOf(end),
    ...resource,
  });
  const hygienists = providers.filter((provider) => provider.role === 'hygienist' && works(provider, date));
  const blocks = hygienists.map(({ foreignId }) =>
    block('Lunch', lunch, lunch + LUNCH_MINUTES, { providerForeignId: foreignId }),
  );
  blocks.push(block('Emergency', lunch - 30, lunch, { operatoryForeignId: '2' }));
  if (weekday(date) % 2 === 1) blocks.push(block('Web Sched', opens, opens + 120, { operatoryForeignId: '1' }));
  if (weekday(date) === 4) blocks.push(block('Hygiene only', opens, opens + 180, { operatoryForeignId: '3' }));
  return blocks;
}
