import fc from 'fast-check';
import moment from 'moment-timezone';
import { slotsByMinuteScan } from '../../../test/oracles/minute-scan.js';
import {
  arbitraryDay,
  arbitraryRule,
  arbitraryTeam,
  intervals,
  LENGTHS,
  MINUTES,
} from '../../../test/oracles/random-days.js';
import {
  dayLength,
  dayStart,
  wallIntervalToElapsed,
  wallSegments,
  zoneId,
  type WallSegment,
} from '../../kernel/index.js';
import {
  claimsOf,
  contains,
  firstSlot,
  intersect,
  normalise,
  slotsOfDay,
  subtract,
  union,
  type DayInput,
  type DayProvider,
  type DayResource,
  type Interval,
  type ReasonRule,
  type SlotCandidate,
} from './index.js';

const PLAIN_DAY: WallSegment[] = [{ elapsedStart: 0, wallStart: 0, length: 1440 }];
const at = (hours: number, minutes = 0): number => hours * 60 + minutes;
const span = (start: number, end: number): Interval => ({ start, end });

function resource(id: string, parts: Partial<DayResource> = {}): DayResource {
  return { id, hours: [span(at(9), at(12))], busy: [], blockouts: [], ...parts };
}
function provider(id: string, operatoryIds: string[], parts: Partial<DayResource> = {}): DayProvider {
  return { ...resource(id, parts), operatoryIds };
}
function day(parts: Partial<Omit<DayInput, 'rule'>> & { rule?: Partial<ReasonRule> } = {}): DayInput {
  return {
    date: '2027-03-15',
    dayLengthMinutes: 1440,
    wall: PLAIN_DAY,
    now: -1,
    notBefore: -Infinity,
    notAfter: Infinity,
    providers: [provider('ann', ['one'])],
    operatories: [resource('one')],
    ...parts,
    rule: { durationMinutes: 60, stepMinutes: 30, blockoutTypes: [], ...parts.rule },
  };
}
/** `09:30 ann one` for each slot. */
function shown(input: DayInput): string[] {
  const time = (minute: number): string => `${Math.floor(minute / 60)}:${String(minute % 60).padStart(2, '0')}`;
  return [...slotsOfDay(input)].map((slot) => `${time(slot.start)} ${slot.providerId} ${slot.operatoryId}`);
}

