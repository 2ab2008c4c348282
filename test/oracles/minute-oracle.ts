import type { DayInput, DayProvider, DayResource, SlotCandidate } from '../../src/scheduling/engine/index.js';

/**
 * What the slot engine must answer, found the slow way from the rules as they are written down: every minute is painted
 * and every start is tried minute by minute. It shares no arithmetic with the engine, only its types.
 */

/** What the wall shows (minutes since 00:00) at an elapsed minute of the day. */
export type WallClock = (elapsed: number) => number | undefined;

/** Minutes before and after the day that are painted too: buffers reach there. */
const MARGIN = 300;

/** The wall clock that the day's own segments describe. */
export function wallClockOf(input: DayInput): WallClock {
  const shown = new Map<number, number>();
  for (const segment of input.wall) {
    for (let i = 0; i < segment.length; i++) shown.set(segment.elapsedStart + i, segment.wallStart + i);
  }
  return (elapsed) => shown.get(elapsed);
}

/** One flag per minute, `MARGIN` minutes more on both sides: true where any of the intervals lies. */
class Minutes {
  private readonly painted: boolean[];

  constructor(
    private readonly length: number,
    intervals: readonly { start: number; end: number }[],
  ) {
    this.painted = new Array<boolean>(length + 2 * MARGIN).fill(false);
    for (const { start, end } of intervals) {
      for (let minute = Math.max(-MARGIN, start); minute < Math.min(end, length + MARGIN); minute++)
        this.painted[minute + MARGIN] = true;
    }
  }

  has(minute: number): boolean {
    return this.painted[minute + MARGIN] === true;
  }

  hasInDay(minute: number): boolean {
    return minute >= 0 && minute < this.length && this.has(minute);
  }
}

export interface Painted {
  resource: DayResource;
  open: Minutes;
  busy: Minutes;
  closed: Minutes;
  kept: Minutes;
}

export function paint(input: DayInput, resource: DayResource): Painted {
  const length = input.dayLengthMinutes;
  const types = input.rule.blockoutTypes;
  return {
    resource,
    open: new Minutes(length, resource.hours),
    busy: new Minutes(length, resource.busy),
    closed: new Minutes(
      length,
      resource.blockouts.filter((blockout) => types.indexOf(blockout.type) < 0),
    ),
    kept: new Minutes(
      length,
      resource.blockouts.filter((blockout) => types.indexOf(blockout.type) >= 0),
    ),
  };
}

const isTaken = ({ resource, busy }: Painted, minute: number): boolean =>
  resource.allowOverlap !== true && busy.has(minute);
const isWorking = ({ open, closed }: Painted, minute: number): boolean => open.hasInDay(minute) && !closed.has(minute);
const isFree = (painted: Painted, minute: number): boolean => isWorking(painted, minute) && !isTaken(painted, minute);

/** Which minutes a visit from `start` needs of a resource, and which are its buffers. */
export function minutesOfVisit(input: DayInput, whose: 'provider' | 'operatory', start: number) {
  const { pattern, durationMinutes, buffers } = input.rule;
  const length = pattern === undefined ? durationMinutes : pattern.length * 5;
  const needed: number[] = [];
  for (let i = 0; i < length; i++) {
    if (whose === 'operatory' || pattern === undefined || pattern[Math.trunc(i / 5)] === 'X') needed.push(start + i);
  }
  const around: number[] = [];
  if (buffers && (buffers.on === 'both' || buffers.on === whose) && needed.length > 0) {
    for (let i = 1; i <= buffers.before; i++) around.push((needed[0] as number) - i);
    for (let i = 1; i <= buffers.after; i++) around.push((needed[needed.length - 1] as number) + i);
  }
  return { needed, around, length };
}

function fits(input: DayInput, painted: Painted, whose: 'provider' | 'operatory', start: number): boolean {
  const { needed, around } = minutesOfVisit(input, whose, start);
  return (
    needed.every((minute) => isFree(painted, minute)) &&
    around.every((minute) => (input.rule.buffers?.pastHours ? !isTaken(painted, minute) : isFree(painted, minute)))
  );
}

/** Every minute of the visit lies in a blockout kept for the reason. */
export function isKept(input: DayInput, pair: Painted[], start: number, length: number): boolean {
  if (input.rule.blockoutTypes.length === 0) return true;
  for (let minute = start; minute < start + length; minute++) {
    if (!pair.some(({ kept }) => kept.has(minute))) return false;
  }
  return true;
}

