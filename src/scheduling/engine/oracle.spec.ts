import fc from 'fast-check';
import { findingsByMinutes } from '../../../test/oracles/minute-findings.js';
import { slotsByMinutes } from '../../../test/oracles/minute-oracle.js';
import {
  arbitraryCircumstances,
  arbitraryDay,
  arbitraryRule,
  arbitraryTeam,
} from '../../../test/oracles/random-days.js';
import { daysOfInterest, zoneDay, ZONES, type ZoneDay } from '../../../test/oracles/zone-days.js';
import { dayLength, dayStart, wallIntervalToElapsed, wallSegments, zoneId } from '../../kernel/index.js';
import {
  claimsOf,
  DayPlan,
  explain,
  firstSlot,
  openingsOfDay,
  ranked,
  slotsOfDay,
  type DayInput,
  type DayResource,
  type Finding,
  type Interval,
  type Obstacle,
} from './index.js';

/** `npm run test:fuzz` sets how many times more is tried. */
const SCALE = Number(process.env['FUZZ_SCALE'] ?? 1);
const runs = (count: number): { numRuns: number } => ({ numRuns: Math.max(1, Math.round(count * SCALE)) });
const span = (start: number, end: number): Interval => ({ start, end });

jest.setTimeout(120_000);

describe('slot engine against the minute oracle', () => {
  it('gives the same slots on random days with all rules mixed', () => {
    const { numRuns } = runs(3000);
    const seen = { slots: 0, pattern: 0, kept: 0, buffers: 0, assist: 0, gaps: 0, quotas: 0, onePerStart: 0 };
    fc.assert(
      fc.property(arbitraryDay, (input) => {
        const slots = [...slotsOfDay(input)];
        expect(slots).toEqual(slotsByMinutes(input));
        if (slots.length === 0) return;
        const { rule } = input;
        const holds = {
          slots: true,
          pattern: rule.pattern?.includes('/'),
          kept: rule.blockoutTypes.length > 0,
          buffers: rule.buffers && rule.buffers.before + rule.buffers.after > 0,
          assist: rule.assist,
          gaps: rule.minGapMinutes,
          quotas: input.quotas?.length,
          onePerStart: input.onePerStart,
        };
        for (const [name, holding] of Object.entries(holds)) if (holding) seen[name as keyof typeof seen]++;
      }),
      { numRuns },
    );
    // Days without a slot prove little: enough of them must have some, under each rule.
    const enough = Object.entries(seen).filter(([, times]) => times < numRuns / 100);
    if (numRuns >= 1000) expect(enough).toEqual([]);
  });

  it('gives the same slots when wall hours meet changing clocks in 22 zones from 2026 to 2030', () => {
    const days = ZONES.flatMap((zone) => daysOfInterest(zone).map((date) => [zone, date] as const));
    const known = new Map<string, ZoneDay>();
    const dayOf = (zone: string, date: string): ZoneDay => {
      const day = known.get(zone + date) ?? zoneDay(zone, date);
      known.set(zone + date, day);
      return day;
    };
    const wallHours = fc
      .tuple(fc.integer({ min: 0, max: 18 }), fc.integer({ min: 1, max: 288 }))
      .map(([start, length]) => span(start * 15, Math.min(1440, start * 15 + length * 5)));
    const team = arbitraryTeam(fc.array(wallHours, { minLength: 1, maxLength: 2 }));
    fc.assert(
      fc.property(
        fc.constantFrom(...days),
        arbitraryRule,
        team,
        arbitraryCircumstances,
        ([zone, date], rule, people, circumstances) => {
          const { wall, begin } = dayOf(zone, date);
          const id = zoneId(zone);
          expect([dayStart(id, date), dayLength(id, date)]).toEqual([begin, wall.length]);
          const common = { ...circumstances, date, now: -1, notBefore: -Infinity, notAfter: Infinity, rule };
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
          const mapped = (change: <T extends DayResource>(each: T) => T) => ({
            providers: people.providers.map(change),
            operatories: people.operatories.map(change),
            assistants: (people.assistants ?? []).map(change),
          });
          const slots = [
            ...slotsOfDay({
              ...common,
              ...mapped(inElapsed),
              wall: wallSegments(id, date),
              dayLengthMinutes: dayLength(id, date),
            }),
          ];
          const expected = slotsByMinutes(
            { ...common, ...mapped(minuteByMinute), wall: [], dayLengthMinutes: wall.length },
            (elapsed) => wall[elapsed],
          );
          expect(slots).toEqual(expected);
        },
      ),
      runs(600),
    );
  });

  it('never double-books when every slot is claimed in turn, buffers and assists included', () => {
    let claimed = 0;
    fc.assert(
      fc.property(arbitraryDay, (input) => {
        const everyone = [...input.providers, ...input.operatories, ...(input.assistants ?? [])];
        const unguarded = new Set(everyone.filter((each) => each.allowOverlap).map(({ id }) => id));
        const taken = new Map<string, Interval[]>(
          everyone.map(({ id }) => [id, everyone.filter((each) => each.id === id).flatMap(({ busy }) => busy)]),
        );
        const withTaken = <T extends DayResource>(each: T): T => ({
          ...each,
          busy: taken.get(each.id) ?? [],
          allowOverlap: unguarded.has(each.id),
        });
        for (let booked = 0; booked < 20; booked++) {
          const current = {
            ...input,
            providers: input.providers.map(withTaken),
            operatories: input.operatories.map(withTaken),
            assistants: (input.assistants ?? []).map(withTaken),
          };
          const slot = firstSlot([current])?.slot;
          if (!slot) return;
          const claims = claimsOf(input.rule, slot, unguarded);
          for (const { resource: id, start, end } of claims) {
            expect(
              taken.get(id)?.filter((busy) => busy.start < end && busy.end > start && busy.end > busy.start),
            ).toEqual([]);
          }
          for (const { resource: id, start, end } of claims) taken.get(id)?.push(span(start, end));
          claimed += claims.length;
          if (claims.length === 0) return;
        }
      }),
      runs(600),
    );
    if (SCALE >= 1) expect(claimed).toBeGreaterThan(300);
  });

  it('explains a start with every rule that stands against it, and nothing else', () => {
    let explained = 0;
    fc.assert(
      fc.property(arbitraryDay, fc.nat(8), fc.nat(), (input, who, at) => {
        const provider = input.providers[who % input.providers.length]?.id ?? '';
        const offered = slotsByMinutes(input).filter((slot) => slot.providerId === provider);
        const near = offered.slice(0, 2).flatMap(({ start }) => [start, start + input.rule.stepMinutes]);
        for (const start of [at % input.dayLengthMinutes, ...near]) {
          const found = [...new Set(explain(input, provider, start).map(inWords))].sort();
          const { general, shifts } = findingsByMinutes(input, provider, start);
          const shortest = Math.min(...shifts.map(({ length }) => length));
          const answers = shifts.filter(({ length }) => length <= shortest + 3);
          expect(answers.map((shift) => [...new Set([...general, ...shift])].sort())).toContainEqual(found);
          expect(found.length === 0).toBe(offered.some((slot) => slot.start === start));
          explained += found.length;
        }
      }),
      runs(800),
    );
    if (SCALE >= 1) expect(explained).toBeGreaterThan(600);
  });

  it('opens a start with every operatory and assist that it could have, the one of the slot first', () => {
    const seen = { seats: 0, assists: 0 };
    fc.assert(
      fc.property(arbitraryDay, (day) => {
        // Neither one for each start nor tidy gaps: those choose among starts.
        const { onePerStart: _, ...input } = { ...day, rule: { ...day.rule, minGapMinutes: 0 } };
        const { assist } = input.rule;
        const offsets = assist ? Array.from({ length: assist.to - assist.from }, (_value, i) => assist.from + i) : [];
        const everywhere = input.operatories.flatMap(({ id }) => {
          if (input.rule.operatoryIds?.includes(id) === false) return [];
          const seated = { ...input, rule: { ...input.rule, operatoryIds: [id] } };
          if (!assist) return slotsByMinutes(seated);
          return (input.assistants ?? []).flatMap((one) =>
            offsets
              .filter((from) => (from - assist.from) % 5 === 0 && from + assist.minutes <= assist.to)
              .flatMap((from) => {
                const exact = { minutes: assist.minutes, from, to: from + assist.minutes };
                return slotsByMinutes({ ...seated, assistants: [one], rule: { ...seated.rule, assist: exact } });
              }),
          );
        });
        const openings = [...openingsOfDay(day.rule.minGapMinutes ? input : day)];
        const opened = openings.flatMap(({ operatoryIds, assists, ...slot }) =>
          operatoryIds.flatMap((operatoryId) =>
            (assists.length > 0 ? assists : [undefined]).map((one) => ({
              ...{ ...slot, operatoryId },
              ...(one ? { assist: one } : {}),
            })),
          ),
        );
        const inOrder = (slots: object[]): string[] =>
          slots.map((slot) => JSON.stringify(Object.entries(slot).sort())).sort();
        expect(inOrder(opened)).toEqual([...new Set(inOrder(everywhere))]);
        const firsts = openings.map(({ operatoryIds: [operatoryId], assists: [one], ...slot }) => ({
          ...{ ...slot, operatoryId },
          ...(one ? { assist: one } : {}),
        }));
        expect(firsts).toEqual([...slotsOfDay(input)]);
        seen.seats += openings.filter(({ operatoryIds }) => operatoryIds.length > 1).length;
        seen.assists += openings.filter(({ assists }) => assists.length > 1).length;
      }),
      runs(1000),
    );
    if (SCALE >= 1) expect(Math.min(...Object.values(seen))).toBeGreaterThan(100);
  });

  it('gives the same slots without making objects of them, and stops when it is told to', () => {
    fc.assert(
      fc.property(arbitraryDay, fc.integer({ min: 1, max: 5 }), (input, wanted) => {
        const expected = [...slotsOfDay(input)].map((slot) => [slot.providerId, slot.operatoryId, slot.start]);
        const all: unknown[] = [];
        new DayPlan(input).forEach((...slot) => void all.push(slot));
        expect(all).toEqual(expected);
        const some: unknown[] = [];
        new DayPlan(input).forEach((...slot) => some.push(slot) < wanted);
        expect(some).toEqual(expected.slice(0, wanted));
      }),
      runs(300),
    );
  });
});

