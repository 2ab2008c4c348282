import type { TestVisitor } from '../harness/visitor.js';
import { DriverWrites } from './driver-writes.js';
import { Fetcher } from './fetcher.js';
import { middleOf, ratioOf, turnsOf, type Row } from './measure.js';
import { crewOf, openStand } from './stand.js';

const MINUTE_MS = 60_000;
const CALLERS = 4;
const BOOKERS = 200;

interface Slot {
  id: string;
  start: string;
  providerId: string;
}

/** A hold and its booking over HTTP beside the same writes made straight through the driver. */
export async function bookingRow(): Promise<Row> {
  const stand = await openStand();
  try {
    const { practice } = stand;
    const crew = await crewOf(practice, 8, 8);
    const reason = await practice.reason(crew.providerIds, crew.operatoryIds, { durationMinutes: 5, stepMinutes: 5 });
    const patient = await practice.ok('POST', 'patients', {
      ...{ firstName: 'Ada', lastName: 'Lane', dateOfBirth: '1990-04-23', email: 'ada@example.com' },
    });
    const found = await practice.ok('GET', `availability?reasonId=${reason.id}&days=31&anyProvider=false`);
    // As the driver below, one day after the other: callers who want the same page are the race's subject.
    const all = (found.days as { slots: Slot[] }[]).flatMap(({ slots }) => slots);
    const turn = ({ start, providerId }: Slot): string => start.slice(11) + providerId + start;
    const free = all.sort((a, b) => (turn(a) < turn(b) ? -1 : 1));
    const fetcher = new Fetcher(practice.baseUrl, practice.apiKey);
    const hold = async () => String((await fetcher.post('holds', { slotId: free.pop()?.id }))['id']);
    const book = async (holdId: string) =>
      String((await fetcher.post('appointments', { holdId, patientId: patient.id, patientType: 'new' }))['id']);
    const writes = await DriverWrites.like(stand.platform.db, hold, book);
    const turns = await turnsOf(
      { booking: async () => void (await book(await hold())), driver: () => writes.holdAndBook() },
      { concurrency: CALLERS, rounds: 9, seconds: 2 },
    );
    await writes.done();
    const ratio = ratioOf(turns, ({ booking, driver }) => booking.perSecond / driver.perSecond);
    return {
      what: 'hold + booking over HTTP beside the same writes through the driver',
      bar: '≥ 0.4',
      ratio,
      met: ratio >= 0.4,
      details: { ...middleOf(turns), callers: CALLERS },
    };
  } finally {
    await stand.platform.stop();
  }
}

/** 200 bookers, one slot, two processes: one gets it, nobody sees a fault. */
export async function raceRow(rounds: number): Promise<Row> {
  // With workers: whoever books waits for the practice system's first answer.
  const stand = await openStand(2, 'all');
  try {
    const { platform } = stand;
    const visitors = await Promise.all(
      Array.from({ length: BOOKERS }, (_, i) => platform.visitor(platform.processes[i % 2])),
    );
    const [first] = visitors as [TestVisitor];
    const reasonId = await first.reasonId('Tooth pain');
    const outcomes: Record<string, number> = {};
    let single = 0;
    const begin = performance.now();
    for (let round = 0; round < rounds; round++) {
      const slots = await first.slots(reasonId, 31);
      const wanted = slots[Math.floor(slots.length / 2)] as { id: string };
      const answers = await Promise.all(visitors.map((visitor) => visitor.hold(wanted.id)));
      for (const { status } of answers) outcomes[status] = (outcomes[status] ?? 0) + 1;
      const winners = answers.flatMap(({ status }, index) => (status === 201 ? [index] : []));
      if (winners.length !== 1) continue;
      const winner = winners[0] as number;
      const booked = await (visitors[winner] as TestVisitor).book(answers[winner]?.body.id ?? '');
      if (booked.status === 201) single++;
    }
    const faults = Object.keys(outcomes).filter((status) => status.startsWith('5'));
    return {
      what: `${BOOKERS} bookers × one slot × ${rounds} rounds × 2 processes`,
      bar: 'exactly one each, no 5xx',
      ratio: null,
      met: single === rounds && faults.length === 0,
      details: { roundsWithOneWinner: single, outcomes, minutes: (performance.now() - begin) / MINUTE_MS },
    };
  } finally {
    await stand.platform.stop();
  }
}
