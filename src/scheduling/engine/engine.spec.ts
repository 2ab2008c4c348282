import fc from 'fast-check';
import { intervals, LENGTHS, MINUTES } from '../../../test/oracles/random-days.js';
import { wallIntervalToElapsed, wallSegments, zoneId, type WallSegment } from '../../kernel/index.js';
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
