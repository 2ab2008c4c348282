import type { DayInput, DayResource, SlotCandidate } from '../../src/scheduling/engine/index.js';

/**
 * What the slot engine must answer, found the slow way: every minute of the day is painted and every start is tried
 * minute by minute. It shares no arithmetic with the engine, only its types.
 */

/** What the wall shows (minutes since 00:00) at an elapsed minute of the day. */
export type WallClock = (elapsed: number) => number | undefined;

/** The wall clock that the day's own segments describe. */
export function wallClockOf(input: DayInput): WallClock {
  const shown = new Map<number, number>();
  for (const segment of input.wall) {
    for (let i = 0; i < segment.length; i++) shown.set(segment.elapsedStart + i, segment.wallStart + i);
  }
  return (elapsed) => shown.get(elapsed);
}

/** One flag per minute: true where any of the intervals lies. */
function paint(minutes: number, intervals: readonly { start: number; end: number }[]): boolean[] {
  const painted = new Array<boolean>(minutes).fill(false);
  for (const { start, end } of intervals) {
    for (let minute = Math.max(0, start); minute < Math.min(end, minutes); minute++) painted[minute] = true;
  }
  return painted;
}

interface PaintedResource {
  free: boolean[];
  kept: boolean[];
}

function paintResource(input: DayInput, resource: DayResource): PaintedResource {
  const minutes = input.dayLengthMinutes;
  const types = input.rule.blockoutTypes;
  const open = paint(minutes, resource.hours);
  const busy = paint(minutes, resource.busy);
  const closed = paint(
    minutes,
    resource.blockouts.filter((blockout) => types.indexOf(blockout.type) < 0),
  );
  return {
    free: open.map((isOpen, minute) => isOpen && !closed[minute] && (resource.allowOverlap === true || !busy[minute])),
    kept: paint(
      minutes,
      resource.blockouts.filter((blockout) => types.indexOf(blockout.type) >= 0),
    ),
  };
}

/** True when a visit from `start` fits: each of its minutes is looked at on its own. */
function fits(
  input: DayInput,
  provider: PaintedResource,
  operatory: PaintedResource,
  start: number,
  length: number,
): boolean {
  const { pattern, blockoutTypes } = input.rule;
  for (let i = 0; i < length; i++) {
    const minute = start + i;
    if (minute >= input.dayLengthMinutes || !operatory.free[minute]) return false;
    const needsProvider = pattern === undefined || pattern[Math.trunc(i / 5)] === 'X';
    if (needsProvider && !provider.free[minute]) return false;
    if (blockoutTypes.length > 0 && !provider.kept[minute] && !operatory.kept[minute]) return false;
  }
  return true;
}

/** All slots of the day, in the engine's order. */
export function slotsByMinuteScan(input: DayInput, wallAt: WallClock = wallClockOf(input)): SlotCandidate[] {
  const { rule } = input;
  const length = rule.pattern === undefined ? rule.durationMinutes : rule.pattern.length * 5;
  const operatories = new Map(input.operatories.map((each) => [each.id, paintResource(input, each)]));
  const providers = input.providers.map((each) => ({ provider: each, painted: paintResource(input, each) }));
  const slots: SlotCandidate[] = [];
  for (let start = 0; start < input.dayLengthMinutes; start++) {
    const wall = wallAt(start);
    if (wall === undefined || wall % rule.stepMinutes !== 0) continue;
    if (start < input.now || start < input.notBefore || start > input.notAfter) continue;
    for (const { provider, painted } of providers) {
      for (const operatoryId of provider.operatoryIds) {
        const operatory = operatories.get(operatoryId);
        if (!operatory || (rule.operatoryIds && !rule.operatoryIds.includes(operatoryId))) continue;
        if (!fits(input, painted, operatory, start, length)) continue;
        slots.push({ providerId: provider.id, operatoryId, start, end: start + length });
        break;
      }
    }
  }
  return slots;
}
