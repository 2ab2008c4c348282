import fc from 'fast-check';
import {
  choices,
  differences,
  goTogether,
  groupsByHand,
  isArranged,
  seatsByHand,
} from '../../../test/oracles/group-oracle.js';
import type { Opening, VisitShape } from '../engine/index.js';
import {
  ARRANGEMENTS,
  DaySlots,
  Effort,
  groupsOfDay,
  seatAll,
  seriesFrom,
  spread,
  type Member,
  type SeriesSlot,
  type VisitTerms,
} from './index.js';

/** `npm run test:fuzz` sets how many times more is tried. */
const SCALE = Number(process.env['FUZZ_SCALE'] ?? 1);
const runs = (count: number): { numRuns: number } => ({ numRuns: Math.max(1, Math.round(count * SCALE)) });
const plenty = () => new Effort(1_000_000);

jest.setTimeout(120_000);

const PROVIDERS = ['p1', 'p2', 'p3'];
const OPERATORIES = ['o1', 'o2', 'o3'];

const arbitraryShape: fc.Arbitrary<VisitShape> = fc
  .record({
    durationMinutes: fc.constantFrom(10, 20, 30),
    pattern: fc.constantFrom(undefined, undefined, 'X/', '//X', 'X//X', '//'),
    buffers: fc.option(
      fc.record({
        before: fc.constantFrom(0, 5, 10),
        after: fc.constantFrom(0, 5),
        on: fc.constantFrom('provider' as const, 'operatory' as const, 'both' as const),
        pastHours: fc.boolean(),
      }),
      { nil: undefined },
    ),
  })
  .map((parts) => Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) as never);

const lengthOf = ({ pattern, durationMinutes }: VisitShape): number =>
  pattern === undefined ? durationMinutes : pattern.length * 5;

const arbitraryMember: fc.Arbitrary<Omit<Member, 'limits'>> = fc
  .record({
    rule: arbitraryShape,
    starts: fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 12 }), fc.constantFrom(...PROVIDERS)), {
      minLength: 1,
      maxLength: 5,
      selector: ([start, provider]) => `${start} ${provider}`,
    }),
    operatories: fc.array(fc.shuffledSubarray(OPERATORIES, { minLength: 1, maxLength: 2 }), {
      minLength: 5,
      maxLength: 5,
    }),
    assists: fc.constantFrom(0, 0, 0, 1, 2),
    unguarded: fc.constantFrom(new Set<string>(), new Set<string>(), new Set(['p1'])),
  })
  .map(({ rule, starts, operatories, assists, unguarded }) => ({
    rule,
    unguarded,
    openings: starts
      .map(([at, providerId], place): Opening => {
        const start = at * 5;
        const all = ['exam', 'p3'].map((one) => ({ providerId: one, start, end: start + 5 }));
        return {
          ...{ providerId, start, end: start + lengthOf(rule) },
          operatoryIds: operatories[place] as string[],
          assists: all.filter((assist) => assist.providerId !== providerId).slice(0, assists),
        };
      })
      .sort((a, b) => a.start - b.start),
  }));

/** `day` counts all visits, the others those of one provider. */
const arbitraryLimits = fc.record({ day: fc.constantFrom(1, 2, 9, 9, 9), p1: fc.constantFrom(0, 1, 9, 9) });

/** Now and then the first two are alike. */
const arbitraryMembers = (most: number): fc.Arbitrary<Member[]> =>
  fc
    .tuple(fc.array(arbitraryMember, { minLength: 2, maxLength: most }), arbitraryLimits, fc.boolean())
    .map(([members, { day, p1 }, alike]) => {
      const limited = members.map((member): Member => ({
        ...member,
        limits: ({ providerId }) => [
          { id: 'day', left: day },
          ...(providerId === 'p1' ? [{ id: 'p1', left: p1 }] : []),
        ],
      }));
      const [first, , ...others] = limited as [Member, Member, ...Member[]];
      return alike ? [first, first, ...others] : limited;
    });

describe('visits that go together, against all combinations', () => {
  it.each(ARRANGEMENTS)('%s: the shortest group of each start, and no other start', (arrangement) => {
    const { numRuns } = runs(600);
    let found = 0;
    fc.assert(
      fc.property(arbitraryMembers(3), fc.constantFrom(0, 5, 10, 30), (members, maxWaitMinutes) => {
        const groups = [...groupsOfDay(members, { arrangement, maxWaitMinutes }, plenty())];
        const ends = groupsByHand(members, arrangement, maxWaitMinutes);
        const summed = groups.map((slots) => [
          Math.min(...slots.map(({ start }) => start)),
          Math.max(...slots.map(({ end }) => end)),
        ]);
        expect(summed).toEqual([...ends].sort(([a], [b]) => a - b));
        for (const slots of groups) {
          expect(goTogether(members, slots)).toBe(true);
          expect(isArranged(slots, arrangement, maxWaitMinutes)).toBe(true);
          slots.forEach((slot, place) => expect(seatsByHand(members[place] as Member)).toContainEqual(slot));
        }
        found += groups.length;
      }),
      { numRuns },
    );
    if (numRuns >= 600) expect(found).toBeGreaterThan(200);
  });

  it('seats given visits wherever all of them find a place, and names the one that does not', () => {
    const seen = { seated: 0, stuck: 0 };
    fc.assert(
      fc.property(arbitraryMembers(4), (all) => {
        const members = all.map((member) => ({ ...member, openings: member.openings.slice(0, 2) }));
        const fit = (count: number): boolean =>
          choices(members.slice(0, count).map(seatsByHand)).some((slots) => goTogether(members, slots));
        const answer = seatAll(members, plenty());
        if ('slots' in answer) {
          seen.seated++;
          expect(goTogether(members, answer.slots)).toBe(true);
        } else {
          seen.stuck++;
          expect([fit(answer.stuck), fit(answer.stuck + 1)]).toEqual([true, false]);
        }
      }),
      runs(600),
    );
    if (SCALE >= 1) expect(Math.min(...Object.values(seen))).toBeGreaterThan(50);
  });

  it('ends when its effort is spent, with what it has until then', () => {
    const opening = (start: number, providerId: string): Opening => ({
      ...{ providerId, start, end: start + 30, operatoryIds: OPERATORIES, assists: [] },
    });
    const openings = [0, 30, 60, 90].flatMap((start) => ['p1', 'p2', 'p3', 'p4'].map((id) => opening(start, id)));
    const one: Member = { rule: { durationMinutes: 30 }, openings, unguarded: new Set(), limits: () => [] };
    const four = [one, one, one, one];
    const wish = { arrangement: 'parallel' as const, maxWaitMinutes: 0 };
    let tried = 0;
    const counting = new Effort(10_000);
    const { spend } = counting;
    counting.spend = () => spend.call(counting) && ++tried > 0;
    expect([...groupsOfDay(four, wish, counting)]).toEqual([]);
    expect(tried).toBeLessThanOrEqual(10_000);
    const three = [one, one, one];
    expect([...groupsOfDay(three, wish, plenty())]).toHaveLength(4);
    expect([...groupsOfDay(three, wish, new Effort(12))].length).toBeLessThan(4);
    expect(seatAll(four, new Effort(5))).toEqual({ stuck: expect.any(Number) });
  });
});

