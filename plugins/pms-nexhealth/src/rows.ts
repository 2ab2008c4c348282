import { asList, asObject, type LocalDate, NotFound, Retryable } from '@openchair/plugin-kit';

/** A record as NexHealth sends it. What is not known is null, '' or left out. */
export type Row = Readonly<Record<string, unknown>>;

/** The records of an answer; anything else is `Retryable('unexpected_answer')`. */
export function rowsOf(value: unknown): Row[] {
  return asList(value).map(asObject);
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

/** The number that a record cannot be without. */
export function idOf(row: Row): string {
  const id = refOf(row['id']);
  if (id === undefined) throw new Retryable('unexpected_answer');
  return id;
}

/** ISO 8601 with its offset, as epoch milliseconds; undefined when there is none. */
export function instantOf(value: unknown): number | undefined {
  const text = textOf(value);
  if (text === undefined) return undefined;
  const instant = /[Zz]$|[+-]\d\d:?\d\d$/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(instant)) throw new Retryable('unexpected_answer');
  return instant;
}

/** An instant that a record cannot be without. */
export function requiredInstantOf(value: unknown): number {
  const instant = instantOf(value);
  if (instant === undefined) throw new Retryable('unexpected_answer');
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
