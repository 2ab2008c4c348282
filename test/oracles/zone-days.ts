import moment from 'moment-timezone';

const MINUTE = 60_000;

/** Zones whose clocks change in every way there is today, and some that never change. */
export const ZONES = [
  'America/New_York',
  'America/Chicago',
  'America/Denver',
  'America/Los_Angeles',
  'America/Anchorage',
  'America/Phoenix',
  'America/Halifax',
  'America/St_Johns',
  'America/Havana',
  'America/Santiago',
  'America/Sao_Paulo',
  'Europe/London',
  'Europe/Berlin',
  'Africa/Cairo',
  'Africa/Casablanca',
  'Asia/Beirut',
  'Asia/Kolkata',
  'Asia/Jerusalem',
  'Australia/Lord_Howe',
  'Australia/Adelaide',
  'Pacific/Chatham',
  'Pacific/Apia',
];

/** Minutes east of UTC at an instant, from the library's own table. */
function offsetAt(zone: string, instant: number): number {
  const table = moment.tz.zone(zone);
  if (!table) throw new Error(`No zone ${zone}`);
  const index = table.untils.findIndex((until) => instant < until);
  return -(table.offsets[index] as number);
}

const dateOf = (zone: string, instant: number): string =>
  new Date(instant + offsetAt(zone, instant) * MINUTE).toISOString().slice(0, 10);

/** A local day minute by minute. */
export interface ZoneDay {
  zone: string;
  date: string;
  /** Its first instant, epoch ms. */
  begin: number;
  /** What the wall shows in each of its minutes, since 00:00. */
  wall: number[];
}

export function zoneDay(zone: string, date: string): ZoneDay {
  const noon = Date.parse(`${date}T12:00:00Z`);
  const wall: number[] = [];
  let begin = 0;
  for (let instant = noon - 27 * 60 * MINUTE; instant < noon + 27 * 60 * MINUTE; instant += MINUTE) {
    const local = instant + offsetAt(zone, instant) * MINUTE;
    if (new Date(local).toISOString().slice(0, 10) !== date) continue;
    if (wall.length === 0) begin = instant;
    wall.push((local / MINUTE) % 1440);
  }
  return { zone, date, begin, wall };
}

/** The days from 2026 to 2030 on which clocks change in a zone, with the days around them; mid-years where they never do. */
export function daysOfInterest(zone: string): string[] {
  const untils = moment.tz.zone(zone)?.untils ?? [];
  const changes = untils.filter((until) => until >= Date.UTC(2026, 0, 1) && until < Date.UTC(2031, 0, 1));
  const instants = changes.length > 0 ? changes : [2026, 2028, 2030].map((year) => Date.UTC(year, 5, 15));
  const near = instants.flatMap((instant) => [-3, -1, 0, 0, 1, 3].map((days) => instant + days * 1440 * MINUTE));
  return near.map((instant) => dateOf(zone, instant));
}
