import { ManualClock } from '../src/kernel/index.js';
import type { ApiAnswer } from './harness/api.js';
import { codeOf, GroupPractice, idsOf, localsOf, optionAt, returning } from './harness/group-practice.js';
import { request } from './harness/http.js';
import { overlapsIn } from './oracles/overlaps.js';

/** Monday 8 March 2027, 06:00 in Chicago, of a week in which the clocks go forward on Sunday. */
const MONDAY_MORNING = Date.parse('2027-03-08T12:00:00Z');
const TUE = '2027-03-09';
const WED = '2027-03-10';
const SAT = '2027-03-13';

type Json = ApiAnswer['body'];

describe('bookings of groups', () => {
  const clock = new ManualClock(MONDAY_MORNING);
  const practice = new GroupPractice();
  let patients: string[];

  beforeAll(async () => {
    await practice.start(clock);
    patients = await Promise.all(['Ada', 'Ben', 'Cy', 'Dee'].map((name) => practice.patient(name)));
  }, 60_000);
  beforeEach(() => clock.set(MONDAY_MORNING));
  afterAll(() => practice.app.stop());

  async function heldFamily(count: number, more: object = {}) {
    const team = await practice.team();
    const reason = await practice.reason(team.people, team.chairIds, more);
    const members = Array.from({ length: count }, () => ({ reasonId: reason.id }));
    const [option] = await practice.groups(TUE, members, { maxWaitMinutes: 0 });
    return { ...team, reason, option, held: await practice.holdAll(idsOf(option)) };
  }

  it('books all visits once, as a group whose visits can still be changed alone', async () => {
    const { place, reason, held } = await heldFamily(3);
    const visits = returning(patients.slice(0, 3));
    const key = { authorization: `Bearer ${practice.apiKey}`, 'idempotency-key': 'family-once' };
    const url = `${practice.baseUrl}/v1/appointments/groups`;
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => request<Json>('POST', url, { groupHoldId: held.id, visits }, key)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    const group = answers[0]?.body;
    expect(group.appointments.map((one: Json) => [one.patientId, one.status, one.groupId])).toEqual(
      patients.slice(0, 3).map((id) => [id, 'booked', group.id]),
    );
    const booked = await practice.visitsAt(place.id);
    expect([booked.length, overlapsIn(booked)]).toEqual([3, []]);
    expect(await practice.takenAt(place.id)).toEqual(new Set(booked.map(({ _id }) => _id)));
    const events = await practice.db
      .collection('events')
      .find({ 'subject.id': { $in: booked.map(({ _id }) => _id) } })
      .toArray();
    expect(events.map(({ type }) => type)).toEqual(Array(3).fill('appointment.booked'));
    const list = () => practice.ok('GET', `appointments?groupId=${group.id}`);
    expect((await list()).data).toHaveLength(3);
    const [first, second] = group.appointments;
    const slot = (await practice.slots(reason.id, WED))[0];
    await practice.ok('POST', `appointments/${first.id}/reschedule`, { slotId: slot.id });
    await practice.ok('POST', `appointments/${second.id}/cancel`, { reason: 'patient_ill' });
    const rest = await practice.ok('POST', `appointments/groups/${group.id}/cancel`, {
      reason: 'patient_cannot_come',
    });
    const reasons = new Map(rest.appointments.map((one: Json) => [one.id, [one.status, one.cancelReason]]));
    expect([reasons.get(first.id), reasons.get(second.id)]).toEqual([
      ['cancelled', 'patient_cannot_come'],
      ['cancelled', 'patient_ill'],
    ]);
    expect((await list()).data.map((one: Json) => one.status)).toEqual(Array(3).fill('cancelled'));
    expect(await practice.takenAt(place.id)).toEqual(new Set());
    const again = practice.call('POST', `appointments/groups/${group.id}/cancel`, { reason: 'other' });
    expect(await codeOf(again)).toEqual([409, 'wrong_transition']);
  });

  it('refuses the whole group for what is wrong with one visit, and says with which', async () => {
    const { place, option, held } = await heldFamily(2, { minAge: 18 });
    const child = await practice.ok('POST', 'patients', {
      ...{ firstName: 'Eve', lastName: 'Lane', dateOfBirth: '2015-04-23', email: 'eve@example.com' },
    });
    const [one, two] = returning(patients) as [object, object];
    const nobody = `${child.id.slice(0, -4)}0000`;
    const referrerId = `ref_${'0'.repeat(26)}`;
    expect(await codeOf(practice.bookAll(held.id, [one, { ...two, patientId: child.id }]))).toEqual([
      422,
      'policy_refused',
      '/visits/1',
    ]);
    expect(await codeOf(practice.bookAll(held.id, [one, { ...two, patientId: nobody }]))).toEqual([
      404,
      'not_found',
      '/visits/1/patientId',
    ]);
    expect(await codeOf(practice.bookAll(held.id, [one, { ...two, referrerId }]))).toEqual([
      400,
      'invalid_request',
      '/visits/1/referrerId',
    ]);
    const alone = { slotId: option?.slots[0]?.id, patientId: child.id, patientType: 'new', referrerId };
    expect(await codeOf(practice.call('POST', 'appointments', alone))).toEqual([400, 'invalid_request', '/referrerId']);
    expect(await codeOf(practice.bookAll(held.id, [one, two, one]))).toEqual([400, 'invalid_request', '/visits']);
    expect(await codeOf(practice.bookAll(held.id, [one, one]))).toEqual([400, 'invalid_request', '/visits/1']);
    const stranger = await practice.ok('POST', 'api-keys', {
      name: 'Other',
      mode: 'test',
      permissions: ['schedule:write', 'schedule:read'],
    });
    const url = `${practice.baseUrl}/v1/appointments/groups`;
    const theirs = request<Json>(
      'POST',
      url,
      { groupHoldId: held.id, visits: [one, two] },
      { authorization: `Bearer ${stranger.secret}` },
    );
    expect(await codeOf(theirs)).toEqual([409, 'hold_expired']);
    expect(await practice.visitsAt(place.id)).toEqual([]);
    expect((await practice.bookAll(held.id, [one, two])).status).toBe(201);
  });

  it('books a series for one patient over many days', async () => {
    const { place, chairIds, people } = await practice.team();
    const reason = await practice.reason(people, chairIds);
    const options = await practice.series(TUE, { every: { reasonId: reason.id, weeks: 2, count: 6 } });
    const held = await practice.holdAll(idsOf(optionAt(options, '10:00')));
    const { body, status } = await practice.bookAll(held.id, returning(patients.slice(0, 1)));
    expect(status).toBe(201);
    const dates = [TUE, '2027-03-23', '2027-04-06', '2027-04-20', '2027-05-04', '2027-05-18'];
    expect(body.appointments.map((one: Json) => one.time.local)).toEqual(dates.map((date) => `${date}T10:00`));
    expect(new Set(body.appointments.map((one: Json) => one.patientId))).toEqual(new Set(patients.slice(0, 1)));
    // A taken visit in the middle: none of the others is held.
    const free = idsOf(optionAt(options, '11:00'));
    await practice.ok('PATCH', `locations/${place.id}`, { exceptions: [{ date: dates[3], hours: [] }] });
    const before = await practice.takenAt(place.id);
    const refused = practice.call('POST', 'holds/groups', { slotIds: free });
    expect(await codeOf(refused)).toEqual([409, 'slot_taken', '/slotIds/3']);
    expect(await practice.takenAt(place.id)).toEqual(before);
  });

  it('takes the pages on both sides of midnight together, on the night when clocks change', async () => {
    const night = [
      { weekday: 6, start: '22:00', end: '24:00' },
      { weekday: 0, start: '00:00', end: '04:00' },
    ];
    const place = await practice.location({ hours: night });
    const chairs = [await practice.operatory(place.id), await practice.operatory(place.id)];
    const chairIds = chairs.map(({ id }) => id as string);
    // Who works in two places has pages of their own, of UTC days: the night lies on one of them, the local days do not.
    const elsewhere = await practice.location();
    const ann = await practice.provider([place.id, elsewhere.id], chairIds);
    const bob = await practice.provider([place.id], chairIds);
    const buffers = { beforeMinutes: 15, afterMinutes: 15, on: 'both', pastHours: true };
    const late = await practice.reason([ann.id, bob.id], chairIds, { buffers });
    const members = [{ reasonId: late.id }, { reasonId: late.id }];
    const options = await practice.groups(SAT, members, { days: 2, arrangement: 'parallel', maxWaitMinutes: 0 });
    expect(options.map(localsOf).map(([local]) => local?.slice(5))).toEqual([
      ...['22:00', '22:30', '23:00', '23:30'].map((time) => `03-13T${time}`),
      ...['00:00', '00:30', '01:00', '01:30', '03:00', '03:30'].map((time) => `03-14T${time}`),
    ]);
    const last = await practice.holdAll(idsOf(options[3]));
    const dates = async (ref: string) =>
      (await practice.db.collection('pages').find({ 'entries.ref': ref }).toArray()).map(({ placeId, date }) => [
        placeId,
        date,
      ]);
    const { body, status } = await practice.bookAll(last.id, returning(patients.slice(0, 2)));
    expect(status).toBe(201);
    const pages = (await Promise.all(body.appointments.map(({ id }: Json) => dates(id)))).flat();
    const on = (placeId: string) =>
      pages
        .filter(([id]) => id === placeId)
        .map(([, date]) => date)
        .sort();
    expect([on(place.id), on(ann.id)]).toEqual([[SAT, SAT, '2027-03-14', '2027-03-14'], ['2027-03-14']]);
    // The buffers of 23:30 reach to 00:15.
    const next = await practice.groups('2027-03-14', members, { arrangement: 'parallel', maxWaitMinutes: 0 });
    expect(localsOf(next[0])[0]).toBe('2027-03-14T00:30');
    const refused = practice.call('POST', 'holds/groups', {
      slotIds: [...idsOf(next[0]).slice(0, 1), idsOf(options[4])[1]],
    });
    expect(await codeOf(refused)).toEqual([409, 'slot_taken', '/slotIds/1']);
    const taken = await practice.takenAt(place.id);
    expect(taken).toEqual(new Set(body.appointments.map(({ id }: Json) => id)));
    await practice.ok('POST', `appointments/groups/${body.id}/cancel`, { reason: 'other' });
    expect([await practice.takenAt(place.id), await practice.takenAt(ann.id)]).toEqual([new Set(), new Set()]);
  });
});