describe('slot engine against the minute scan', () => {
  it('gives the same slots on 5,000 random days with all rules mixed', () => {
    const runs = 5000;
    let daysWithSlots = 0;
    let patterns = 0;
    let kept = 0;
    fc.assert(
      fc.property(arbitraryDay, (input) => {
        const slots = [...slotsOfDay(input)];
        expect(slots).toEqual(slotsByMinuteScan(input));
        if (slots.length === 0) return;
        daysWithSlots++;
        if (input.rule.pattern?.includes('/')) patterns++;
        if (input.rule.blockoutTypes.length > 0) kept++;
      }),
      { numRuns: runs },
    );
    // Days without a slot prove little: enough of them must have some, under each rule.
    expect(daysWithSlots).toBeGreaterThan(runs / 4);
    expect(patterns).toBeGreaterThan(runs / 20);
    expect(kept).toBeGreaterThan(runs / 50);
  });

  it('gives the same slots when wall hours meet changing clocks in 8 zones', () => {
    const changeDays: [string, string][] = [
      ['America/New_York', '2027-03-14'],
      ['America/New_York', '2027-11-07'],
      ['America/St_Johns', '2028-11-05'],
      ['Europe/London', '2027-03-28'],
      ['Europe/London', '2027-10-31'],
      ['Australia/Lord_Howe', '2027-10-03'],
      ['Australia/Lord_Howe', '2027-04-04'],
      ['America/Havana', '2028-03-12'],
      ['America/Havana', '2028-11-05'],
      ['Pacific/Chatham', '2027-04-04'],
      ['Africa/Cairo', '2027-04-30'],
      ['Africa/Cairo', '2027-10-28'],
      ['Asia/Kolkata', '2027-06-01'],
    ];
    /** What the wall shows in each minute of the day, as moment-timezone's own code reads it. */
    const wallOf = new Map(
      changeDays.map(([zone, date]) => {
        const minutes: number[] = [];
        // Not startOf('day'): where midnight comes twice it takes the second.
        const cursor = moment.tz(`${date}T12:00`, zone).subtract(20, 'hours');
        while (cursor.format('YYYY-MM-DD') < date) cursor.add(1, 'minute');
        for (; cursor.format('YYYY-MM-DD') === date; cursor.add(1, 'minute'))
          minutes.push(cursor.hour() * 60 + cursor.minute());
        return [zone + date, minutes];
      }),
    );
    const wallHours = fc
      .tuple(fc.integer({ min: 0, max: 18 }), fc.integer({ min: 1, max: 288 }))
      .map(([start, length]) => span(start * 15, Math.min(1440, start * 15 + length * 5)));
    const team = arbitraryTeam(fc.array(wallHours, { minLength: 1, maxLength: 2 }));
    fc.assert(
      fc.property(
        fc.constantFrom(...changeDays),
        arbitraryRule,
        team,
        ([zone, date], rule, { providers, operatories }) => {
          const wall = wallOf.get(zone + date) ?? [];
          const id = zoneId(zone);
          const common = {
            date,
            now: -1,
            notBefore: -Infinity,
            notAfter: Infinity,
            rule,
            wall: wallSegments(id, date),
          };
          const inElapsed = <T extends DayResource>(each: T): T => ({
            ...each,
            hours: each.hours.flatMap((hours) =>
              wallIntervalToElapsed(id, date, hours.start, hours.end).map(([start, end]) => span(start, end)),
            ),
          });
          const minuteByMinute = <T extends DayResource>(each: T): T => ({
            ...each,
            hours: wall.flatMap((shows, minute) =>
              each.hours.some(({ start, end }) => shows >= start && shows < end) ? [span(minute, minute + 1)] : [],
            ),
          });
          const slots = [
            ...slotsOfDay({
              ...common,
              dayLengthMinutes: dayLength(id, date),
              providers: providers.map(inElapsed),
              operatories: operatories.map(inElapsed),
            }),
          ];
          const expected = slotsByMinuteScan(
            {
              ...common,
              dayLengthMinutes: wall.length,
              providers: providers.map(minuteByMinute),
              operatories: operatories.map(minuteByMinute),
            },
            (elapsed) => wall[elapsed],
          );
          expect(slots).toEqual(expected);
          for (const { start } of slots) {
            const local = moment.tz(dayStart(id, date) + start * 60_000, zone);
            expect((local.hour() * 60 + local.minute()) % rule.stepMinutes).toBe(0);
          }
        },
      ),
      { numRuns: 600 },
    );
  });

  it('never double-books when every slot is claimed in turn', () => {
    let claimed = 0;
    fc.assert(
      fc.property(arbitraryDay, (input) => {
        const everyone = [...input.providers, ...input.operatories];
        const unguarded = new Set(everyone.filter((each) => each.allowOverlap).map(({ id }) => id));
        const taken = new Map<string, Interval[]>(
          everyone.map((each) => [each.id, each.allowOverlap ? [] : [...each.busy]]),
        );
        const withTaken = <T extends DayResource>(each: T): T => ({ ...each, busy: taken.get(each.id) ?? [] });
        for (let booked = 0; booked < 20; booked++) {
          const current = {
            ...input,
            providers: input.providers.map(withTaken),
            operatories: input.operatories.map(withTaken),
          };
          const slot = firstSlot([current])?.slot;
          if (!slot) return;
          const claims = claimsOf(input.rule, slot, unguarded);
          for (const { resource: id, start, end } of claims) {
            expect(
              taken.get(id)?.filter((busy) => busy.start < end && busy.end > start && busy.end > busy.start),
            ).toEqual([]);
            taken.get(id)?.push(span(start, end));
          }
          claimed += claims.length;
          if (claims.length === 0) return;
        }
      }),
      { numRuns: 500 },
    );
    expect(claimed).toBeGreaterThan(300);
  });
});

