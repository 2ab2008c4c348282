import fc from 'fast-check';
import { quietUntil } from '../../tenants/index.js';
import { zoneId } from '../../kernel/index.js';
import { places, rank, rankReasons, type Candidate } from './ranking.js';
import { answerBy } from './time-limit.js';
import { DAY_PARTS, fitOf, PRIORITIES, type Wishes } from './wishes.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Monday 8 March 2027, 09:00 in Chicago. */
const NOW = Date.parse('2027-03-08T15:00:00Z');

const candidates = fc.uniqueArray(
  fc.record({
    _id: fc.integer({ min: 0, max: 99 }).map((n) => `wlt_${String(n).padStart(2, '0')}`),
    priority: fc.constantFrom(...PRIORITIES),
    fit: fc.integer({ min: 0, max: 4 }),
    waitingSince: fc.integer({ min: 0, max: 4 * 24 }).map((hours) => NOW - hours * HOUR),
    offersMade: fc.integer({ min: 0, max: 3 }),
  }),
  { selector: ({ _id }) => _id, maxLength: 30 },
);

/** The rule in the words of its description, one after the other. */
function comesFirst(a: Candidate, b: Candidate): boolean {
  if (a.priority !== b.priority) return a.priority === 'urgent';
  if (a.fit !== b.fit) return a.fit > b.fit;
  const days = (one: Candidate) => Math.floor((NOW - one.waitingSince) / DAY);
  if (days(a) !== days(b)) return days(a) > days(b);
  if (a.offersMade !== b.offersMade) return a.offersMade < b.offersMade;
  if (a.waitingSince !== b.waitingSince) return a.waitingSince < b.waitingSince;
  return a._id < b._id;
}

describe('the order of the waitlist', () => {
  it('is that of its rule, the same whatever order they were read in', () => {
    fc.assert(
      fc.property(candidates, fc.infiniteStream(fc.nat()), (line, mix) => {
        const ranked = rank(line, NOW);
        expect(new Set(ranked)).toEqual(new Set(line));
        for (const [place, one] of ranked.entries())
          for (const other of ranked.slice(place + 1)) expect(comesFirst(one, other)).toBe(true);
        const keys = new Map(line.map((one) => [one, mix.next().value as number]));
        const mixed = [...line].sort((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0));
        expect(rank(mixed, NOW)).toEqual(ranked);
      }),
      { numRuns: 300 },
    );
  });

  it('tells each place and why', () => {
    const one = (_id: string, more: object) => ({
      _id,
      priority: 'normal' as const,
      waitingSince: NOW,
      offersMade: 0,
      ...more,
    });
    const line = [
      one('a', {}),
      one('b', { waitingSince: NOW - 3 * DAY, offersMade: 1 }),
      one('c', { priority: 'urgent' as const }),
      one('d', { waitingSince: NOW - 3 * DAY - HOUR, offersMade: 2 }),
    ];
    expect([...places(line, NOW)]).toEqual([
      ['c', 1],
      ['b', 2],
      ['d', 3],
      ['a', 4],
    ]);
    expect(rankReasons(line[1] as never, NOW).map(({ words }) => words)).toEqual(['Waiting for 3 days', 'Had 1 offer']);
    expect(rankReasons(line[2] as never, NOW).map(({ rule }) => rule)).toEqual(['urgent', 'waiting', 'offers']);
  });
});

