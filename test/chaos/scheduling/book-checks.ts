import type { Db } from 'mongodb';
import type { ApiAnswer } from '../../harness/api.js';
import { minuteOfMidnight } from './wall.js';

type Row = ApiAnswer['body'];

/** Everything of the practice as it lies in the database, read plainly. */
export interface Stored {
  pages: Row[];
  appointments: Row[];
  events: Row[];
  conflicts: Row[];
  visits: Row[];
  blocks: Row[];
  reasons: Map<string, Row>;
  roaming: Set<string>;
  zones: Map<string, string>;
}

export async function readStored(db: Db): Promise<Stored> {
  const all = (name: string): Promise<Row[]> => db.collection(name).find().toArray();
  const [appointments, pages, events, conflicts, visits, blocks, reasons, providers, locations] = await Promise.all([
    all('appointments'),
    all('pages'),
    db.collection('events').find({ 'subject.kind': 'appointment' }).toArray(),
    all('sync_conflicts'),
    all('pms_visits'),
    all('blocks'),
    all('reasons'),
    all('providers'),
    all('locations'),
  ]);
  return {
    ...{ pages, appointments, events, conflicts, visits, blocks },
    reasons: new Map(reasons.map((one) => [String(one._id), one])),
    roaming: new Set(providers.filter(({ locationIds }) => locationIds.length > 1).map(({ _id }) => String(_id))),
    zones: new Map(locations.map(({ _id, zone }) => [String(_id), zone])),
  };
}

/** What a visit takes, as `place resource minute`, minute by minute since 1970, worked out from its own facts. */
function minutesTaken(visit: Row, shape: Row, assist: Row | null, roaming: ReadonlySet<string>): Set<string> {
  const minute = visit.start / 60_000;
  const length = shape.pattern ? shape.pattern.length * 5 : shape.durationMinutes;
  const buffers = shape.buffers ?? { before: 0, after: 0, on: 'both' };
  const before = buffers.before ?? buffers.beforeMinutes;
  const after = buffers.after ?? buffers.afterMinutes;
  const taken = new Set<string>();
  const take = (resource: string, at: number, roams: boolean) => {
    taken.add(`${visit.locationId} ${resource} ${at}`);
    if (roams) taken.add(`${resource} ${resource} ${at}`);
  };
  const chairToo = buffers.on !== 'provider';
  const from = chairToo ? -before : 0;
  const to = length + (chairToo ? after : 0);
  for (let at = from; at < to; at += 1) take(visit.operatoryId, minute + at, false);
  const marks = [...(shape.pattern ?? 'X'.repeat(Math.ceil(length / 5)))];
  const first = marks.indexOf('X') * 5;
  const last = shape.pattern ? (marks.lastIndexOf('X') + 1) * 5 : length;
  const personToo = buffers.on !== 'operatory';
  for (let at = first - (personToo ? before : 0); at < last + (personToo ? after : 0); at += 1) {
    const inVisit = at >= first && at < last;
    if (inVisit && marks[Math.floor(at / 5)] !== 'X') continue;
    take(visit.providerId, minute + at, roaming.has(visit.providerId));
  }
  for (let at = (assist?.start ?? 0) / 60_000; at < (assist?.end ?? 0) / 60_000; at += 1) {
    take(assist.providerId, at, roaming.has(assist.providerId));
  }
  return taken;
}

/** Steps of a history that say where an appointment stands. */
export const PLACING = ['created', 'reschedule', 'restore'];

const OCCUPYING = ['requested', 'booked', 'confirmed', 'arrived', 'in_chair', 'completed', 'no_show'];
/** Who was known not to come before the visit began has given its time back. */
export const occupies = ({ status, start, history }: Row): boolean =>
  OCCUPYING.includes(status) && (status !== 'no_show' || history.at(-1).at >= start);

/** What a block takes on its one day. */
function minutesBlocked(block: Row, { zones, roaming }: Stored): Set<string> {
  const { locationId, providerIds, operatoryIds, startDate, startTime, endTime } = block;
  const [from, to] = [startTime, endTime].map((time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3)));
  const begin = minuteOfMidnight(zones.get(locationId)!, startDate);
  const resources = [...providerIds, ...operatoryIds];
  const taken = new Set<string>();
  for (const resource of resources.length > 0 ? resources : [locationId])
    for (let at = begin + from!; at < begin + to!; at += 1) {
      taken.add(`${locationId} ${resource} ${at}`);
      if (roaming.has(resource)) taken.add(`${resource} ${resource} ${at}`);
    }
  return taken;
}

export interface Taken {
  ref: string;
  kind: string;
  /** `place resource minute` */
  key: string;
}