describe('slots of a day', () => {
  it('needs the provider and one of its operatories free for the whole visit', () => {
    expect(shown(day())).toEqual(['9:00 ann one', '9:30 ann one', '10:00 ann one', '10:30 ann one', '11:00 ann one']);
    const busy = [span(at(10), at(10, 30))];
    expect(shown(day({ providers: [provider('ann', ['one'], { busy })] }))).toEqual([
      '9:00 ann one',
      '10:30 ann one',
      '11:00 ann one',
    ]);
    expect(shown(day({ operatories: [resource('one', { busy })] }))).toEqual([
      '9:00 ann one',
      '10:30 ann one',
      '11:00 ann one',
    ]);
    expect(shown(day({ providers: [provider('ann', ['two'])] }))).toEqual([]);
    expect(shown(day({ rule: { operatoryIds: [] } }))).toEqual([]);
  });

  it('takes the first free operatory in the order of the provider, and providers in their order', () => {
    const input = day({
      providers: [provider('ann', ['two', 'one']), provider('bob', ['one'])],
      operatories: [
        resource('one', { hours: [span(at(9), at(11))] }),
        resource('two', { busy: [span(at(9), at(9, 20))] }),
      ],
    });
    expect(shown(input)).toEqual([
      '9:00 ann one',
      '9:00 bob one',
      '9:30 ann two',
      '9:30 bob one',
      '10:00 ann two',
      '10:00 bob one',
      '10:30 ann two',
      '11:00 ann two',
    ]);
  });

  it('lets a pattern free the provider between its X marks, and overrules the duration', () => {
    const rule = { durationMinutes: 10, pattern: 'XX////XX' };
    const busy = [span(at(9, 10), at(9, 30)), span(at(9, 40), at(10))];
    const input = day({ rule, providers: [provider('ann', ['one'], { busy, hours: [span(at(9), at(10, 10))] })] });
    expect(shown(input)).toEqual(['9:00 ann one', '9:30 ann one']);
    expect([...slotsOfDay(input)][1]).toEqual({
      providerId: 'ann',
      operatoryId: 'one',
      start: at(9, 30),
      end: at(10, 10),
    });
  });

  it('keeps a blockout for the reasons that list its type and closes it to all others', () => {
    const blockouts = [
      { ...span(at(9), at(10)), type: 'new' },
      { ...span(at(10), at(10, 30)), type: 'emergency' },
    ];
    const input = (blockoutTypes: string[]): DayInput =>
      day({ rule: { blockoutTypes }, operatories: [resource('one', { blockouts })] });
    expect(shown(input([]))).toEqual(['10:30 ann one', '11:00 ann one']);
    expect(shown(input(['new']))).toEqual(['9:00 ann one']);
    expect(shown(input(['new', 'emergency']))).toEqual(['9:00 ann one', '9:30 ann one']);
    const lunch = [{ ...span(at(9), at(9, 10)), type: 'lunch' }];
    expect(
      shown({ ...input(['new', 'emergency']), providers: [provider('ann', ['one'], { blockouts: lunch })] }),
    ).toEqual(['9:30 ann one']);
  });

  it('offers a busy provider who may overlap, but never a busy operatory', () => {
    const busy = [span(at(9), at(12))];
    const overlapping = provider('ann', ['one', 'two'], { busy, allowOverlap: true });
    const operatories = [resource('one', { busy }), resource('two')];
    expect(shown(day({ providers: [overlapping], operatories }))).toHaveLength(5);
    expect(shown(day({ providers: [overlapping], operatories: [resource('one', { busy })] }))).toEqual([]);
    expect(shown(day({ providers: [{ ...overlapping, hours: [] }], operatories }))).toEqual([]);
  });

  it('keeps to the present, the notice and the horizon', () => {
    expect(shown(day({ now: at(9, 1), notBefore: at(9, 30), notAfter: at(10, 30) }))).toEqual([
      '9:30 ann one',
      '10:00 ann one',
      '10:30 ann one',
    ]);
    expect(shown(day({ now: 2000 }))).toEqual([]);
    expect(shown(day({ notAfter: -1 }))).toEqual([]);
  });

  it('stays on the wall grid after a shift of 30 minutes', () => {
    const zone = zoneId('Australia/Lord_Howe');
    const hours = wallIntervalToElapsed(zone, '2027-10-03', 540, 660).map(([start, end]) => span(start, end));
    const input = day({
      date: '2027-10-03',
      dayLengthMinutes: 1410,
      wall: wallSegments(zone, '2027-10-03'),
      providers: [provider('ann', ['one'], { hours })],
      operatories: [resource('one', { hours })],
      rule: { stepMinutes: 60 },
    });
    expect([...slotsOfDay(input)].map(({ start }) => start)).toEqual([510, 570]);
  });

  it('stops at the first slot and reads no further day', () => {
    function* days(): Generator<DayInput> {
      yield day({ now: 2000 });
      yield day({ date: '2027-03-16' });
      throw new Error('read a day too many');
    }
    const slot: SlotCandidate = { providerId: 'ann', operatoryId: 'one', start: at(9), end: at(10) };
    expect(firstSlot(days())).toEqual({ date: '2027-03-16', slot });
    expect(firstSlot([day({ now: 2000 })])).toBeUndefined();
  });

  it('refuses a rule that cannot be met', () => {
    expect(() => shown(day({ rule: { stepMinutes: 0 } }))).toThrow(/step of 0/);
    expect(() => shown(day({ rule: { durationMinutes: 0 } }))).toThrow(/visit of 0/);
    expect(() => shown(day({ rule: { pattern: 'X-X' } }))).toThrow(/"X-X" is not a pattern/);
  });

  it('claims the operatory throughout and the provider for the X runs', () => {
    const rule: ReasonRule = { durationMinutes: 30, stepMinutes: 15, blockoutTypes: [] };
    const slot: SlotCandidate = { providerId: 'ann', operatoryId: 'one', start: 540, end: 570 };
    const chair = { resource: 'one', start: 540, end: 570 };
    expect(claimsOf(rule, slot)).toEqual([chair, { resource: 'ann', start: 540, end: 570 }]);
    expect(claimsOf({ ...rule, pattern: 'X//XX/' }, slot)).toEqual([
      chair,
      { resource: 'ann', start: 540, end: 545 },
      { resource: 'ann', start: 555, end: 565 },
    ]);
    expect(claimsOf(rule, slot, new Set(['ann']))).toEqual([chair]);
  });
});

