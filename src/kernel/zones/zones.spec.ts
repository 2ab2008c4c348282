import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  addDays,
  ageOn,
  dayLength,
  daysBetween,
  dayStart,
  elapsedToWall,
  formatInstant,
  isLocalDate,
  isZone,
  listZones,
  localDateOf,
  localTimeOf,
  offsetAt,
  resolveWall,
  timeInAnswer,
  TZDATA_VERSION,
  wallAfter,
  zoneDigests,
  wallIntervalToElapsed,
  wallSegments,
  wallToElapsed,
  weekdayOf,
  zoneId,
} from './index.js';

/** Made from the IANA data by other means than ours; its `source` says how. */
interface Vectors {
  version: string;
  from: string;
  to: string;
  /** Zones that share their offsets from `from` to `to`; a change reads `<instant> <offset from then on>`. */
  changes: { zones: string; offset: number; changes: string[] }[];
  /** `<zone> <date> starts <instant> length <minutes> gap <wall range> twice <wall range>`; `-` is none. */
  days: string[];
  /** `<zone> <instant> <offset>` in later decades. */
  far: string[];
}

const vectors = JSON.parse(readFileSync(join(__dirname, 'tz-2026f.vectors.json'), 'utf8')) as Vectors;
const MINUTE = 60_000;
const CHICAGO = zoneId('America/Chicago');
const NEW_YORK = zoneId('America/New_York');
const words = (text: string): string[] => text.split(' ');
const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));

describe('tz database', () => {
  it('is the release that the vectors were made from, and knows exactly its zones and links', () => {
    expect(TZDATA_VERSION).toBe(vectors.version);
    expect(listZones()).toEqual(vectors.changes.flatMap((group) => words(group.zones)).sort());
  });

  it('knows names exactly and says which one it does not know', () => {
    expect(isZone('US/Eastern')).toBe(true);
    for (const name of ['', 'america/chicago', 'America/Springfield', 'toString', '__proto__'])
      expect(isZone(name)).toBe(false);
    expect(() => zoneId('America/Springfield')).toThrow(new RegExp(`"America/Springfield".*${vectors.version}`));
    expect(() => zoneId('America/Springfield')).toThrow(RangeError);
  });

  it('gives the offset on both sides of every change of 2026–2030 in every zone, and no other change', () => {
    const from = Date.parse(vectors.from);
    const to = Date.parse(vectors.to);
    let checked = 0;
    for (const group of vectors.changes) {
      for (const name of words(group.zones)) {
        const zone = zoneId(name);
        const seen: string[] = [];
        let offset = offsetAt(zone, from);
        expect([name, offset]).toEqual([name, group.offset]);
        for (const change of group.changes) {
          const at = Date.parse(words(change)[0] ?? '');
          expect([name, change, offsetAt(zone, at - 1)]).toEqual([name, change, offset]);
          offset = offsetAt(zone, at);
          seen.push(`${formatInstant(at)} ${offset}`);
        }
        expect([name, seen]).toEqual([name, group.changes]);
        const changeDays = new Set(
          group.changes.map((change) => Math.floor(Date.parse(words(change)[0] ?? '') / (1440 * MINUTE))),
        );
        for (let at = from; at + 1440 * MINUTE <= to; at += 1440 * MINUTE) {
          const moved = offsetAt(zone, at) !== offsetAt(zone, at + 1440 * MINUTE - 1);
          if (moved && !changeDays.has(at / (1440 * MINUTE)))
            throw new Error(`${name} changes on ${formatInstant(at)}`);
        }
        checked += 1 + group.changes.length;
      }
    }
    expect(checked).toBeGreaterThan(2000);
  });

  it('keeps the rules in later decades', () => {
    for (const line of vectors.far) {
      const [name = '', at = '', offset] = words(line);
      expect([line, offsetAt(zoneId(name), Date.parse(at))]).toEqual([line, Number(offset)]);
    }
  });
});

