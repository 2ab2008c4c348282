import { type Page, type Readings, Rejected } from '@openchair/plugin-kit';

/** Where a pull goes on, and since when its answer holds. */
export interface Position {
  /** NexHealth's clock at the first page, in epoch milliseconds; undefined before it has answered. */
  readonly asOf: number | undefined;
  readonly cursor: string | undefined;
}

/** Reads our cursor: `asOf~cursor`. Throws `Rejected('bad_cursor')`. */
export function positionOf(cursor: string | undefined): Position {
  if (cursor === undefined) return { asOf: undefined, cursor };
  const [, asOf, rest] = /^(\d{1,16})~(.{1,2000})$/s.exec(cursor) ?? [];
  if (asOf === undefined) throw new Rejected('bad_cursor');
  return { asOf: Number(asOf), cursor: rest };
}

/** A page of a pull. Changes made while its pages are read are after `asOf`. */
export function pageOf<T>(read: readonly T[] | Readings<T>, asOf: number, next?: string): Page<T> {
  const readings = 'records' in read ? read : { records: read };
  return { ...readings, asOf, ...(next === undefined ? {} : { nextCursor: `${asOf}~${next}` }) };
}