function inWords(finding: Finding): string {
  const about = (obstacle: Obstacle): string => {
    if (obstacle.kind === 'hours') return 'hours';
    if (obstacle.kind === 'blockout') return `blockout ${obstacle.by.type} ${obstacle.by.start}`;
    return `busy ${obstacle.by.start}${obstacle.buffer ? ' buffer' : ''}`;
  };
  if (finding.rule === 'limit') return `limit ${finding.quota.scope} ${finding.quota.per} ${finding.quota.max}`;
  if (finding.rule === 'provider') return `provider ${about(finding.obstacle)}`;
  if (finding.rule === 'operatory') return `operatory ${finding.operatoryId} ${about(finding.obstacle)}`;
  if (finding.rule === 'kept') return `kept ${finding.operatoryId}`;
  return finding.rule === 'assigned_to_other' ? `assigned_to_other ${finding.providerId}` : finding.rule;
}

describe('assignment of "any provider"', () => {
  const ids = (input: readonly { id: string }[]): string[] => [...new Set(input.map(({ id }) => id))];

  it('keeps everybody, once a shift, whatever the rule', () => {
    fc.assert(
      fc.property(arbitraryDay, fc.nat(50), ({ providers }: DayInput, turn) => {
        for (const assignment of ['priority', 'least_busy', 'round_robin'] as const) {
          const order = ranked(providers, assignment, turn);
          expect([...order].sort(byText)).toEqual([...providers].sort(byText));
        }
        const n = ids(providers).length;
        const first = (at: number): string => ids(ranked(providers, 'round_robin', at))[0] as string;
        expect(new Set(Array.from({ length: n }, (_, i) => first(turn + i))).size).toBe(n);
        expect(first(turn + n)).toBe(first(turn));
        expect(ids(ranked(providers, 'priority', turn))).toEqual(ids(providers));
        const loads = ids(ranked(providers, 'least_busy', turn)).map((id) => minutesTaken(providers, id));
        expect(loads).toEqual([...loads].sort((a, b) => a - b));
      }),
      runs(300),
    );
  });

  function byText(a: object, b: object): number {
    return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
  }
  function minutesTaken(providers: DayInput['providers'], id: string): number {
    const minutes = new Set<number>();
    for (const { start, end } of providers.filter((each) => each.id === id).flatMap(({ busy }) => busy))
      for (let minute = start; minute < end; minute++) minutes.add(minute);
    return minutes.size;
  }
});
