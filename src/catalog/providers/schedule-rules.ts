import type { FieldError } from '../../kernel/index.js';
import { refuse } from '../shared/references.js';
import type { Provider, ScheduleException, WallSpan, Weekday } from './provider.schema.js';

/** A week without limits of our own: the practice system and the location's opening hours decide. */
export function openWeek(): Weekday[] {
  return [0, 1, 2, 3, 4, 5, 6].map((weekday) => ({ weekday, on: true, hours: [], blocked: [] }));
}

/** As it is stored: plain, the days in their order, spans by their start. */
export function plainWeek(week: readonly Weekday[]): Weekday[] {
  return [...week]
    .sort((a, b) => a.weekday - b.weekday)
    .map(({ weekday, on, hours, blocked }) => ({
      weekday,
      on,
      hours: plainSpans(hours),
      blocked: plainSpans(blocked),
    }));
}

export function plainExceptions(
  exceptions: readonly (Pick<ScheduleException, 'date'> & Partial<ScheduleException>)[],
): ScheduleException[] {
  return [...exceptions]
    .sort((a, b) => (a.date < b.date ? -1 : 1))
    .map(({ date, off, hours, blocked }) => ({
      date,
      off: off ?? null,
      hours: hours ? plainSpans(hours) : null,
      blocked: blocked ? plainSpans(blocked) : null,
    }));
}

function plainSpans(spans: readonly WallSpan[]): WallSpan[] {
  return spans.map(({ start, end }) => ({ start, end })).sort((a, b) => (a.start < b.start ? -1 : 1));
}

/** Faults of a week and its exceptions. `plainWeek` and `plainExceptions` keep no index, so pointers name the list only. */
export function scheduleFaults(week: readonly Weekday[], exceptions: readonly ScheduleException[]): FieldError[] {
  const faults: FieldError[] = [];
  if (week.some(({ weekday }, index) => weekday !== index)) {
    faults.push({ pointer: '/weekdays', code: 'unique', detail: 'must have each weekday from 0 (Sunday) to 6 once' });
  }
  for (const { weekday, hours, blocked } of week) {
    for (const [name, spans] of Object.entries({ hours, blocked })) {
      const detail = spanFault(spans);
      if (detail)
        faults.push({ pointer: '/weekdays', code: 'span', detail: `${name} of weekday ${weekday} ${detail}` });
    }
  }
  exceptions.forEach(({ date, off, hours, blocked }, index) => {
    if ([off, hours, blocked].filter((part) => part !== null).length !== 1) {
      const detail = `${date} must have exactly one of off, hours and blocked`;
      faults.push({ pointer: '/exceptions', code: 'one_of', detail });
    }
    if (exceptions[index - 1]?.date === date) {
      faults.push({ pointer: '/exceptions', code: 'unique', detail: `${date} must stand there once` });
    }
    const detail = spanFault(hours ?? blocked ?? []);
    if (detail) faults.push({ pointer: '/exceptions', code: 'span', detail: `the spans of ${date} ${detail}` });
  });
  return faults;
}

/** `HH:mm` texts sort as the times do. */
function spanFault(spans: readonly WallSpan[]): string | undefined {
  if (spans.some(({ start, end }) => start >= end)) return 'must start before they end';
  if (spans.some(({ start }, index) => start < (spans[index - 1]?.end ?? ''))) return 'must not overlap';
  return undefined;
}

/** The provider as it would be with another schedule; throws 400 where a PATCH with these members would. */
export function revisedProvider(
  provider: Provider,
  given: {
    weekdays?: readonly Weekday[] | undefined;
    exceptions?: readonly (Pick<ScheduleException, 'date'> & Partial<ScheduleException>)[] | undefined;
  },
): Provider {
  const weekdays = given.weekdays ? plainWeek(given.weekdays) : provider.weekdays;
  const exceptions = given.exceptions ? plainExceptions(given.exceptions) : provider.exceptions;
  refuse(scheduleFaults(weekdays, exceptions));
  return { ...provider, weekdays, exceptions };
}
