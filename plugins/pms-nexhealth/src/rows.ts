import { asList, type LocalDate, NotFound, Unreadable } from '@openchair/plugin-kit';

/** A record as NexHealth sends it. What is not known is null, '' or left out. */
export type Row = Readonly<Record<string, unknown>>;

/**
 * The records of an answer; what is no list is `Retryable('unexpected_answer')`. An element that is no record at all is one
 * without anything, which nobody can read.
 */
export function rowsOf(value: unknown): Row[] {
  const isRecord = (one: unknown) => typeof one === 'object' && one !== null && !Array.isArray(one);
  return asList(value).map((one) => (isRecord(one) ? (one as Row) : {}));
}

/** Text without surrounding blanks; undefined when there is none. */
export function textOf(value: unknown): string | undefined {
  const text = typeof value === 'string' ? value.trim() : '';
  return text === '' ? undefined : text;
}

/** NexHealth's number of another record as a foreign id; undefined for null and for 0, which stand for none. */
export function refOf(value: unknown): string | undefined {
  return Number.isSafeInteger(value) && Number(value) > 0 ? String(value) : undefined;
}

/** The id of a record; undefined for one that has none. */
export function knownIdOf(row: Row): string | undefined {
  return refOf(row['id']);
}

/** The number that a record cannot be without. */
export function idOf(row: Row): string {
  const id = knownIdOf(row);
  if (id === undefined) throw new Unreadable('id', 'missing');
  return id;
}

/** ISO 8601 with its offset, as epoch milliseconds; undefined when there is none. */
export function instantOf(row: Row, field: string): number | undefined {
  const text = textOf(row[field]);
  if (text === undefined) return undefined;
  const instant = /[Zz]$|[+-]\d\d:?\d\d$/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(instant)) throw new Unreadable(field, 'malformed');
  return instant;
}

/** An instant that a record cannot be without. */
export function requiredInstantOf(row: Row, field: string): number {
  const instant = instantOf(row, field);
  if (instant === undefined) throw new Unreadable(field, 'missing');
  return instant;
}

export function dateOf(value: unknown): LocalDate | undefined {
  const date = textOf(value)?.slice(0, 10);
  return date !== undefined && /^\d{4}-\d\d-\d\d$/.test(date) ? date : undefined;
}

/** As NexHealth wants instants: in UTC, whole seconds. */
export function instantText(instant: number): string {
  return `${new Date(instant).toISOString().slice(0, 19)}Z`;
}

/** One of our foreign ids as the number that the API wants. What is none cannot exist there: `NotFound`. */
export function numberOf(foreignId: string, reason: string): number {
  if (!/^[1-9]\d{0,14}$/.test(foreignId)) throw new NotFound(reason);
  return Number(foreignId);
}

/** The fields that are known: an absent one is left out, never undefined. */
export function known<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const kept = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
