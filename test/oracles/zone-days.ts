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

/** The library's own table of a zone. */
function tableOf(zone: string): { untils: number[]; offsets: number[] } {
  const table = moment.tz.zone(zone);
  if (!table) throw new Error(`No zone ${zone}`);
  return table;
}

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
  const { untils, offsets } = tableOf(zone);
  const midnight = Date.parse(`${date}T00:00:00Z`);
  const first = midnight - 15 * 60 * MINUTE;
  const wall: number[] = [];
  let begin = 0;
  let period = untils.findIndex((until) => first < until);
  for (let instant = first; instant < midnight + 40 * 60 * MINUTE; instant += MINUTE) {
    while (instant >= (untils[period] as number)) period++;
    const local = instant - (offsets[period] as number) * MINUTE;
    if (local < midnight || local >= midnight + 1440 * MINUTE) continue;
    if (wall.length === 0) begin = instant;
    wall.push((local - midnight) / MINUTE);
  }
  return { zone, date, begin, wall };
}

/** The days from 2026 to 2030 on which clocks change in a zone, with the days around them; mid-years where they never do. */
export function daysOfInterest(zone: string): string[] {
  const changes = tableOf(zone).untils.filter((until) => until >= Date.UTC(2026, 0, 1) && until < Date.UTC(2031, 0, 1));
  const instants = changes.length > 0 ? changes : [2026, 2028, 2030].map((year) => Date.UTC(year, 5, 15));
  const near = instants.flatMap((instant) => [-3, -1, 0, 0, 1, 3].map((days) => instant + days * 1440 * MINUTE));
  return near.map((instant) => moment.tz(instant, zone).format('YYYY-MM-DD'));
}
