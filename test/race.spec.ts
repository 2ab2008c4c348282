import { DemoPlatform } from './harness/demo.js';
import type { TestVisitor } from './harness/visitor.js';
import { overlapsIn, type StoredVisit } from './oracles/overlaps.js';

const BOOKERS = 200;
const ROUNDS = 20;
const ATTEMPTS = 5_000;

/**
 * Guarantee: however many want one time, through however many processes, one gets it; and the book never holds two visits
 * that need the same person or chair at the same minute.
 */
describe('many bookers', () => {
  let demo: DemoPlatform;
  let visitors: TestVisitor[];

  beforeAll(async () => {
    demo = await DemoPlatform.start({ processes: 2 });
    visitors = await Promise.all(
      Array.from({ length: BOOKERS }, (_, i) => demo.visitor(demo.processes[i % demo.processes.length])),
    );
  }, 120_000);

  afterAll(() => demo.stop());

  it(`gives one slot to one of ${BOOKERS}, ${ROUNDS} times`, async () => {
    const [first] = visitors as [TestVisitor];
    const reasonId = await first.reasonId('Tooth pain');
    for (let round = 0; round < ROUNDS; round++) {
      const slots = await first.slots(reasonId);
      const wanted = slots[Math.floor(slots.length / 2)] as { id: string };
      const answers = await Promise.all(visitors.map((visitor) => visitor.hold(wanted.id)));
      const won = answers.filter(({ status }) => status === 201);
      const lost = answers.filter(
        ({ status, body }) => status === 409 && body.code === 'slot_taken' && body.alternatives?.length === 3,
      );
      expect([round, won.length, lost.length]).toEqual([round, 1, BOOKERS - 1]);
      const winner = answers.findIndex(({ status }) => status === 201);
      const booked = await (visitors[winner] as TestVisitor).book(won[0]?.body.id as string);
      expect(booked.status).toBe(201);
    }
  }, 240_000);

  it(`keeps the book free of overlaps in ${ATTEMPTS} random attempts over shared providers and operatories`, async () => {
    const [first] = visitors as [TestVisitor];
    const names = ['Tooth pain', 'New patient exam and X-rays', 'Cleaning and check-up'];
    const reasons = await Promise.all(names.map((name) => first.reasonId(name)));
    const pool = (await Promise.all(reasons.map((reasonId) => first.slots(reasonId, 31)))).flatMap((slots) =>
      slots.slice(0, 400),
    );
    let state = 20_261_124;
    const random = (below: number) => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((state / 2_147_483_648) * below);
    };
    const outcomes = new Map<string, number>();
    let attempts = 0;
    const attempt = async (visitor: TestVisitor): Promise<void> => {
      while (attempts++ < ATTEMPTS) {
        const slot = pool[random(pool.length)] as { id: string };
        const held = await visitor.hold(slot.id);
        let outcome = `${held.status}`;
        if (held.status === 201 && random(4) === 0) outcome += ` → ${(await visitor.book(held.body.id)).status}`;
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }
    };
    await Promise.all(visitors.slice(0, 64).map(attempt));
    expect([...outcomes.keys()].filter((outcome) => /5\d\d/.test(outcome))).toEqual([]);
    const stored = await demo.db.collection<StoredVisit>('appointments').find({ status: 'booked' }).toArray();
    expect(stored.length).toBeGreaterThan(ROUNDS);
    expect(overlapsIn(stored)).toEqual([]);
  }, 300_000);
});
