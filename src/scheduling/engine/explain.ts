import { isCutOff, misfitOf, openWindow, usedUp } from './day-rules.js';
import { closes, keptTime, openHours } from './free.js';
import { contains, type Interval, type Intervals } from './intervals.js';
import type { Blockout, DayInput, DayProvider, DayResource, Quota } from './model.js';
import { slotsOfDay } from './slots.js';
import { assistOffsets, visitOf, type Need, type Visit } from './visit.js';

/** What takes a time away from a resource. */
export type Obstacle =
  | { readonly kind: 'hours'; readonly needed: Interval }
  | { readonly kind: 'busy'; readonly by: Interval; /** It meets a buffer only. */ readonly buffer: boolean }
  | { readonly kind: 'blockout'; readonly by: Blockout };

/** One rule that removed a start, and what it was about. */
export type Finding =
  | { readonly rule: 'patient_type' | 'age' | 'cutoff' | 'grid' | 'past' | 'notice' | 'horizon' | 'day_end' | 'wish' }
  | { readonly rule: 'limit'; readonly quota: Quota }
  | { readonly rule: 'provider'; readonly obstacle: Obstacle }
  | { readonly rule: 'no_operatory' }
  | { readonly rule: 'operatory'; readonly operatoryId: string; readonly obstacle: Obstacle }
  | { readonly rule: 'kept'; readonly operatoryId: string }
  | { readonly rule: 'assist' }
  | { readonly rule: 'gap' }
  | { readonly rule: 'assigned_to_other'; readonly providerId: string };

/**
 * Why a provider is not offered at a start (a minute of the day): every rule that stands against it; none when it is
 * offered. Of a provider with several shifts, the shift with the fewest findings is explained.
 */
export function explain(input: DayInput, providerId: string, start: number): Finding[] {
  const visit = visitOf(input.rule);
  const general = [...dayFindings(input, providerId), ...startFindings(input, visit, start)];
  const shifts = input.providers.filter(({ id }) => id === providerId);
  const perShift = shifts.map((shift) => shiftFindings(input, visit, shift, start));
  const best = perShift.sort((a, b) => a.length - b.length)[0] ?? [hoursFinding(visit, start)];
  const findings = [...general, ...best];
  return findings.length > 0 ? findings : preferenceFindings(input, providerId, start);
}

function hoursFinding(visit: Visit, start: number): Finding {
  return { rule: 'provider', obstacle: { kind: 'hours', needed: { start, end: start + visit.duration } } };
}

function dayFindings(input: DayInput, providerId: string): Finding[] {
  const misfit = misfitOf(input);
  return [
    ...(misfit ? [{ rule: misfit }] : []),
    ...(isCutOff(input) ? [{ rule: 'cutoff' as const }] : []),
    ...usedUp(input, providerId).map((quota) => ({ rule: 'limit' as const, quota })),
  ];
}

function startFindings(input: DayInput, visit: Visit, start: number): Finding[] {
  const { last } = openWindow({ ...input, notAfter: Infinity }, visit.duration);
  const rules: [Exclude<Finding['rule'], 'limit'>, boolean][] = [
    ['grid', !onGrid(input, start)],
    ['past', start < input.now],
    ['notice', start >= input.now && start < input.notBefore],
    ['horizon', start > input.notAfter],
    ['day_end', start > last],
    ['wish', input.wanted?.every((span) => start < span.start || start >= span.end) ?? false],
  ];
  return rules.filter(([, broken]) => broken).map(([rule]) => ({ rule }) as Finding);
}

function onGrid({ wall, rule }: DayInput, start: number): boolean {
  return wall.some(
    ({ elapsedStart, wallStart, length }) =>
      start >= elapsedStart &&
      start < elapsedStart + length &&
      (wallStart + start - elapsedStart) % rule.stepMinutes === 0,
  );
}

function shiftFindings(input: DayInput, visit: Visit, shift: DayProvider, start: number): Finding[] {
  const own = obstacles(input, shift, visit.provider, start).map(
    (obstacle) => ({ rule: 'provider', obstacle }) as const,
  );
  return [...own, ...chairFindings(input, visit, shift, start), ...assistFindings(input, visit, shift, start)];
}

/** None as soon as one operatory fits. */
function chairFindings(input: DayInput, visit: Visit, shift: DayProvider, start: number): Finding[] {
  const { rule } = input;
  const all: Finding[] = [];
  for (const id of shift.operatoryIds) {
    const operatory = input.operatories.find((each) => each.id === id);
    if (!operatory || (rule.operatoryIds && !rule.operatoryIds.includes(id))) continue;
    const found: Finding[] = obstacles(input, operatory, visit.operatory, start).map((obstacle) => ({
      rule: 'operatory',
      operatoryId: id,
      obstacle,
    }));
    const whole = { start, end: start + visit.duration };
    if (rule.blockoutTypes.length > 0 && !contains(keptTime([shift, operatory], rule), whole)) {
      found.push({ rule: 'kept', operatoryId: id });
    }
    if (found.length === 0) return [];
    all.push(...found);
  }
  return all.length > 0 ? all : [{ rule: 'no_operatory' }];
}

function assistFindings(input: DayInput, visit: Visit, shift: DayProvider, start: number): Finding[] {
  const { rule, assistants = [] } = input;
  const { assist } = rule;
  if (!assist) return [];
  const offsets = assistOffsets(rule, visit.duration);
  const found = assistants.some(
    (assistant) =>
      assistant.id !== shift.id &&
      offsets.some((offset) => {
        const time = [{ start: offset, end: offset + assist.minutes }];
        return obstacles(input, assistant, { firm: time, whole: time }, start).length === 0;
      }),
  );
  return found ? [] : [{ rule: 'assist' }];
}

/** Everything that stands against a resource's part in a visit from `start`. */
function obstacles(input: DayInput, resource: DayResource, need: Need, start: number): Obstacle[] {
  const hours = openHours(resource, input.dayLengthMinutes);
  const at = (runs: Intervals): Interval[] => runs.map((run) => ({ start: run.start + start, end: run.end + start }));
  const firm = at(need.firm);
  const whole = at(need.whole);
  const outside = firm.filter((run) => !contains(hours, run));
  const closed = resource.blockouts.filter((blockout) => closes(blockout, input.rule) && meets(blockout, firm));
  const busy = resource.allowOverlap ? [] : resource.busy.filter((each) => meets(each, whole));
  return [
    ...outside.map((needed): Obstacle => ({ kind: 'hours', needed })),
    ...closed.map((by): Obstacle => ({ kind: 'blockout', by })),
    ...busy.map((by): Obstacle => ({ kind: 'busy', by, buffer: !meets(by, firm) })),
  ];
}

function meets(taken: Interval, runs: readonly Interval[]): boolean {
  return taken.start < taken.end && runs.some((run) => taken.start < run.end && run.start < taken.end);
}

/** All rules are kept: then only another, better start or another provider can be in the way. */
function preferenceFindings(input: DayInput, providerId: string, start: number): Finding[] {
  const there = [...slotsOfDay(input)].filter((slot) => slot.start === start);
  if (there.some((slot) => slot.providerId === providerId)) return [];
  const alone = { ...input, providers: input.providers.filter(({ id }) => id === providerId) };
  const isGap = ![...slotsOfDay(alone)].some((slot) => slot.start === start);
  const other = there[0];
  return isGap || !other ? [{ rule: 'gap' }] : [{ rule: 'assigned_to_other', providerId: other.providerId }];
}
