import type { Arrangement, Limit, Member, SeriesSlot } from '../../src/scheduling/combine/index.js';
import type { SlotCandidate } from '../../src/scheduling/engine/index.js';

/**
 * What visits that go together may be, found by trying all combinations minute by minute. It shares no arithmetic with the
 * combining code, only its types.
 */

/** Every resource-minute that a visit takes, overlap that is allowed left out. */
function minutesTaken({ rule, unguarded }: Pick<Member, 'rule' | 'unguarded'>, slot: SlotCandidate): string[] {
  const { pattern, durationMinutes, buffers } = rule;
  const length = pattern === undefined ? durationMinutes : pattern.length * 5;
  const taken: string[] = [];
  const paint = (whose: 'provider' | 'operatory', resource: string): void => {
    const needed: number[] = [];
    for (let i = 0; i < length; i++)
      if (whose === 'operatory' || pattern === undefined || pattern[Math.trunc(i / 5)] === 'X')
        needed.push(slot.start + i);
    const [first] = needed;
    const last = needed[needed.length - 1];
    if (buffers && first !== undefined && last !== undefined && (buffers.on === 'both' || buffers.on === whose)) {
      for (let i = 1; i <= buffers.before; i++) needed.push(first - i);
      for (let i = 1; i <= buffers.after; i++) needed.push(last + i);
    }
    taken.push(...needed.map((minute) => `${resource} ${minute}`));
  };
  paint('operatory', slot.operatoryId);
  paint('provider', slot.providerId);
  for (let minute = slot.assist?.start ?? 0; minute < (slot.assist?.end ?? 0); minute++)
    taken.push(`${slot.assist?.providerId} ${minute}`);
  return taken.filter((one) => !unguarded.has(one.split(' ')[0] as string));
}

/** True when no resource is wanted twice in a minute and no limit is exceeded. */
export function goTogether(members: readonly Pick<Member, 'rule' | 'unguarded' | 'limits'>[], slots: SlotCandidate[]) {
  const taken = new Set<string>();
  const counted = new Map<string, number>();
  return slots.every((slot, place) => {
    const member = members[place] as Member;
    const mine = minutesTaken(member, slot);
    const free = mine.every((minute) => !taken.has(minute));
    mine.forEach((minute) => taken.add(minute));
    const room = member.limits(slot).every(({ id, left }: Limit) => {
      counted.set(id, (counted.get(id) ?? 0) + 1);
      return (counted.get(id) as number) <= left;
    });
    return free && room;
  });
}

/** The arrangements as they are written down. */
export function isArranged(slots: readonly SlotCandidate[], arrangement: Arrangement, maxWait: number): boolean {
  const inOrder = [...slots].sort((a, b) => a.start - b.start);
  const first = inOrder[0]?.start ?? 0;
  if (arrangement === 'parallel') return inOrder.every(({ start }) => start - first <= maxWait);
  if (arrangement === 'adjacent')
    return inOrder.every(({ start }, place) => {
      const before = inOrder[place - 1];
      return !before || (start >= before.end && start - before.end <= maxWait);
    });
  const end = Math.max(...inOrder.map((slot) => slot.end));
  let alone = 0;
  for (let minute = first; minute < end; minute++) {
    alone = inOrder.some((slot) => slot.start <= minute && minute < slot.end) ? 0 : alone + 1;
    if (alone > maxWait) return false;
  }
  return true;
}

/** Every seat that a member could have. */
export function seatsByHand({ openings }: Member): SlotCandidate[] {
  return openings.flatMap(({ providerId, start, end, operatoryIds, assists }) =>
    operatoryIds.flatMap((operatoryId) => {
      const slot = { providerId, operatoryId, start, end };
      return assists.length === 0 ? [slot] : assists.map((assist) => ({ ...slot, assist }));
    }),
  );
}

/** Every choice of one thing from each list. */
export function choices<T>(lists: readonly (readonly T[])[]): T[][] {
  return lists.reduce<T[][]>((all, list) => all.flatMap((some) => list.map((one) => [...some, one])), [[]]);
}

/** For each start, how soon the shortest group that begins there is over. */
export function groupsByHand(members: readonly Member[], arrangement: Arrangement, maxWait: number) {
  const ends = new Map<number, number>();
  for (const slots of choices(members.map(seatsByHand))) {
    if (!goTogether(members, slots) || !isArranged(slots, arrangement, maxWait)) continue;
    const start = Math.min(...slots.map((slot) => slot.start));
    const end = Math.max(...slots.map((slot) => slot.end));
    ends.set(start, Math.min(ends.get(start) ?? Infinity, end));
  }
  return ends;
}

/** How a series differs from its first visit: other providers, days off the plan, minutes off the time of day. */
export function differences(series: readonly (SeriesSlot & { day: number })[], afterDays: readonly number[]): number[] {
  const [first] = series;
  if (!first) return [];
  let planned = first.day;
  const sums = [0, 0, 0] as [number, number, number];
  series.slice(1).forEach((slot, place) => {
    planned += afterDays[place] as number;
    sums[0] += slot.providerId === first.providerId ? 0 : 1;
    sums[1] += Math.abs(slot.day - planned);
    sums[2] += Math.abs(slot.wall - first.wall);
  });
  return sums;
}