describe('local days', () => {
  it.each(vectors.days)('%s', (line) => {
    const [name = '', date = '', , start = '', , length, , gap = '', , twice = ''] = words(line);
    const zone = zoneId(name);
    const inRange = (range: string, wall: number): boolean => {
      const [from = '', to = ''] = range.split('-');
      return range !== '-' && wall >= minutesOf(from) && wall < minutesOf(to);
    };
    const next = dayStart(zone, addDays(date, 1));
    expect(dayLength(zone, date)).toBe(Number(length));
    expect(dayStart(zone, date)).toBe(start === '-' ? next : Date.parse(start));
    expect(next - dayStart(zone, date)).toBe(Number(length) * MINUTE);
    for (let wall = 0; wall < 1440; wall++) {
      const answer = wallToElapsed(zone, date, wall);
      const expected = inRange(gap, wall) ? 'gap' : inRange(twice, wall) ? 'two' : 'one';
      if (answer.kind !== expected) throw new Error(`${wall} is ${answer.kind}, not ${expected}`);
      const times = answer.kind === 'two' ? answer.elapsed : answer.kind === 'one' ? [answer.elapsed] : [];
      for (const elapsed of times) {
        const back = elapsedToWall(zone, date, elapsed);
        const instant = dayStart(zone, date) + elapsed * MINUTE;
        if (back.wallMinutes !== wall) throw new Error(`${wall} came back as ${back.wallMinutes}`);
        if (back.offsetMinutes !== offsetAt(zone, instant)) throw new Error(`offset at ${wall}: ${back.offsetMinutes}`);
      }
    }
    expect(wallToElapsed(zone, date, 1440)).toEqual({ kind: 'one', elapsed: Number(length) });
  });

  it('turns wall hours into elapsed time: a gap is cut off, an overlap counts twice', () => {
    const spring = '2027-03-14';
    const autumn = '2027-11-07';
    expect(wallIntervalToElapsed(NEW_YORK, '2027-06-01', 540, 1020)).toEqual([[540, 1020]]);
    expect(wallIntervalToElapsed(NEW_YORK, spring, 540, 1020)).toEqual([[480, 960]]);
    expect(wallIntervalToElapsed(NEW_YORK, spring, 60, 240)).toEqual([[60, 180]]);
    expect(wallIntervalToElapsed(NEW_YORK, spring, 150, 200)).toEqual([[120, 140]]);
    expect(wallIntervalToElapsed(NEW_YORK, spring, 120, 180)).toEqual([]);
    expect(wallIntervalToElapsed(NEW_YORK, autumn, 0, 180)).toEqual([[0, 240]]);
    expect(wallIntervalToElapsed(NEW_YORK, autumn, 90, 150)).toEqual([
      [90, 120],
      [150, 210],
    ]);
    expect(wallIntervalToElapsed(NEW_YORK, autumn, 540, 1440)).toEqual([[600, 1500]]);
    expect(wallIntervalToElapsed(zoneId('Australia/Lord_Howe'), '2027-10-03', 0, 1440)).toEqual([[0, 1410]]);
    expect(wallIntervalToElapsed(zoneId('Pacific/Apia'), '2011-12-30', 540, 1020)).toEqual([]);
    expect(() => wallIntervalToElapsed(NEW_YORK, autumn, 600, 540)).toThrow(RangeError);
    expect(() => wallIntervalToElapsed(NEW_YORK, autumn, 0, 1441)).toThrow(RangeError);
  });

  it('keeps the whole autumn overlap in order on a wall grid', () => {
    expect(wallSegments(NEW_YORK, '2027-11-07')).toEqual([
      { elapsedStart: 0, wallStart: 0, length: 120 },
      { elapsedStart: 120, wallStart: 60, length: 1380 },
    ]);
    expect(wallSegments(zoneId('Pacific/Apia'), '2011-12-30')).toEqual([]);
  });

  it('refuses minutes outside the day', () => {
    expect(elapsedToWall(NEW_YORK, '2027-11-07', 1500)).toEqual({ wallMinutes: 1440, offsetMinutes: -300 });
    expect(() => elapsedToWall(NEW_YORK, '2027-03-14', 1381)).toThrow(/1380 minutes/);
    expect(() => elapsedToWall(NEW_YORK, '2027-03-14', -1)).toThrow(RangeError);
    expect(() => wallToElapsed(NEW_YORK, '2027-03-14', 1441)).toThrow(RangeError);
    expect(() => dayStart(NEW_YORK, '2027-02-29')).toThrow(/"2027-02-29" is not a calendar date/);
  });
});

describe('instants', () => {
  it('resolves a wall time to none, one or two instants', () => {
    const instants = (local: string): string[] => resolveWall(NEW_YORK, local).map(formatInstant);
    expect(instants('2027-03-14T02:30')).toEqual([]);
    expect(instants('2027-11-07T01:30')).toEqual(['2027-11-07T05:30:00Z', '2027-11-07T06:30:00Z']);
    expect(instants('2027-07-01T09:00')).toEqual(['2027-07-01T13:00:00Z']);
    for (const bad of ['2027-07-01', '2027-07-01T24:00', '2027-02-30T09:00', '2027-07-01T09:60', '']) {
      expect(() => resolveWall(NEW_YORK, bad)).toThrow(RangeError);
    }
  });

  it('writes times as answers carry them', () => {
    expect(timeInAnswer(CHICAGO, Date.parse('2027-03-15T14:00:00Z'))).toEqual({
      start: '2027-03-15T14:00:00Z',
      local: '2027-03-15T09:00',
      zone: 'America/Chicago',
    });
    expect(() => formatInstant(NaN)).toThrow(RangeError);
  });

  it('round-trips random instants in all zones', () => {
    const from = Date.parse('2012-01-01T00:00:00Z');
    const to = Date.parse('2120-01-01T00:00:00Z');
    fc.assert(
      fc.property(fc.constantFrom(...listZones()), fc.integer({ min: from, max: to }), (zone, instant) => {
        const minute = instant - (instant % MINUTE);
        const date = localDateOf(zone, instant);
        const local = localTimeOf(zone, instant);
        const elapsed = (minute - dayStart(zone, date)) / MINUTE;
        const { wallMinutes, offsetMinutes } = elapsedToWall(zone, date, elapsed);
        expect(formatInstant(instant)).toBe(`${new Date(instant).toISOString().slice(0, 19)}Z`);
        expect(`${new Date(minute + offsetMinutes * MINUTE).toISOString().slice(0, 16)}`).toBe(local);
        expect(local.slice(0, 10)).toBe(date);
        expect(minutesOf(local.slice(11))).toBe(wallMinutes);
        expect(resolveWall(zone, local)).toContain(minute);
        expect(elapsed).toBeLessThan(dayLength(zone, date));
      }),
      { numRuns: 5000 },
    );
  });

  it('maps hours to exactly the minutes whose wall time lies in them', () => {
    const changeDays = vectors.days.map((line) => words(line).slice(0, 2));
    const wall = fc.integer({ min: 0, max: 1440 });
    fc.assert(
      fc.property(fc.constantFrom(...changeDays), wall, wall, ([name = '', date = ''], a, b) => {
        const zone = zoneId(name);
        const [startWall, endWall] = a < b ? [a, b] : [b, a];
        const start = dayStart(zone, date);
        const expected: number[] = [];
        for (let elapsed = 0; elapsed < dayLength(zone, date); elapsed++) {
          const onWall = minutesOf(localTimeOf(zone, start + elapsed * MINUTE).slice(11));
          if (onWall >= startWall && onWall < endWall) expected.push(elapsed);
        }
        const covered: number[] = [];
        for (const [from, to] of wallIntervalToElapsed(zone, date, startWall, endWall)) {
          for (let elapsed = from; elapsed < to; elapsed++) covered.push(elapsed);
        }
        expect(covered.join()).toBe(expected.join());
      }),
      { numRuns: 300 },
    );
  });
});

