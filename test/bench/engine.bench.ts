import { getSlots } from 'slot-calculator';
import { DayPlan, slotsOfDay, type DayInput } from '../../src/scheduling/engine/index.js';
import { slotsByMinutes } from '../oracles/minute-oracle.js';
import { timeOf, type Row } from './measure.js';

const PROVIDERS = 10;
const DAYS = 30;
const BUSY = 400;
const STEP = 15;
const DURATION = 30;
const OPEN = { start: 9 * 60, end: 17 * 60 };
const FIRST_DAY = Date.UTC(2027, 2, 1);
const MINUTE = 60_000;
const WEEK = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;

interface Span {
  start: number;
  end: number;
}

/** Numbers that look random and are the same in each run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Busy times of each provider on each day, in minutes of the day. */
export function busyTimes(): Span[][][] {
  const next = random(7);
  return Array.from({ length: PROVIDERS }, () => {
    const days: Span[][] = Array.from({ length: DAYS }, () => []);
    for (let i = 0; i < BUSY; i++) {
      const start = 8 * 60 + Math.floor(next() * 9 * 60);
      days[Math.floor(next() * DAYS)]?.push({ start, end: start + 5 + Math.floor(next() * 25) });
    }
    return days;
  });
}

export function daysOf(busy: Span[][][]): DayInput[] {
  return Array.from({ length: DAYS }, (_, day) => ({
    date: new Date(FIRST_DAY + day * 1440 * MINUTE).toISOString().slice(0, 10),
    dayLengthMinutes: 1440,
    wall: [{ elapsedStart: 0, wallStart: 0, length: 1440 }],
    now: -1,
    notBefore: -Infinity,
    notAfter: Infinity,
    rule: { durationMinutes: DURATION, stepMinutes: STEP, blockoutTypes: [] },
    // No rival knows chairs: one for all that is never in the way.
    operatories: [{ id: 'room', hours: [{ start: 0, end: 1440 }], busy: [], blockouts: [], allowOverlap: true }],
    providers: busy.map((days, i) => ({
      id: `p${i}`,
      operatoryIds: ['room'],
      hours: [OPEN],
      busy: days[day] ?? [],
      blockouts: [],
    })),
  }));
}

/** The plain way: minute by minute through the month with a flag for each, counting how long it has been free. */
function scanByMinutes(busy: Span[][][]): number[] {
  const starts: number[] = [];
  for (const days of busy) {
    const taken: boolean[] = new Array<boolean>(DAYS * 1440).fill(false);
    days.forEach((spans, day) => {
      for (const { start, end } of spans) {
        for (let minute = start; minute < end; minute++) taken[day * 1440 + minute] = true;
      }
    });
    let free = 0;
    for (let minute = 0; minute < DAYS * 1440; minute++) {
      const ofDay = minute % 1440;
      free = ofDay >= OPEN.start && ofDay < OPEN.end && !taken[minute] ? free + 1 : 0;
      const start = minute + 1 - DURATION;
      if (free >= DURATION && start % STEP === 0) starts.push(start);
    }
  }
  return starts;
}

/** What a careful programmer makes of it: one array of bytes, opening hours only, out at the first taken minute. */
function scanCarefully(busy: Span[][][]): number[] {
  const starts: number[] = [];
  const free = new Uint8Array(1440);
  for (const days of busy) {
    days.forEach((taken, day) => {
      free.fill(0).fill(1, OPEN.start, OPEN.end);
      for (const { start, end } of taken) free.fill(0, start, end);
      for (let start = OPEN.start; start + DURATION <= OPEN.end; start += STEP) {
        let minute = start;
        while (minute < start + DURATION && free[minute] === 1) minute++;
        if (minute === start + DURATION) starts.push(day * 1440 + start);
      }
    });
  }
  return starts;
}

function bySlotCalculator(busy: Span[][][]): number[] {
  const iso = (day: number, minute: number): string =>
    new Date(FIRST_DAY + (day * 1440 + minute) * MINUTE).toISOString();
  return busy.flatMap((days) =>
    getSlots({
      from: iso(0, 0),
      to: iso(DAYS, 0),
      duration: DURATION,
      availability: WEEK.map((day) => ({ day, from: '09:00', to: '17:00', timezone: 'utc' })),
      unavailability: days.flatMap((taken, day) =>
        taken.map(({ start, end }) => ({ from: iso(day, start), to: iso(day, end) })),
      ),
      outputTimezone: 'utc',
    })
      .availableSlots.map(({ from }) => (Date.parse(from) - FIRST_DAY) / MINUTE)
      .sort((a, b) => a - b),
  );
}

function byEngine(days: readonly DayInput[]): number {
  let slots = 0;
  for (const day of days) new DayPlan(day).forEach(() => void slots++);
  return slots;
}

/** The engine's slots as `provider day start`, and those of the oracle. Throws when they differ. */
function checkAnswers(busy: Span[][][], days: readonly DayInput[]): number {
  const slots = days.flatMap((day) => [...slotsOfDay(day)]);
  const expected = days.flatMap((day) => slotsByMinutes(day));
  if (JSON.stringify(slots) !== JSON.stringify(expected)) throw new Error('the engine and the oracle disagree');
  const byDay = (starts: readonly number[]): string => JSON.stringify([...starts].sort((a, b) => a - b));
  const wanted = byDay(days.flatMap((day, index) => slotsByMinutes(day).map(({ start }) => index * 1440 + start)));
  for (const scan of [scanByMinutes, scanCarefully]) {
    if (byDay(scan(busy)) !== wanted) throw new Error(`${scan.name} and the oracle disagree`);
  }
  if (byEngine(days) !== slots.length) throw new Error('the two ways to read a plan disagree');
  return slots.length;
}

export function engineRows(): Row[] {
  const busy = busyTimes();
  const days = daysOf(busy);
  const slots = checkAnswers(busy, days);
  const engine = timeOf(() => void byEngine(days));
  const asObjects = timeOf(() => {
    for (const day of days) for (const slot of slotsOfDay(day)) void slot;
  });
  const scan = timeOf(() => void scanByMinutes(busy));
  const careful = timeOf(() => void scanCarefully(busy));
  const theirs = bySlotCalculator(busy).length;
  const calculator = timeOf(() => void bySlotCalculator(busy), { rounds: 3, roundMs: 1, warmUpMs: 1 });
  const workload = `${PROVIDERS} providers × ${DAYS} days × ${BUSY} busy each, ${STEP}-minute step`;
  const details = { workload, slots, engineMs: engine, engineAsObjectsMs: asObjects };
  return [
    {
      what: 'slot engine against npm slot-calculator',
      bar: '≥ 1,000×',
      ratio: calculator / engine,
      met: calculator / engine >= 1000,
      details: { ...details, slotCalculatorMs: calculator, slotCalculatorSlots: theirs },
    },
    {
      what: 'slot engine against a per-minute scan',
      bar: '≥ 30×',
      ratio: scan / engine,
      met: scan / engine >= 30,
      details: { ...details, scanMs: scan, carefulScanMs: careful, carefulRatio: careful / engine },
    },
  ];
}
