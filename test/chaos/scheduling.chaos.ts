import { randomInt } from 'node:crypto';
import { randomFrom } from '../harness/random.js';
import { checkBlocks } from './scheduling/block-checks.js';
import { checkBook, readStored } from './scheduling/book-checks.js';
import { groupBy } from './scheduling/group-by.js';
import { checkAnswers, checkEvents } from './scheduling/history-checks.js';
import { Stand } from './scheduling/stand.js';
import { Traffic } from './scheduling/traffic.js';

const OPERATIONS = Number(process.env['CHAOS_OPERATIONS'] ?? 10_000);
const SEED = Number(process.env['CHAOS_SEED'] ?? randomInt(1_000_000));
const AT_ONCE = 32;
const ROUNDS = 14;
const FEWEST_SLOTS = 200;
/** On a machine on which so many operations take longer than this, fewer are made; the run says so. */
const LONGEST_MS = 480_000;
/** The practice system's word is taken over within this time after the last change. */
const SETTLED_MS = 90_000;

const CHECKS = {
  'the book: overlaps, lost and leaked claims': 'book',
  'events and histories': 'events',
  'acknowledged operations, no 5xx': 'answers',
  'time set apart: nobody is booked into it': 'blocks',
} as const;

/**
 * Guarantee: whatever many people at several processes do to a practice's book, at whatever moment a hold ends, and whatever
 * its practice system writes in between, the book holds what was acknowledged and nothing else. `CHAOS_SEED` repeats a run's
 * choices (not its timing), `CHAOS_OPERATIONS` sets its length.
 */
describe('the book under random concurrent operations', () => {
  let stand: Stand;
  const told = (line: string) => process.stdout.write(`  ${line}\n`);

  beforeAll(async () => {
    stand = await Stand.start();
  }, 180_000);

  afterAll(() => stand?.stop(), 60_000);

  it(`holds after ${OPERATIONS} operations over 3 processes`, async () => {
    const traffic = new Traffic(stand, randomFrom(SEED));
    const { operations } = traffic.history;
    const began = performance.now();
    told(`seed ${SEED} (CHAOS_SEED=${SEED} repeats its choices)`);
    const findings = async () => {
      const stored = await readStored(stand.platform.db);
      const now = stand.now();
      return {
        book: checkBook(stored, now),
        events: checkEvents(stored),
        answers: checkAnswers(stored, operations, traffic.overruled, now),
        blocks: checkBlocks(stored, operations, now),
      };
    };
    /** What two looks find: between two reads of one look the exchange with the practice system goes on. */
    const lasting = async () => {
      const [first, second] = [await findings(), await findings()];
      const both = (one: keyof typeof first) => first[one].filter((finding) => second[one].includes(finding));
      return { book: both('book'), events: both('events'), answers: both('answers'), blocks: both('blocks') };
    };
    const count = (all: Awaited<ReturnType<typeof findings>>) => Object.values(all).flat().length;
    const early: string[] = [];
    const inTime = () => performance.now() - began < LONGEST_MS;
    for (let round = 1; round <= ROUNDS && inTime(); round += 1) {
      traffic.pool = await stand.slots(round % 3 === 0 ? 21 : 6);
      // The book fills up: what is left of the near days may be too little to meet on.
      for (let ahead = 6; traffic.pool.length < FEWEST_SLOTS && ahead < 90; ahead += 21)
        traffic.pool.push(...(await stand.slots(21, ahead)));
      const until = (OPERATIONS * round) / ROUNDS;
      await Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          while (operations.length < until && inTime()) await traffic.act();
        }),
      );
      await traffic.atTheEdge();
      // The practice system's changes are on their way: what they overlap is judged at the end.
      const { book, events, answers, blocks } = await lasting();
      const firm = [...book.filter((finding) => !finding.includes('external')), ...events, ...answers, ...blocks];
      const fresh = firm.filter((finding) => !early.includes(finding));
      early.push(...fresh);
      told(`round ${round}: ${operations.length} operations, ${firm.length} findings, ${seconds(began)} s`);
      for (const finding of fresh.slice(0, 20)) told(`  ${finding}`);
    }
    const quiet = performance.now();
    let last = await lasting();
    while (count(last) > 0 && performance.now() - quiet < SETTLED_MS) {
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      last = await lasting();
    }
    const stored = await readStored(stand.platform.db);
    told(`operations${' '.repeat(10)} count  outcomes`);
    for (const line of traffic.history.table()) told(line);
    const { length: conflicts } = stored.conflicts;
    const states = groupBy(stored.appointments, ({ sync }) => sync.state);
    told(`exchange: ${[...states].map(([state, all]) => `${state} ${all.length}`).join(', ')}`);
    told(`${stored.appointments.length} appointments, ${stored.events.length} events, ${conflicts} conflicts listed`);
    for (const [what, check] of Object.entries(CHECKS)) {
      told(`${what}: ${last[check].length} findings`);
      for (const finding of last[check].slice(0, 20)) told(`  ${finding}`);
    }
    for (const { output, port } of stand.processes)
      for (const line of output.match(/^.*"level":[56]0.*$/gm)?.slice(0, 5) ?? [])
        told(`process at ${port}: ${line.slice(0, 2_000)}`);
    told(`${operations.length} operations in ${seconds(began)} s`);
    if (operations.length < OPERATIONS) told(`stopped before ${OPERATIONS}: the machine was too slow`);
    expect({ ...last, early }).toEqual({ book: [], events: [], answers: [], blocks: [], early: [] });
  }, 1_200_000);
});

const seconds = (since: number): number => Math.round((performance.now() - since) / 1_000);
