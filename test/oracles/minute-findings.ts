import type { DayInput, DayProvider } from '../../src/scheduling/engine/index.js';
import { assistAt, isKept, minutesOfVisit, paint, slotsByMinutes, wallClockOf, type Painted } from './minute-oracle.js';

/** What the engine must find against a start, the slow way: one word for each rule and what it is about. */
export interface Expected {
  general: string[];
  /** One list for each shift of the provider; any of the shortest may be told. */
  shifts: string[][];
}

export function findingsByMinutes(input: DayInput, providerId: string, start: number): Expected {
  const general = generalFindings(input, providerId, start);
  const shifts = input.providers
    .filter(({ id }) => id === providerId)
    .map((shift) => shiftFindings(input, shift, start));
  if (general.length > 0 || shifts.every((shift) => shift.length > 0)) return { general, shifts };
  const there = slotsByMinutes(input).filter((slot) => slot.start === start);
  if (there.some((slot) => slot.providerId === providerId)) return { general, shifts };
  const alone = slotsByMinutes({ ...input, providers: input.providers.filter(({ id }) => id === providerId) });
  const other = there[0]?.providerId;
  const why = alone.some((slot) => slot.start === start) && other ? `assigned_to_other ${other}` : 'gap';
  return { general: [why], shifts };
}

function generalFindings(input: DayInput, providerId: string, start: number): string[] {
  const { audience, stepMinutes } = input.rule;
  const { type, age } = input.patient ?? {};
  const found: string[] = [];
  if (audience && type !== undefined && !audience.patientTypes.includes(type)) found.push('patient_type');
  else if (audience && age !== undefined && (age < (audience.minAge ?? 0) || age > (audience.maxAge ?? 999)))
    found.push('age');
  if (input.cutoff !== undefined && input.now >= input.cutoff) found.push('cutoff');
  for (const { scope, per, max, taken, providerId: whose } of input.quotas ?? []) {
    if (taken >= max && (scope !== 'provider' || whose === providerId)) found.push(`limit ${scope} ${per} ${max}`);
  }
  const wall = wallClockOf(input)(start);
  const { length } = minutesOfVisit(input, 'operatory', start);
  if (wall === undefined || wall % stepMinutes !== 0) found.push('grid');
  if (start < input.now) found.push('past');
  else if (start < input.notBefore) found.push('notice');
  if (start > input.notAfter) found.push('horizon');
  if (start + length > input.dayLengthMinutes) found.push('day_end');
  if (input.wanted && !input.wanted.some((span) => span.start <= start && start < span.end)) found.push('wish');
  return found;
}

function shiftFindings(input: DayInput, shift: DayProvider, start: number): string[] {
  const painted = paint(input, shift);
  const found = obstacles(input, painted, 'provider', start).map((obstacle) => `provider ${obstacle}`);
  found.push(...chairFindings(input, shift, painted, start));
  const assistants = (input.assistants ?? []).map((each) => paint(input, each));
  if (assistAt(input, assistants, shift, start) === null) found.push('assist');
  return found;
}

function chairFindings(input: DayInput, shift: DayProvider, provider: Painted, start: number): string[] {
  const { length } = minutesOfVisit(input, 'operatory', start);
  const perChair: string[][] = [];
  for (const id of shift.operatoryIds) {
    const operatory = input.operatories.find((each) => each.id === id);
    if (!operatory || (input.rule.operatoryIds && !input.rule.operatoryIds.includes(id))) continue;
    const chair = paint(input, operatory);
    const found = obstacles(input, chair, 'operatory', start).map((obstacle) => `operatory ${id} ${obstacle}`);
    if (!isKept(input, [provider, chair], start, length)) found.push(`kept ${id}`);
    perChair.push(found);
  }
  if (perChair.length === 0) return ['no_operatory'];
  return perChair.some((found) => found.length === 0) ? [] : perChair.flat();
}

function obstacles(input: DayInput, painted: Painted, whose: 'provider' | 'operatory', start: number): string[] {
  const { needed, around } = minutesOfVisit(input, whose, start);
  const firm = input.rule.buffers?.pastHours ? needed : [...needed, ...around];
  const inside = (minutes: number[], span: { start: number; end: number }): boolean =>
    minutes.some((minute) => minute >= span.start && minute < span.end);
  const found: string[] = [];
  if (firm.some((minute) => !painted.open.hasInDay(minute))) found.push('hours');
  for (const blockout of painted.resource.blockouts) {
    if (!input.rule.blockoutTypes.includes(blockout.type) && inside(firm, blockout))
      found.push(`blockout ${blockout.type} ${blockout.start}`);
  }
  if (painted.resource.allowOverlap) return found;
  for (const busy of painted.resource.busy) {
    if (!inside([...needed, ...around], busy)) continue;
    found.push(`busy ${busy.start}${inside(firm, busy) ? '' : ' buffer'}`);
  }
  return found;
}
