import { ManualClock } from '../src/kernel/index.js';
import type { ApiAnswer } from './harness/api.js';
import { codeOf, GroupPractice, idsOf, optionAt, type Option } from './harness/group-practice.js';
import { somebody, TestVisitor } from './harness/visitor.js';
import { overlapsIn } from './oracles/overlaps.js';

/** Monday 8 March 2027, 06:00 in Chicago. */
const MONDAY_MORNING = Date.parse('2027-03-08T12:00:00Z');
const TUE = '2027-03-09';

type Json = ApiAnswer['body'];

describe('groups of visitors', () => {
  const clock = new ManualClock(MONDAY_MORNING);
  const practice = new GroupPractice();

  beforeAll(() => practice.start(clock), 60_000);
  beforeEach(() => clock.set(MONDAY_MORNING));
  afterAll(() => practice.app.stop());

  const visitor = () => new TestVisitor(practice.baseUrl, practice.widgetKey).open();

  async function options(who: TestVisitor, what: 'group-slots' | 'series-slots', body: object): Promise<Option[]> {
    const asked = { from: TUE, days: 1, optionsPerDay: 50, ...body };
    const { body: answer } = await who.send<Json>('POST', `/v1/widget/${what}`, asked);
    return answer.days.flatMap((day: { options: Option[] }) => day.options);
  }

  const hold = (who: TestVisitor, slotIds: string[]) => who.send<Json>('POST', '/v1/widget/holds/groups', { slotIds });

  const book = (who: TestVisitor, groupHoldId: string, visits: object[], more: object = {}, key?: string) =>
    who.send<Json>(
      'POST',
      '/v1/widget/bookings/groups',
      { groupHoldId, contact: { email: 'lane@example.com' }, visits, consent: { treatment: true }, ...more },
      key ? { 'idempotency-key': key } : {},
    );

  const person = (firstName: string, dateOfBirth: string, lastName = 'Lane') => ({
    patientType: 'new',
    patient: { firstName, lastName, dateOfBirth },
  });

  async function patientsOf(appointments: Json[]): Promise<Json[]> {
    const found = await Promise.all(
      appointments.map(({ appointment }) => practice.ok('GET', `appointments/${appointment.id}`)),
    );
    return Promise.all(found.map(({ patientId }) => practice.ok('GET', `patients/${patientId}`)));
  }

  it('holds and books a family, whose members become one family, each with a visit of their own', async () => {
    const { place, chairIds, people } = await practice.team();
    const reason = await practice.reason(people, chairIds);
    const kids = await practice.reason(people, chairIds, { maxAge: 12 });
    const lee = await visitor();
    const members = [
      { reasonId: reason.id },
      { reasonId: kids.id, dateOfBirth: '2019-05-01' },
      { reasonId: reason.id },
    ];
    const found = await options(lee, 'group-slots', { members, maxWaitMinutes: 0 });
    const first = await hold(lee, idsOf(found[0]));
    const held = await hold(lee, idsOf(optionAt(found, '10:30')));
    // The second one has taken the place of the first one.
    expect([first.status, held.status, (await practice.takenAt(place.id)).size]).toEqual([201, 201, 3]);
    const other = await hold(await visitor(), idsOf(optionAt(found, '10:30')));
    expect([other.status, other.body.code, other.body.errors[0].pointer, other.body.alternatives.length]).toEqual([
      ...[409, 'slot_taken', '/slotIds/0', 3],
    ]);
    const family = [
      person('Lee', '1985-02-03'),
      person('Kit', '2019-05-01'),
      { ...person('Max', '1984-01-01'), note: 'Deaf.' },
    ];
    const answers = [
      await book(lee, held.body.id, family, {}, 'lanes'),
      await book(lee, held.body.id, family, {}, 'lanes'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    expect(answers[1]?.text).toBe(answers[0]?.text);
    const { visits, id } = answers[0]?.body;
    expect(new Set(visits.map(({ manageUrl }: Json) => manageUrl)).size).toBe(3);
    const booked = await practice.visitsAt(place.id);
    expect([booked.length, overlapsIn(booked)]).toEqual([3, []]);
    expect((await practice.ok('GET', `appointments?groupId=${id}`)).data).toHaveLength(3);
    const patients = await patientsOf(visits);
    expect(patients.map(({ firstName, familyRole, email }) => [firstName, familyRole, email])).toEqual([
      ['Lee', 'guardian', 'lane@example.com'],
      ['Kit', 'dependent', 'lane@example.com'],
      ['Max', 'guardian', 'lane@example.com'],
    ]);
    const [familyId, ...others] = new Set(patients.map((one) => one.familyId));
    expect([familyId, others]).toEqual([expect.stringMatching(/^fam_/), []]);

    // Who has a family keeps it; who has none joins the first one's.
    const [alone, elsewhere] = [await practice.patient('Ira'), await practice.patient('Uma')];
    const members2 = [{ patientId: elsewhere, role: 'self' }];
    const theirs = await practice.ok('POST', 'families', { members: members2 });
    const again = await options(lee, 'group-slots', { members, days: 2, maxWaitMinutes: 0 });
    const more = await hold(lee, idsOf(again.at(-1)));
    const next = [
      { ...person('Uma', '1990-04-23'), patient: { ...person('Uma', '1990-04-23').patient, email: 'uma@example.com' } },
      person('Kit', '2019-05-01'),
      { ...person('Ira', '1990-04-23'), patient: { ...person('Ira', '1990-04-23').patient, email: 'ira@example.com' } },
    ];
    const second = await book(lee, more.body.id, next);
    const [uma, kit, ira] = await patientsOf(second.body.visits);
    expect([uma.id, ira.id, kit.id]).toEqual([elsewhere, alone, patients[1].id]);
    expect([uma.familyId, kit.familyId, ira.familyId]).toEqual([theirs.id, familyId, theirs.id]);
  });

  it('refuses what is wrong with one of them, says with whom, and books nothing', async () => {
    const { place, chairIds, people } = await practice.team();
    const reason = await practice.reason(people, chairIds, { minAge: 18 });
    const lee = await visitor();
    const [option] = await options(lee, 'group-slots', { members: [{ reasonId: reason.id }, { reasonId: reason.id }] });
    const { body: held } = await hold(lee, idsOf(option));
    const [one, two] = [person('Lee', '1985-02-03'), person('Max', '1984-01-01')];
    const refusal = (visits: object[], more: object = {}) => codeOf(book(lee, held.id, visits, more));
    const bad = 'invalid_request';
    expect(await refusal([one, two], { contact: {} })).toEqual([400, bad, '/contact/email']);
    expect(await refusal([one, two], { consent: { treatment: false } })).toEqual([400, bad, '/consent/treatment']);
    expect(await refusal([one, person('Kit', '2019-05-01')])).toEqual([422, 'policy_refused', '/visits/1']);
    expect(await refusal([one, person('Old', '1870-05-01')])).toEqual([400, bad, '/visits/1/patient/dateOfBirth']);
    const insured = { ...two, insurance: { carrierId: `car_${'0'.repeat(26)}` } };
    expect(await refusal([one, insured])).toEqual([400, bad, '/visits/1/insurance/carrierId']);
    expect(await refusal([one, two, two])).toEqual([400, bad, '/visits']);
    expect(await refusal([one, one])).toEqual([400, bad, '/visits/1']);
    expect(await codeOf(book(await visitor(), held.id, [one, two]))).toEqual([409, 'hold_expired']);
    expect(await practice.visitsAt(place.id)).toEqual([]);
    clock.advance(10 * 60_000);
    expect(await refusal([one, two])).toEqual([409, 'hold_expired']);
    expect(await practice.visitsAt(place.id)).toEqual([]);
  });

  it('asks the practice for each visit whose reason wants it, and gives back what is held', async () => {
    const { place, chairIds, people } = await practice.team();
    const asked = await practice.reason(people, chairIds, { confirmMode: 'request' });
    const instant = await practice.reason(people, chairIds);
    const lee = await visitor();
    const members = [{ reasonId: asked.id }, { reasonId: instant.id }];
    const found = await options(lee, 'group-slots', { members, arrangement: 'parallel' });
    const { body: held } = await hold(lee, idsOf(found[0]));
    const { body } = await book(lee, held.id, [person('Lee', '1985-02-03'), person('Max', '1984-01-01')]);
    expect(body.visits.map(({ appointment }: Json) => appointment.status)).toEqual(['requested', 'booked']);
    const again = await hold(lee, idsOf(found.at(-1)));
    const given = await lee.send('POST', `/v1/widget/holds/groups/${again.body.id}/release`);
    expect([given.status, (await practice.takenAt(place.id)).size]).toEqual([204, 2]);
    const stranger = (await visitor()).send<Json>('POST', `/v1/widget/holds/groups/${held.id}/release`);
    expect(await codeOf(stranger)).toEqual([404, 'not_found']);
  });

  it('lets one patient have so many visits to come, whatever is booked at the same moment', async () => {
    await practice.ok('PATCH', 'settings', { scheduling: { maxUpcomingVisits: 3 } });
    const { place, chairIds, people } = await practice.team();
    const reason = await practice.reason(people, chairIds);
    const lee = await visitor();
    const every = { reasonId: reason.id, weeks: 1 };
    const [four] = await options(lee, 'series-slots', { every: { ...every, count: 4 } });
    const long = await hold(lee, idsOf(four));
    const refused = await book(lee, long.body.id, [person('Lee', '1985-02-03', 'Solo')]);
    expect([refused.status, refused.body.code, refused.body.detail]).toEqual([
      ...[422, 'policy_refused', expect.stringContaining('3 visits to come')],
    ]);
    expect(await practice.visitsAt(place.id)).toEqual([]);
    await lee.send('POST', `/v1/widget/holds/groups/${long.body.id}/release`);

    // Twelve sessions at once, one person: series of two and single visits, on other days each.
    const who = { ...somebody(), dateOfBirth: '1990-04-23' };
    const held = await Promise.all(
      Array.from({ length: 12 }, async (_, week) => {
        const one = await visitor();
        const from = new Date(Date.parse(TUE) + (1 + (week % 3)) * 86_400_000).toISOString().slice(0, 10);
        const found = await options(one, 'series-slots', { from, every: { ...every, count: 2 } });
        const slots = idsOf(found[Math.floor(week / 3)]);
        if (week % 2) return { one, hold: await hold(one, slots) };
        return { one, single: await one.hold(slots[0] as string) };
      }),
    );
    const outcomes = await Promise.all(
      held.map(({ one, hold: group, single }) =>
        group ? book(one, group.body.id, [{ patientType: 'new', patient: who }]) : one.book(single.body.id, who),
      ),
    );
    const codes = new Set(outcomes.map(({ status, body }) => `${status} ${(body as Json).code ?? ''}`));
    expect(codes).toEqual(new Set(['201 ', '422 policy_refused']));
    const booked = await practice.visitsAt(place.id);
    expect(new Set(booked.map(({ patientId }) => patientId)).size).toBe(1);
    expect([booked.length, overlapsIn(booked)]).toEqual([3, []]);
    const patientId = booked[0]?.patientId;
    const [slot] = await practice.slots(reason.id, '2027-03-19');
    await practice.ok('POST', 'appointments', { slotId: slot.id, patientId, patientType: 'new' });
    await practice.ok('PATCH', 'settings', { scheduling: { maxUpcomingVisits: 12 } });
  });
});