describe('series, against all chains', () => {
  const NO_TERMS = { rule: { durationMinutes: 30 }, unguarded: new Set<string>(), limits: () => [] };
  const arbitrarySlots = fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 8 }), fc.constantFrom(...PROVIDERS)), {
    maxLength: 4,
    selector: ([start, provider]) => `${start} ${provider}`,
  });
  const slotOn = (day: number, [at, providerId]: [number, string]): SeriesSlot & { day: number } => {
    const start = day * 1440 + at * 30;
    return { ...{ day, providerId, operatoryId: 'o1', start, end: start + 30 }, wall: at * 30 };
  };

  it('keeps most to the provider, then to the day, then to the time of the first visit', () => {
    const { numRuns } = runs(600);
    let found = 0;
    fc.assert(
      fc.property(
        fc.array(arbitrarySlots, { minLength: 12, maxLength: 12 }),
        fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 2 })), {
          minLength: 1,
          maxLength: 3,
        }),
        fc.constantFrom(...PROVIDERS),
        (book, plan, providerId) => {
          const days = book.map((slots, day) => slots.map((one) => slotOn(day, one)));
          const lists = days.map((slots) => new DaySlots(slots));
          const steps = plan.map(([afterDays, toleranceDays]) => ({
            ...{ afterDays, toleranceDays },
            slotsOn: (day: number) => lists[day] ?? new DaySlots([]),
          }));
          const first = slotOn(0, [4, providerId]);
          const chains = choices([[first], ...plan.map(() => days.flat())]).filter((chain) =>
            plan.every(([afterDays, toleranceDays], place) => {
              const gap = (chain[place + 1]?.day ?? 0) - (chain[place]?.day ?? 0);
              return gap >= 1 && Math.abs(gap - afterDays) <= toleranceDays;
            }),
          );
          const costs = chains.map((chain) =>
            differences(
              chain,
              plan.map(([after]) => after),
            ),
          );
          const least = costs.sort((a, b) => a.map((one, i) => one - (b[i] ?? 0)).find((one) => one !== 0) ?? 0)[0];
          const terms = [NO_TERMS, ...plan.map(() => NO_TERMS)];
          const series = seriesFrom(first, 0, steps, terms, plenty())?.slots as (typeof chains)[number];
          expect(
            series &&
              differences(
                series,
                plan.map(([after]) => after),
              ),
          ).toEqual(least);
          if (!series) return;
          expect(chains).toContainEqual(series);
          found++;
        },
      ),
      { numRuns },
    );
    if (numRuns >= 600) expect(found).toBeGreaterThan(200);
  });

  it('gives none when its visits stand in each other’s way, exceed a limit, or cost too much effort', () => {
    const first = slotOn(0, [0, 'p1']);
    const midnight = { ...first, start: 1410, end: 1440, wall: 1410 };
    const steps = [
      { afterDays: 1, toleranceDays: 0, slotsOn: () => new DaySlots([{ ...first, start: 1440, end: 1470, wall: 0 }]) },
    ];
    const rule = { durationMinutes: 30, buffers: { before: 0, after: 10, on: 'both' as const, pastHours: true } };
    const limited = { ...NO_TERMS, limits: () => [{ id: 'week', left: 1 }] };
    const from = (terms: VisitTerms[], effort = plenty()) => seriesFrom(midnight, 0, steps, terms, effort);
    expect(from([NO_TERMS, NO_TERMS])?.slots).toHaveLength(2);
    expect(from([{ ...NO_TERMS, rule }, NO_TERMS])).toBeUndefined();
    expect(from([limited, limited])).toBeUndefined();
    expect(from([NO_TERMS, NO_TERMS], new Effort(0))).toBeUndefined();
  });
});

it('spreads what is shown evenly over all that there is', () => {
  const all = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  expect([spread(all, 3), spread(all, 1), spread(all, 9), spread(all, 20), spread([], 2)]).toEqual([
    [0, 4, 8],
    [0],
    all,
    all,
    [],
  ]);
});