describe('a wall time that was agreed', () => {
  it('has its instant: the nearer one of two, and after a gap as much later as the clock jumps', () => {
    const chicago = zoneId('America/Chicago');
    const at = (local: string, near: number) => {
      const { instant, inGap } = wallAfter(chicago, local, near);
      return [new Date(instant).toISOString(), inGap];
    };
    expect(at('2027-07-01T10:00', 0)).toEqual(['2027-07-01T15:00:00.000Z', false]);
    const [first, second] = ['2027-11-07T06:30:00.000Z', '2027-11-07T07:30:00.000Z'];
    expect(at('2027-11-07T01:30', Date.parse(first))).toEqual([first, false]);
    expect(at('2027-11-07T01:30', Date.parse(second) + 1)).toEqual([second, false]);
    // 02:15 does not exist: it becomes 03:15.
    expect(at('2027-03-14T02:15', 0)).toEqual(['2027-03-14T08:15:00.000Z', true]);
  });

  it('follows rules whose digests tell them apart', () => {
    const digests = zoneDigests();
    expect(Object.keys(digests)).toEqual(listZones());
    expect(digests['US/Central']).toBe(digests['America/Chicago']);
    expect(digests['America/New_York']).not.toBe(digests['America/Chicago']);
    // Two zones that differ in the last century only are the same to everybody who books today.
    expect(digests['America/Detroit']).toBe(digests['America/New_York']);
  });
});

describe('calendar', () => {
  it('agrees with the language on every kind of day', () => {
    const dates = fc.integer({ min: Date.parse('0001-01-02'), max: Date.parse('9990-01-01') });
    fc.assert(
      fc.property(dates, fc.integer({ min: -3000, max: 3000 }), (ms, days) => {
        const at = new Date(ms - (((ms % 86_400_000) + 86_400_000) % 86_400_000));
        const date = at.toISOString().slice(0, 10);
        fc.pre(at.getTime() + days * 86_400_000 >= Date.parse('0001-01-01'));
        const later = new Date(at.getTime() + days * 86_400_000).toISOString().slice(0, 10);
        expect(addDays(date, days)).toBe(later);
        expect(daysBetween(date, later)).toBe(days);
        expect(weekdayOf(date)).toBe(at.getUTCDay());
      }),
      { numRuns: 3000 },
    );
  });

  it('accepts real dates alone', () => {
    expect(['2028-02-29', '2000-02-29', '0001-01-01', '9999-12-31'].every(isLocalDate)).toBe(true);
    const unreal = [
      '2027-02-29',
      '1900-02-29',
      '2027-13-01',
      '2027-00-10',
      '2027-04-31',
      '2027-1-1',
      '2027-01-01T00:00',
      '0000-01-01',
      '',
    ];
    expect(unreal.filter(isLocalDate)).toEqual([]);
    expect(() => addDays('9999-12-31', 1)).toThrow(RangeError);
  });

  it('counts age in whole years; a leap-day child has its birthday on 1 March of a common year', () => {
    expect(ageOn('2019-05-10', '2027-05-09')).toBe(7);
    expect(ageOn('2019-05-10', '2027-05-10')).toBe(8);
    expect(ageOn('2020-02-29', '2027-02-28')).toBe(6);
    expect(ageOn('2020-02-29', '2027-03-01')).toBe(7);
    expect(ageOn('2020-02-29', '2028-02-29')).toBe(8);
    expect(ageOn('2027-05-10', '2027-05-09')).toBe(-1);
  });
});
