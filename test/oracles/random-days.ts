import fc from 'fast-check';
import type { WallSegment } from '../../src/kernel/index.js';
import type { DayInput, DayResource, Interval, Quota, ReasonRule } from '../../src/scheduling/engine/index.js';

const span = (start: number, end: number): Interval => ({ start, end });

/** Days on which everything may happen; most times lie on 5 minutes so that edges meet. */
export const MINUTES = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 60 }).map((n) => n * 5) },
  { weight: 1, arbitrary: fc.integer({ min: -20, max: 320 }) },
);
export const LENGTHS = fc.oneof(fc.constantFrom(0, 5, 10, 15, 20, 30, 40, 60, 90), fc.integer({ min: 0, max: 60 }));
export const intervals = (maxLength: number): fc.Arbitrary<Interval[]> =>
  fc.array(
    fc.tuple(MINUTES, LENGTHS).map(([start, length]) => span(start, start + length)),
    { maxLength },
  );
const TYPES = ['new', 'hygiene', 'lunch'];
const OPERATORIES = ['o1', 'o2', 'o3', 'o4'];

const rarely = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

/** Leaves out what is undefined, as callers do. */
function given<T extends object>(parts: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) as never;
}

const arbitraryBuffers = fc.record({
  before: fc.constantFrom(0, 5, 10, 12),
  after: fc.constantFrom(0, 5, 10, 15),
  on: fc.constantFrom('provider' as const, 'operatory' as const, 'both' as const),
  pastHours: fc.boolean(),
});

const arbitraryAudience = fc.record({
  patientTypes: fc.constantFrom(['new'], ['returning'], ['new', 'returning'], ['new', 'returning']),
  minAge: fc.constantFrom(null, null, 18),
  maxAge: fc.constantFrom(null, null, 65),
});

/** Rules of every kind mixed. */
export const arbitraryRule: fc.Arbitrary<ReasonRule> = fc
  .record({
    durationMinutes: fc.oneof(fc.constantFrom(5, 15, 30, 40, 60), fc.integer({ min: 1, max: 80 })),
    pattern: rarely(fc.string({ unit: fc.constantFrom('X', 'X', '/'), minLength: 1, maxLength: 12 })),
    stepMinutes: fc.constantFrom(1, 5, 7, 10, 15, 20, 30, 60),
    blockoutTypes: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.subarray(TYPES) }),
    operatoryIds: rarely(fc.subarray(OPERATORIES, { minLength: 1 })),
    buffers: rarely(arbitraryBuffers),
    audience: rarely(arbitraryAudience),
    minGapMinutes: rarely(fc.constantFrom(0, 10, 20, 30)),
    assist: rarely(fc.record({ minutes: fc.integer({ min: 1, max: 15 }), from: fc.nat(30), room: fc.nat(40) })),
  })
  .map(({ assist, ...rest }) => {
    const length = rest.pattern === undefined ? rest.durationMinutes : rest.pattern.length * 5;
    return given({ ...rest, assist: assist && assistWithin(length, assist) }) as ReasonRule;
  });

/** An assist that fits the visit, from any wish. */
function assistWithin(length: number, wish: { minutes: number; from: number; room: number }) {
  const minutes = Math.min(wish.minutes, length);
  const from = Math.min(wish.from, length - minutes);
  return { minutes, from, to: Math.min(length, from + minutes + wish.room) };
}

function arbitraryResource(hours: fc.Arbitrary<Interval[]>): fc.Arbitrary<Omit<DayResource, 'id'>> {
  return fc.record({
    hours,
    busy: intervals(3),
    blockouts: fc.array(
      fc
        .tuple(MINUTES, LENGTHS, fc.constantFrom(...TYPES))
        .map(([start, length, type]) => ({ ...span(start, start + length * 3), type })),
      { maxLength: 2 },
    ),
    allowOverlap: fc.boolean(),
  });
}