export function assistAt(input: DayInput, assistants: Painted[], provider: DayProvider, start: number) {
  const { assist } = input.rule;
  if (!assist) return undefined;
  for (const assistant of assistants) {
    if (assistant.resource.id === provider.id) continue;
    for (let from = start + assist.from; from + assist.minutes <= start + assist.to; from += 5) {
      let free = true;
      for (let minute = from; minute < from + assist.minutes; minute++) free &&= isFree(assistant, minute);
      if (free) return { providerId: assistant.resource.id, start: from, end: from + assist.minutes };
    }
  }
  return null;
}

/** Whether the patient may come on this day, and the day is open to new visits. */
function isDayOpen({ rule, patient, now, cutoff }: DayInput): boolean {
  if (cutoff !== undefined && now >= cutoff) return false;
  const { audience } = rule;
  if (!audience) return true;
  if (patient?.type !== undefined && audience.patientTypes.indexOf(patient.type) < 0) return false;
  const age = patient?.age;
  if (age === undefined) return true;
  return age >= (audience.minAge ?? -Infinity) && age <= (audience.maxAge ?? Infinity);
}

function mayStart(input: DayInput, start: number, length: number, wallAt: WallClock): boolean {
  const wall = wallAt(start);
  return (
    wall !== undefined &&
    wall % input.rule.stepMinutes === 0 &&
    start >= input.now &&
    start >= input.notBefore &&
    start <= input.notAfter &&
    start + length <= input.dayLengthMinutes &&
    (input.wanted === undefined || input.wanted.some((span) => span.start <= start && start < span.end))
  );
}

/** How a start leaves the provider's time: where its stretch of free time begins, and whether a rest is too small. */
function restsOf(input: DayInput, painted: Painted, start: number): { stretch: number; scrap: boolean } {
  const { needed, around } = minutesOfVisit(input, 'provider', start);
  const occupied = [...needed, ...around].sort((a, b) => a - b);
  let stretch = needed[0] as number;
  while (isFree(painted, stretch - 1)) stretch--;
  let end = (needed[needed.length - 1] as number) + 1;
  while (isFree(painted, end)) end++;
  const rests = [(occupied[0] as number) - stretch, end - (occupied[occupied.length - 1] as number) - 1];
  return { stretch, scrap: rests.some((rest) => rest > 0 && rest < (input.rule.minGapMinutes ?? 0)) };
}

/** All slots of the day, in the engine's order. */
export function slotsByMinutes(input: DayInput, wallAt: WallClock = wallClockOf(input)): SlotCandidate[] {
  if (!isDayOpen(input)) return [];
  const { length } = minutesOfVisit(input, 'operatory', 0);
  const operatories = new Map(input.operatories.map((each) => [each.id, paint(input, each)]));
  const assistants = (input.assistants ?? []).map((each) => paint(input, each));
  const perShift = input.providers.map((provider) => {
    const full = (input.quotas ?? []).some(
      (quota) => quota.taken >= quota.max && (quota.scope !== 'provider' || quota.providerId === provider.id),
    );
    const painted = paint(input, provider);
    const slots: SlotCandidate[] = [];
    for (let start = 0; !full && start < input.dayLengthMinutes; start++) {
      if (!mayStart(input, start, length, wallAt) || !fits(input, painted, 'provider', start)) continue;
      const operatoryId = provider.operatoryIds.find((id) => {
        const operatory = operatories.get(id);
        if (!operatory || (input.rule.operatoryIds && !input.rule.operatoryIds.includes(id))) return false;
        return fits(input, operatory, 'operatory', start) && isKept(input, [painted, operatory], start, length);
      });
      const assist = assistAt(input, assistants, provider, start);
      if (operatoryId === undefined || assist === null) continue;
      slots.push({ providerId: provider.id, operatoryId, start, end: start + length, ...(assist ? { assist } : {}) });
    }
    return withoutScraps(input, painted, slots);
  });
  const slots: SlotCandidate[] = [];
  for (let start = 0; start < input.dayLengthMinutes; start++) {
    for (const slot of perShift.flatMap((shift) => shift.filter((each) => each.start === start))) {
      const given = slots.filter((each) => each.start === start);
      if (input.onePerStart ? given.length > 0 : given.some((each) => each.providerId === slot.providerId)) continue;
      slots.push(slot);
    }
  }
  return slots;
}

function withoutScraps(input: DayInput, painted: Painted, slots: SlotCandidate[]): SlotCandidate[] {
  if (!input.rule.minGapMinutes || minutesOfVisit(input, 'provider', 0).needed.length === 0) return slots;
  const rests = slots.map((slot) => restsOf(input, painted, slot.start));
  return slots.filter((_, i) => {
    const mine = rests[i] as { stretch: number; scrap: boolean };
    return !mine.scrap || !rests.some((other) => other.stretch === mine.stretch && !other.scrap);
  });
}
