import database from 'moment-timezone/data/packed/latest.json';

/**
 * Time zones from the tz database that `moment-timezone` packs: data alone, none of its code. A zone is unpacked
 * when it is first asked for. The data lists every change up to the year 2499; the last offset stands after that.
 *
 * Unit: whole minutes. Since 1972-01-07 every offset and change is a whole minute; older ones (local mean time)
 * are rounded to it.
 */

/** An IANA zone or link name that this database knows. */
export type ZoneId = string & { readonly __brand: 'ZoneId' };

/** A zone's offsets: `offsets[i]` (minutes east of UTC) holds from `starts[i]` (minutes since 1970) to `starts[i + 1]`. */
export interface ZoneTable {
  readonly starts: Int32Array;
  readonly offsets: Int16Array;
}

/** Release of the IANA tz database in use, such as `2026f`. */
export const TZDATA_VERSION: string = database.version;

const BEGINNING_OF_TIME = -(2 ** 31);
const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWX';

const packedByName = indexOfNames();
const tables = new Map<string, ZoneTable>();

/** Name → packed zone; a link shares the packed zone, and so the unpacked table, of its target. */
function indexOfNames(): ReadonlyMap<string, string> {
  const index = new Map<string, string>();
  for (const packed of database.zones) index.set(packed.slice(0, packed.indexOf('|')), packed);
  for (const link of database.links) {
    const [target = '', alias = ''] = link.split('|');
    const packed = index.get(target);
    if (packed !== undefined) index.set(alias, packed);
  }
  return index;
}

/** Base-60 minutes with an optional base-60 second after the point (`-4U.2` is −297 minutes 2 seconds), in seconds. */
function unpackSeconds(text: string): number {
  const negative = text.startsWith('-');
  const [whole = '', fraction = ''] = text.slice(negative ? 1 : 0).split('.');
  let minutes = 0;
  for (const digit of whole) minutes = minutes * 60 + DIGITS.indexOf(digit);
  const seconds = minutes * 60 + (fraction === '' ? 0 : DIGITS.indexOf(fraction.charAt(0)));
  return negative ? -seconds : seconds;
}

/** Unpacks `name|abbreviations|offsets west|index of each period|differences between period ends|population`. */
function unpack(packed: string): ZoneTable {
  const [, , offsetField = '', indexField = '', endsField = ''] = packed.split('|');
  const offsetsEast = offsetField.split(' ').map((text) => 0 - Math.round(unpackSeconds(text) / 60));
  const ends = endsField === '' ? [] : endsField.split(' ').map(unpackSeconds);
  const starts: number[] = [];
  const offsets: number[] = [];
  let start = BEGINNING_OF_TIME;
  let seconds = 0;
  for (const [period, digit] of [...indexField].entries()) {
    const offset = offsetsEast[DIGITS.indexOf(digit)];
    if (offset === undefined) throw new Error(`Damaged tz data: ${packed.slice(0, packed.indexOf('|'))}`);
    // A change of the abbreviation alone is no change of the offset.
    if (offset !== offsets.at(-1)) {
      starts.push(start);
      offsets.push(offset);
    }
    seconds += ends[period] ?? 0;
    start = Math.round(seconds / 60);
  }
  return { starts: Int32Array.from(starts), offsets: Int16Array.from(offsets) };
}

/** True when `name` is an IANA zone or link of this database. Names are matched exactly, capitals included. */
export const isZone = (name: string): name is ZoneId => packedByName.has(name);

/** The name as a ZoneId; throws a RangeError that names it when the database does not know it. */
export function zoneId(name: string): ZoneId {
  if (!isZone(name)) {
    throw new RangeError(
      `Unknown time zone "${name}": use an IANA name such as "America/Chicago" (tz database ${TZDATA_VERSION})`,
    );
  }
  return name;
}

/** All names this database knows, links included, sorted. */
export const listZones = (): readonly ZoneId[] => [...packedByName.keys()].filter(isZone).sort();

/** The offsets of a zone. */
export function tableOf(zone: ZoneId): ZoneTable {
  const packed = packedByName.get(zoneId(zone)) ?? '';
  const known = tables.get(packed);
  if (known) return known;
  const table = unpack(packed);
  tables.set(packed, table);
  return table;
}

/** Index of the period that holds at `minute` (minutes since 1970): the last one that starts at or before it. */
export function periodAt(table: ZoneTable, minute: number): number {
  let low = 0;
  let high = table.starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((table.starts[middle] ?? 0) <= minute) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** One stretch of constant offset; `end` is exclusive and infinite for the last. Minutes since 1970. */
export interface Period {
  start: number;
  end: number;
  offset: number;
}

/** The periods that touch the minutes from `from` to `to`, both included, in order. */
export function* periodsBetween(zone: ZoneId, from: number, to: number): Generator<Period> {
  const table = tableOf(zone);
  for (let i = periodAt(table, from); i < table.starts.length; i++) {
    const start = table.starts[i] ?? 0;
    if (start > to) return;
    yield { start, end: table.starts[i + 1] ?? Infinity, offset: table.offsets[i] ?? 0 };
  }
}