describe('intervals', () => {
  const minutesOf = (list: readonly Interval[]): Set<number> => {
    const minutes = new Set<number>();
    for (const { start, end } of list) for (let minute = start; minute < end; minute++) minutes.add(minute);
    return minutes;
  };

  it('do set arithmetic: same minutes as sets of minutes, sorted, apart and not empty', () => {
    fc.assert(
      fc.property(intervals(6), intervals(6), fc.tuple(MINUTES, LENGTHS), (left, right, [start, length]) => {
        const [a, b] = [normalise(left), normalise(right)];
        const [inA, inB] = [minutesOf(left), minutesOf(right)];
        const answers = [
          [a, inA],
          [union(a, b), new Set([...inA, ...inB])],
          [intersect(a, b), new Set([...inA].filter((m) => inB.has(m)))],
          [subtract(a, b), new Set([...inA].filter((m) => !inB.has(m)))],
        ] as const;
        for (const [answer, expected] of answers) {
          expect([...minutesOf(answer)]).toEqual([...expected].sort((x, y) => x - y));
          expect(normalise(answer)).toEqual(answer);
        }
        const wanted = span(start, start + length + 1);
        expect(contains(a, wanted)).toBe([...minutesOf([wanted])].every((minute) => inA.has(minute)));
      }),
      { numRuns: 1000 },
    );
  });
});
