import { type LocalDate, NotFound, Unreadable } from '@openchair/plugin-kit';

/** A record as Open Dental sends it. The same field may be a number here and a numeral as text there. */
export type Row = Readonly<Record<string, unknown>>;

/** An element of a list. What is no record at all is one without anything, which nobody can read. */
export function rowOf(value: unknown): Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Row) : {};
}

/** Text without surrounding blanks; '' when there is none. */
export function textOf(row: Row, field: string): string {
  const value = row[field];
  return typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : '';
}

/** Booleans are "true" and "false", in some lists "True". */
export function flagOf(row: Row, field: string): boolean {
  return String(row[field]).toLowerCase() === 'true';
}

/** A key as text; undefined for 0, which stands for nobody. */
export function refOf(row: Row, field: string): string | undefined {
  const text = textOf(row, field);
  return /^[1-9]\d*$/.test(text) ? text : undefined;
}

/** The key that a record cannot be without. */
export function keyOf(row: Row, field: string): string {
  const key = refOf(row, field);
  if (key === undefined) throw new Unreadable(field, 'missing');
  return key;
}

/** `yyyy-MM-dd`; undefined for 0001-01-01, which stands for no date. */
export function dateOf(row: Row, field: string): LocalDate | undefined {
  const date = textOf(row, field).slice(0, 10);
  return /^\d{4}-\d\d-\d\d$/.test(date) && date > '1800-01-01' ? date : undefined;
}

/** `"r,g,b"` to `#rrggbb`. */
export function colourOf(row: Row, field: string): string | undefined {
  const parts = textOf(row, field).split(',').map(Number);
  const isColour = parts.length === 3 && parts.every((part) => Number.isInteger(part) && part >= 0 && part <= 255);
  return isColour ? `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}` : undefined;
}

/** 5-minute marks, or undefined for what is none. */
export function marksOf(row: Row, field: string): string | undefined {
  const marks = textOf(row, field).toUpperCase();
  return /^[X/]+$/.test(marks) ? marks : undefined;
}

/** The values that are there, without those that are not: an absent field is left out, never undefined. */
export function known<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined | ''> } {
  const kept = Object.entries(fields).filter(([, value]) => value !== undefined && value !== '');
  return Object.fromEntries(kept) as { [K in keyof T]?: Exclude<T[K], undefined | ''> };
}

/** One of our foreign ids as the number that the API wants. What is none cannot exist there: `NotFound`. */
export function numberOf(foreignId: string, reason: string): number {
  if (!/^[1-9]\d{0,17}$/.test(foreignId)) throw new NotFound(reason);
  return Number(foreignId);
}
