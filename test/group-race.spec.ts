import type { HoldRecord } from '../src/scheduling/book/page.schema.js';
import { DemoPlatform } from './harness/demo.js';
import { idsOf, type Option } from './harness/group-practice.js';
import { somebody, type TestVisitor } from './harness/visitor.js';
import { overlapsIn, type StoredVisit } from './oracles/overlaps.js';

const FAMILIES = 30;
const ROUNDS = 3;
const ATTEMPTS = 240;

interface Held {
  id: string;
  code?: string;
  errors?: { pointer: string }[];
  alternatives?: unknown[];
}

interface StoredPage {
  entries: { ref: string; kind: string }[];
  holds: HoldRecord[];
}

/**
 * Guarantee: however many families want the same hour, through however many processes, each gets all of its visits or
 * none; and a family that got none has left nothing in the book.
 */
describe('many families', () => {
  let demo: DemoPlatform;
  let families: TestVisitor[];
  let reasons: string[];

  beforeAll(async () => {
    demo = await DemoPlatform.start({ processes: 2 });
    families = await Promise.all(Array.from({ length: FAMILIES }, (_, i) => demo.visitor(demo.processes[i % 2])));
    const [first] = families as [TestVisitor];
    const names = ['Tooth pain', 'New patient exam and X-rays', 'Cleaning and check-up'];
    reasons = await Promise.all(names.map((name) => first.reasonId(name)));
  }, 120_000);

  afterAll(() => demo.stop());

  async function options(members: string[], more: object = {}): Promise<Option[]> {
    const body = { members: members.map((reasonId) => ({ reasonId })), days: 14, optionsPerDay: 50, ...more };
    const answer = await (families[0] as TestVisitor).send<{ days: { options: Option[] }[] }>(
      'POST',
      '/v1/widget/group-slots',
      body,
    );
    return answer.body.days.flatMap((day) => day.options);
  }

  const hold = (family: TestVisitor, slotIds: string[]) =>
    family.send<Held>('POST', '/v1/widget/holds/groups', { slotIds });

  const book = (family: TestVisitor, groupHoldId: string, count: number) =>
    family.send<{ visits: object[] }>('POST', '/v1/widget/bookings/groups', {
      ...{ groupHoldId, consent: { treatment: true }, contact: { email: 'family@example.com' } },
      visits: Array.from({ length: count }, () => ({ patientType: 'new', patient: somebody() })),
    });

  /** What is wrong with the book: parts of groups, and entries of nobody. */
  async function faults(): Promise<string[]> {
    const pages = await demo.db.collection<StoredPage>('pages').find().toArray();
    const appointments = await demo.db
      .collection<StoredVisit & { _id: string; groupId: string | null }>('appointments')
      .find()
      .toArray();
    const holds = pages.flatMap((page) => page.holds);
    const known = new Set([...holds.map(({ id }) => id), ...appointments.map(({ _id }) => _id)]);
    const entries = pages
      .flatMap((page) => page.entries)
      .filter(({ kind }) => kind === 'hold' || kind === 'appointment');
    const lost = entries.filter(({ ref }) => !known.has(ref)).map(({ ref }) => `${ref} stands in the book for nobody`);
    const bare = [...known].filter((id) => !entries.some(({ ref }) => ref === id)).map((id) => `${id} has no time`);
    const parts = holds
      .filter(({ group }) => group && holds.filter((one) => one.group?.id === group.id).length !== group.size)
      .map(({ id }) => `${id} is a part of a group`);
    return [...lost, ...bare, ...parts, ...overlapsIn(appointments).map((what) => `${what} is taken twice`)];
  }

  it(`gives one option to one of ${FAMILIES} families, ${ROUNDS} times`, async () => {
    const [pain, exam] = reasons as [string, string];
    for (let round = 0; round < ROUNDS; round++) {
      const found = await options([pain, exam], { arrangement: round % 2 ? 'adjacent' : 'parallel' });
      const wanted = idsOf(found[Math.floor(found.length / 2)]);
      const answers = await Promise.all(families.map((family) => hold(family, wanted)));
      const lost = answers.filter(({ status, body }) => status === 409 && body.code === 'slot_taken');
      expect(lost.every(({ body }) => body.alternatives?.length === 3 && body.errors?.length === 1)).toBe(true);
      const winners = families.filter((_, i) => answers[i]?.status === 201);
      expect([round, winners.length, lost.length]).toEqual([round, 1, FAMILIES - 1]);
      const held = answers.find(({ status }) => status === 201)?.body.id as string;
      expect((await book(winners[0] as TestVisitor, held, 2)).status).toBe(201);
      expect(await faults()).toEqual([]);
    }
  }, 120_000);

  it(`keeps every group whole in ${ATTEMPTS} random attempts`, async () => {
    const [pain, exam, cleaning] = reasons as [string, string, string];
    const kinds = [
      [pain, exam],
      [pain, pain, cleaning],
      [cleaning, exam, pain, exam],
    ];
    const pools = await Promise.all(kinds.map((members) => options(members, { days: 3, maxWaitMinutes: 60 })));
    let state = 20_261_124;
    const random = (below: number) => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((state / 2_147_483_648) * below);
    };
    const outcomes = new Map<string, number>();
    let booked = 0;
    let attempts = 0;
    const attempt = async (family: TestVisitor): Promise<void> => {
      while (attempts++ < ATTEMPTS) {
        const pool = pools[random(pools.length)] as Option[];
        const wanted = idsOf(pool[random(pool.length)]);
        const held = await hold(family, wanted);
        let outcome = `${held.status}`;
        if (held.status === 201 && random(3) === 0) {
          const { status } = await book(family, held.body.id, wanted.length);
          outcome += ` → ${status}`;
          if (status === 201) booked += wanted.length;
        }
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }
    };
    await Promise.all(families.slice(0, 32).map(attempt));
    expect([...outcomes.keys()].sort()).toEqual(['201', '201 → 201', '409']);
    const grouped = await demo.db.collection('appointments').countDocuments({ groupId: { $type: 'string' } });
    expect(grouped).toBe(booked + ROUNDS * 2);
    expect(await faults()).toEqual([]);
  }, 240_000);
});