export function* takenOn(pages: readonly Row[], zones: ReadonlyMap<string, string>, now: number): Generator<Taken> {
  for (const { placeId, date, entries } of pages) {
    const begin = minuteOfMidnight(zones.get(placeId) ?? 'UTC', date);
    for (const { resource, start, end, kind, ref, expiresAt } of entries) {
      if (expiresAt != null && expiresAt <= now) continue;
      for (let at = start; at < end; at += 1) yield { ref, kind, key: `${placeId} ${resource} ${begin + at}` };
    }
  }
}

/** Appointments, holds and pages say the same; nobody's time is taken twice without a conflict that says so. */
export function checkBook(stored: Stored, now: number): string[] {
  const { pages, appointments, reasons, roaming, zones, conflicts, visits, blocks } = stored;
  const found: string[] = [];
  const byRef = new Map<string, { kind: string; keys: Set<string> }>();
  const holders = new Map<string, Taken[]>();
  for (const taken of takenOn(pages, zones, now)) {
    const own = byRef.get(taken.ref) ?? { kind: taken.kind, keys: new Set() };
    if (own.keys.has(taken.key)) found.push(`${taken.ref} has ${taken.key} twice`);
    if (own.kind !== taken.kind) found.push(`${taken.ref} stands as ${own.kind} and as ${taken.kind}`);
    own.keys.add(taken.key);
    byRef.set(taken.ref, own);
    holders.set(taken.key, [...(holders.get(taken.key) ?? []), taken]);
  }
  const owned = new Map<string, Set<string>>();
  for (const one of appointments) {
    if (!occupies(one)) continue;
    const taking = new Set([
      ...(one.providerRoams ? [one.providerId] : []),
      ...(one.assist?.roams ? [one.assist.providerId] : []),
    ]);
    owned.set(String(one._id), minutesTaken(one, one, one.assist, taking));
  }
  const holds = pages.flatMap((page) => page.holds).filter(({ expiresAt }) => expiresAt > now);
  for (const hold of holds) {
    if (owned.has(hold.id)) found.push(`hold ${hold.id} is recorded twice`);
    owned.set(hold.id, minutesTaken(hold, reasons.get(hold.reasonId), hold.assist, roaming));
  }
  for (const block of blocks) owned.set(String(block._id), minutesBlocked(block, stored));
  for (const [ref, wanted] of owned) {
    const has = byRef.get(ref)?.keys ?? new Set();
    const lost = [...wanted].filter((key) => !has.has(key));
    const more = [...has].filter((key) => !wanted.has(key));
    if (lost.length > 0) found.push(`lost claim: ${ref} lacks ${lost.length} minutes, first ${lost[0]}`);
    if (more.length > 0) found.push(`leaked claim: ${ref} has ${more.length} minutes too many, first ${more[0]}`);
  }
  const live = new Set(visits.filter((one) => isLive(one) && one.appointmentId == null).map(({ _id }) => String(_id)));
  for (const [ref, { kind, keys }] of byRef) {
    if (kind === 'external' ? live.has(ref) : owned.has(ref)) continue;
    found.push(`leaked claim: ${kind} ${ref} has no owner, first ${[...keys][0]}`);
  }
  const listed = new Set(
    conflicts
      .filter(({ open, resolution }) => open || resolution === 'keep_ours')
      .map(({ appointmentId }) => appointmentId),
  );
  return [...found, ...overlaps(holders, appointments, listed)];
}

const isLive = ({ status }: Row): boolean => !['cancelled', 'missed', 'deleted'].includes(status);

/** Whether the practice system has put an appointment of ours where it stands. */
const placedByPms = (one: Row | undefined): boolean =>
  one?.history.findLast(({ what }: Row) => PLACING.includes(what))?.channel === 'pms';

function overlaps(
  holders: ReadonlyMap<string, Taken[]>,
  appointments: readonly Row[],
  listed: ReadonlySet<string>,
): string[] {
  const statusOf = new Map(appointments.map((one) => [String(one._id), one]));
  const seen = new Set<string>();
  for (const all of holders.values()) {
    const visits = all.filter(({ kind }) => kind !== 'block');
    const ours = visits.filter(({ kind }) => kind !== 'external');
    if (visits.length < 2 || ours.length === 0) continue;
    if (ours.some(({ ref }) => listed.has(ref))) continue;
    if (ours.every(({ ref }) => ['completed', 'no_show'].includes(statusOf.get(ref)?.status))) continue;
    seen.add(
      visits
        .map(({ kind, ref }) => `${placedByPms(statusOf.get(ref)) ? 'external' : kind} ${ref}`)
        .sort()
        .join(' and '),
    );
  }
  return [...seen].map((pair) => `overlap that nobody was told of: ${pair}`);
}