describe('whether a time suits somebody who waits', () => {
  const open: Wishes = {
    providerId: null,
    locationId: null,
    from: '2027-03-08',
    to: '2027-03-12',
    dayParts: [],
    weekdays: null,
    noticeMinutes: 0,
  };
  /** Tuesday, 9 March, 14:00 in Chicago. */
  const time = { providerId: 'prv_1', locationId: 'loc_1', start: NOW + 29 * HOUR, zone: 'America/Chicago' };

  it.each([
    ['anything does', {}, 0],
    ['the provider is the one', { providerId: 'prv_1' }, 1],
    ['the provider is another', { providerId: 'prv_2' }, null],
    ['the location is another', { locationId: 'loc_2' }, null],
    [
      'all that was named is met',
      { providerId: 'prv_1', locationId: 'loc_1', weekdays: [2], dayParts: ['afternoon'] },
      4,
    ],
    ['the weekday is another', { weekdays: [1, 3] }, null],
    ['it is not the morning', { dayParts: ['morning', 'evening'] }, null],
    ['the last day is before', { to: '2027-03-08' }, null],
    ['the first day is after', { from: '2027-03-10' }, null],
    ['it is the only day', { from: '2027-03-09', to: '2027-03-09' }, 0],
    ['there is just enough notice', { noticeMinutes: 29 * 60 }, 0],
    ['the notice is a minute short', { noticeMinutes: 29 * 60 + 1 }, null],
  ] as const)('%s', (_what, wishes, fit) => {
    expect(fitOf({ ...open, ...(wishes as Partial<Wishes>) }, time, NOW)).toBe(fit);
  });

  it('reads the parts of the day from the wall of the location', () => {
    const at = (hours: number, part: (typeof DAY_PARTS)[number]) =>
      fitOf({ ...open, dayParts: [part] }, { ...time, start: NOW + DAY + hours * HOUR }, NOW) !== null;
    expect([at(2, 'morning'), at(3, 'morning'), at(3, 'afternoon')]).toEqual([true, false, true]);
    expect([at(7, 'afternoon'), at(8, 'afternoon'), at(8, 'evening')]).toEqual([true, false, true]);
  });
});

describe('the time to answer', () => {
  it.each([
    ['far ahead: what the practice sets', 5 * HOUR, 30, 30],
    ['nearer: a quarter of what is left', HOUR, 30, 15],
    ['the practice gives less than that', HOUR, 10, 10],
    ['too near for anybody', 19 * MINUTE, 30, null],
    ['just not too near', 20 * MINUTE, 30, 5],
    ['begun', -MINUTE, 30, null],
  ])('%s', (_what, ahead, offerMinutes, minutes) => {
    expect(answerBy(NOW, NOW + ahead, offerMinutes)).toBe(minutes === null ? null : NOW + minutes * MINUTE);
  });
});

describe('quiet hours', () => {
  const zone = zoneId('America/Chicago');
  const night = { quietFrom: '21:00', quietUntil: '08:00' };
  it.each([
    ['by day', night, '2027-03-08T15:00:00Z', '2027-03-08T15:00:00Z'],
    ['in the evening: until the next morning', night, '2027-03-09T03:00:00Z', '2027-03-09T14:00:00Z'],
    ['in the morning: until this one', night, '2027-03-09T13:59:00Z', '2027-03-09T14:00:00Z'],
    ['over, to the minute', night, '2027-03-09T14:00:00Z', '2027-03-09T14:00:00Z'],
    ['over the clock change', night, '2027-03-14T05:00:00Z', '2027-03-14T13:00:00Z'],
    ['around noon', { quietFrom: '12:00', quietUntil: '13:00' }, '2027-03-08T18:30:00Z', '2027-03-08T19:00:00Z'],
    ['none', { quietFrom: '08:00', quietUntil: '08:00' }, '2027-03-09T14:00:00Z', '2027-03-09T14:00:00Z'],
    [
      'until a time that the clocks skip',
      { quietFrom: '21:00', quietUntil: '02:30' },
      '2027-03-14T05:00:00Z',
      '2027-03-14T08:30:00Z',
    ],
    ['until midnight', { quietFrom: '21:00', quietUntil: '24:00' }, '2027-03-09T04:00:00Z', '2027-03-09T06:00:00Z'],
  ])('%s', (_what, hours, now, until) => {
    expect(new Date(quietUntil(hours, zone, Date.parse(now))).toISOString()).toBe(new Date(until).toISOString());
  });
});