/** Up to 3 providers and 4 operatories, each with hours of its own. */
export function arbitraryTeam(
  hours: fc.Arbitrary<Interval[]>,
): fc.Arbitrary<Pick<DayInput, 'providers' | 'operatories' | 'assistants'>> {
  const one = arbitraryResource(hours);
  const some = fc.array(fc.tuple(one, fc.shuffledSubarray([...OPERATORIES, 'elsewhere'], { minLength: 2 })), {
    minLength: 1,
    maxLength: 3,
  });
  return fc.record({
    // Now and then the second one is another shift of the first.
    providers: fc
      .tuple(some, fc.constantFrom(false, false, true))
      .map(([all, shifts]) =>
        all.map(([parts, operatoryIds], i) => ({ ...parts, id: `p${shifts && i === 1 ? 1 : i + 1}`, operatoryIds })),
      ),
    operatories: fc
      .array(one, { minLength: 2, maxLength: 4 })
      .map((all) => all.map((parts, i) => ({ ...parts, id: `o${i + 1}` }))),
    assistants: fc
      .array(one, { minLength: 1, maxLength: 2 })
      .map((all) => all.map((parts, i) => ({ ...parts, id: i === 0 ? 'p1' : 'exam' }))),
  });
}

const arbitraryQuota: fc.Arbitrary<Quota> = fc
  .record({
    scope: fc.constantFrom('location' as const, 'reason' as const, 'provider' as const, 'provider' as const),
    per: fc.constantFrom('day' as const, 'week' as const),
    max: fc.integer({ min: 1, max: 8 }),
    taken: fc.integer({ min: 0, max: 6 }),
    who: fc.constantFrom('p1', 'p2'),
  })
  .map(({ who, ...rest }) => (rest.scope === 'provider' ? { ...rest, providerId: who } : rest));

/** What of a day is neither time of resources nor rule of the reason. */
export const arbitraryCircumstances: fc.Arbitrary<
  Pick<DayInput, 'cutoff' | 'wanted' | 'patient' | 'quotas' | 'onePerStart'>
> = fc
  .record({
    cutoff: rarely(fc.integer({ min: 0, max: 300 })),
    wanted: rarely(fc.array(fc.tuple(MINUTES, LENGTHS).map(([start, length]) => span(start, start + length * 4)))),
    patient: rarely(
      fc.record({
        type: fc.constantFrom('new', 'returning', undefined),
        age: fc.constantFrom(12, 17, 18, 40, 65, 66, undefined),
      }),
    ),
    quotas: rarely(fc.array(arbitraryQuota, { maxLength: 2 })),
    onePerStart: rarely(fc.boolean()),
  })
  .map((all) => given({ ...all, patient: all.patient && given(all.patient) })) as never;

/** A day of some hours on which the wall clock may jump, back or forth, by any amount. */
const arbitraryWall: fc.Arbitrary<WallSegment[]> = fc
  .array(fc.tuple(fc.constantFrom(45, 60, 61, 120, 200, 300), fc.constantFrom(-60, -45, -30, 30, 60, 77)), {
    minLength: 1,
    maxLength: 3,
  })
  .map((pieces) => {
    let elapsedStart = 0;
    let wallStart = 0;
    return pieces.map(([length, jump]) => {
      const segment = { elapsedStart, wallStart, length };
      elapsedStart += length;
      wallStart += length + jump;
      return segment;
    });
  });

const somewhere = (none: number): fc.Arbitrary<number> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(none) }, { weight: 1, arbitrary: fc.integer({ min: -50, max: 350 }) });
const longHours = fc
  .tuple(fc.integer({ min: -10, max: 60 }), fc.integer({ min: 100, max: 400 }), intervals(2))
  .map(([start, length, more]) => [span(start, start + length), ...more]);

/** A short day with everything on it. */
export const arbitraryDay: fc.Arbitrary<DayInput> = fc
  .record({
    wall: arbitraryWall,
    rule: arbitraryRule,
    team: arbitraryTeam(longHours),
    now: somewhere(-1),
    notBefore: somewhere(-Infinity),
    notAfter: somewhere(Infinity),
    circumstances: arbitraryCircumstances,
  })
  .map(({ wall, team, circumstances, ...rest }) => ({
    ...rest,
    ...team,
    ...circumstances,
    wall,
    date: '2027-03-15',
    dayLengthMinutes: wall.reduce((sum, { length }) => sum + length, 0),
  }));
