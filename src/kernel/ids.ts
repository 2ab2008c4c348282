import { randomFillSync } from 'node:crypto';
import { incrementBase32, ulid } from 'ulid';

/** Every kind of document has its prefix; the body is a ULID in lower case, so ids sort by the time they were made. */
export const ID_PREFIXES = {
  agency: 'agy',
  practice: 'prc',
  location: 'loc',
  user: 'usr',
  session: 'ses',
  apiKey: 'key',
  widgetKey: 'wky',
  widgetSession: 'wse',
  provider: 'prv',
  operatory: 'opr',
  reason: 'rsn',
  carrier: 'car',
  referrer: 'ref',
  patient: 'pat',
  family: 'fam',
  hold: 'hld',
  block: 'blk',
  zoneChange: 'zch',
  groupHold: 'ghd',
  appointment: 'apt',
  visitGroup: 'grp',
  waitlistEntry: 'wlt',
  waitlistOffer: 'wof',
  event: 'evt',
  connection: 'con',
  agencyConnection: 'acn',
  syncConflict: 'cfl',
  syncEntry: 'syn',
  pmsListItem: 'pli',
  recall: 'rcl',
  template: 'tpl',
  message: 'msg',
  funnelEvent: 'fun',
} as const;

export type IdKind = keyof typeof ID_PREFIXES;

const POOL = new Uint8Array(4_096);
let used = POOL.length;

/** A random fraction, cut from bytes that are drawn many at a time: the library would ask the system for each of 16. */
function fraction(): number {
  if (used === POOL.length) {
    randomFillSync(POOL);
    used = 0;
  }
  return (POOL[used++] ?? 0) / 256;
}

let last = { ms: Number.NaN, body: '' };

/** A fresh id of `kind`, time-ordered by `nowMs`; those that one process makes in the same millisecond are in order too. */
export function newId(kind: IdKind, nowMs: number): string {
  last = { ms: nowMs, body: nowMs === last.ms ? incrementBase32(last.body) : ulid(nowMs, fraction) };
  return `${ID_PREFIXES[kind]}_${last.body.toLowerCase()}`;
}

/** The exact form of an id of `kind`: prefix, underscore, 26 characters of Crockford's base 32. */
export function idPattern(kind: IdKind): RegExp {
  return new RegExp(`^${ID_PREFIXES[kind]}_[0-7][0-9a-hjkmnp-tv-z]{25}$`);
}

export function isId(kind: IdKind, value: unknown): value is string {
  return typeof value === 'string' && idPattern(kind).test(value);
}

const BASE32 = '0123456789abcdefghjkmnpqrstvwxyz';

/** The same id for the same seed (any high-entropy digest); for things that a repeated request must not make twice. */
export function derivedId(kind: IdKind, seed: Buffer): string {
  let bits = 0n;
  for (const byte of seed.subarray(0, 16)) bits = (bits << 8n) | BigInt(byte);
  let body = '';
  for (let place = 0; place < 26; place++, bits >>= 5n) body = (BASE32[Number(bits & 31n)] ?? '0') + body;
  return `${ID_PREFIXES[kind]}_${body}`;
}
