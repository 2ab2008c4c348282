import mongoose from 'mongoose';
import { ManualClock } from '../src/kernel/index.js';
import { Persistence } from '../src/persistence/index.js';
import type { ApiAnswer } from './harness/api.js';
import { request } from './harness/http.js';
import { PracticeUnderTest } from './harness/practice.js';
import { overlapsIn, type StoredVisit } from './oracles/overlaps.js';

/** Monday 8 March 2027, 06:00 in Chicago, of a week in which the clocks go forward on Sunday. */
const MONDAY_MORNING = Date.parse('2027-03-08T12:00:00Z');
const TUE = '2027-03-09';
const WED = '2027-03-10';
const SAT = '2027-03-13';

type Json = ApiAnswer['body'];

interface Option {
  start: string;
  end: string;
  slots: { id: string; start: string; local: string; providerId: string; reasonId: string }[];
}

describe('visit groups', () => {
  const clock = new ManualClock(MONDAY_MORNING);
  const practice = new PracticeUnderTest();
  let patients: string[];

  beforeAll(async () => {
    await practice.start(clock);
    patients = await Promise.all(['Ada', 'Ben', 'Cy', 'Dee'].map(patient));
  }, 60_000);
  beforeEach(() => clock.set(MONDAY_MORNING));
  afterAll(() => practice.app.stop());

  const db = () => practice.app.app.get(Persistence).connection.db!;

  async function patient(firstName: string): Promise<string> {
    const email = `${firstName.toLowerCase()}@example.com`;
    const made = await practice.ok('POST', 'patients', {
      firstName,
      lastName: 'Lane',
      dateOfBirth: '1990-04-23',
      email,
    });
    return made.id as string;
  }

  async function search(members: object[], more: object = {}): Promise<Option[]> {
    const body = { members, from: TUE, days: 1, optionsPerDay: 50, ...more };
    const { days } = await practice.ok('POST', 'availability/groups', body);
    return days.flatMap((day: { options: Option[] }) => day.options);
  }

  async function searchSeries(body: object): Promise<Option[]> {
    const { days } = await practice.ok('POST', 'availability/series', {
      from: TUE,
      days: 1,
      optionsPerDay: 50,
      ...body,
    });
    return days.flatMap((day: { options: Option[] }) => day.options);
  }

  const idsOf = (option: Option | undefined): string[] => (option?.slots ?? []).map(({ id }) => id);
  const localsOf = (option: Option | undefined): string[] => (option?.slots ?? []).map(({ local }) => local);
  const optionAt = (options: Option[], time: string): Option => {
    const found = options.find(({ slots }) => slots.some(({ local }) => local.endsWith(`T${time}`)));
    if (!found) throw new Error(`no option at ${time}`);
    return found;
  };
  const holdAll = (slotIds: string[]): Promise<Json> => practice.ok('POST', 'holds/groups', { slotIds });
  const visitors = (count: number): object[] =>
    patients.slice(0, count).map((patientId) => ({ patientId, patientType: 'returning' }));
  const book = (groupHoldId: string, visits: object[]) =>
    practice.call('POST', 'appointments/groups', { groupHoldId, visits });

  /** Refs of all that stands on the pages of a place. */
  async function takenAt(placeId: string): Promise<Set<string>> {
    const pages = await db().collection('pages').find({ placeId }).toArray();
    return new Set(pages.flatMap(({ entries }) => (entries as { ref: string }[]).map(({ ref }) => ref)));
  }

  async function stored(
    placeId: string,
    statuses = ['requested', 'booked', 'confirmed'],
  ): Promise<(StoredVisit & { _id: string })[]> {
    const filter = { locationId: placeId, status: { $in: statuses } };
    return db().collection<StoredVisit & { _id: string }>('appointments').find(filter).toArray();
  }

  async function codeOf(answer: Promise<ApiAnswer>): Promise<unknown[]> {
    const { status, body } = await answer;
    return [status, body.code, ...(body.errors ?? []).map(({ pointer }: { pointer: string }) => pointer)];
  }

  describe('search', () => {
    it('finds times in parallel chairs, one after the other, or mixed, with one query of the book', async () => {
      const { chairIds, people } = await practice.team();
      const reason = await practice.reason(people, chairIds);
      const members = [{ reasonId: reason.id }, { reasonId: reason.id }];
      const queries: string[] = [];
      mongoose.set('debug', (collection: string, method: string) => void queries.push(`${collection}.${method}`));
      const side = await search(members, { arrangement: 'parallel', maxWaitMinutes: 0 });
      mongoose.set('debug', false);
      expect(queries.filter((query) => query.startsWith('pages.'))).toEqual(['pages.find']);
      expect(side.map(localsOf)).toEqual(
        ['09:00', '09:30', '10:00', '10:30', '11:00', '11:30'].map((time) => [`${TUE}T${time}`, `${TUE}T${time}`]),
      );
      for (const { slots } of side) expect(new Set(slots.map(({ providerId }) => providerId)).size).toBe(2);
      const after = await search(members, { arrangement: 'adjacent', maxWaitMinutes: 0 });
      expect(after.map(localsOf)[0]).toEqual([`${TUE}T09:00`, `${TUE}T09:30`]);
      expect(after).toHaveLength(5);
      const three = [...members, { reasonId: reason.id }];
      expect(await search(three, { arrangement: 'parallel', maxWaitMinutes: 0 })).toEqual([]);
      const mixed = await search(three, { arrangement: 'together', maxWaitMinutes: 0 });
      expect([mixed.length, mixed[0]?.start, mixed[0]?.end]).toEqual([5, `${TUE}T15:00:00Z`, `${TUE}T16:00:00Z`]);
      const few = await search(members, { arrangement: 'parallel', optionsPerDay: 2 });
      expect(few.map(({ start }) => start)).toEqual([`${TUE}T15:00:00Z`, `${TUE}T17:30:00Z`]);
    });

    it('offers nothing that cannot be held: buffers, patterns, a second provider, limits, ages', async () => {
      const { place, chairIds, ann, people } = await practice.team();
      const dentist = await practice.provider([place.id], []);
      const buffers = { beforeMinutes: 10, afterMinutes: 10, on: 'both', pastHours: true };
      const assist = { providerIds: [dentist.id], minutes: 10, fromMinute: 0, toMinute: 30 };
      const exam = await practice.reason(people, chairIds, { buffers, assist, stepMinutes: 5 });
      const pattern = { pattern: 'X//X', durationMinutes: undefined, stepMinutes: 5 };
      const shared = await practice.reason([ann.id], chairIds, pattern);
      const adults = await practice.reason(people, chairIds, { minAge: 18 });
      const of = (...reasons: Json[]) => reasons.map(({ id }) => ({ reasonId: id as string }));
      for (const members of [of(exam, exam), of(shared, shared), of(exam, shared, exam)]) {
        for (const arrangement of ['parallel', 'adjacent', 'together']) {
          const options = await search(members, { arrangement, maxWaitMinutes: 30, optionsPerDay: 4 });
          for (const option of options) {
            const { id } = await holdAll(idsOf(option));
            await practice.ok('POST', `holds/groups/${id}/release`);
          }
          expect([arrangement, options.length]).toEqual([arrangement, 4]);
        }
      }
      expect(await takenAt(place.id)).toEqual(new Set());
      const [one] = await search(of(shared, shared), { arrangement: 'parallel', maxWaitMinutes: 5 });
      expect(new Set(one?.slots.map(({ providerId }) => providerId))).toEqual(new Set([ann.id]));
      const family = [{ reasonId: adults.id }, { reasonId: adults.id, dateOfBirth: '2015-01-01' }];
      expect(await search(family)).toEqual([]);
      await practice.ok('PATCH', `locations/${place.id}`, { maxVisitsPerDay: 2 });
      expect(await search(of(exam, exam))).not.toEqual([]);
      expect(await search(of(exam, exam, exam))).toEqual([]);
    });

    it('finds series that keep to provider, weekday and time of day, across a change of clocks', async () => {
      const { place, chairIds, ann, people } = await practice.team();
      const reason = await practice.reason(people, chairIds);
      const every = { reasonId: reason.id, weeks: 2, count: 3, toleranceDays: 2 };
      const queries: string[] = [];
      mongoose.set('debug', (collection: string, method: string) => void queries.push(`${collection}.${method}`));
      const options = await searchSeries({ every });
      mongoose.set('debug', false);
      expect(queries.filter((query) => query.startsWith('pages.'))).toEqual(['pages.find']);
      const dates = [TUE, '2027-03-23', '2027-04-06'];
      expect(options.map(localsOf)[1]).toEqual(dates.map((date) => `${date}T09:30`));
      // Chicago is six hours behind before the 14th, five after it.
      expect(optionAt(options, '09:30').slots.map(({ start }) => start.slice(11))).toEqual([
        '15:30:00Z',
        '14:30:00Z',
        '14:30:00Z',
      ]);
      expect(options.every(({ slots }) => new Set(slots.map(({ providerId }) => providerId)).size === 1)).toBe(true);
      await practice.ok('PATCH', `locations/${place.id}`, { exceptions: [{ date: dates[1], hours: [] }] });
      const around = await searchSeries({ every });
      expect(localsOf(around[0])).toEqual([
        `${TUE}T09:00`,
        expect.stringMatching(/^2027-03-2[24]T09:00$/),
        `${dates[2]}T09:00`,
      ]);
      const exact = { reasonId: reason.id, afterDays: 14 };
      expect(await searchSeries({ visits: [{ reasonId: reason.id }, exact] })).toEqual([]);
      const own = { reasonId: reason.id, providerId: ann.id };
      const [two] = await searchSeries({ visits: [own, { ...own, afterDays: 7, toleranceDays: 1 }] });
      expect([localsOf(two), two?.slots.map(({ providerId }) => providerId)]).toEqual([
        [`${TUE}T09:00`, '2027-03-16T09:00'],
        [ann.id, ann.id],
      ]);
    });

    it('refuses searches that make no sense, and knows nothing of others', async () => {
      const { chairIds, people } = await practice.team();
      const { id: reasonId } = await practice.reason(people, chairIds);
      const series = (body: object) => codeOf(practice.call('POST', 'availability/series', body));
      const visits = (...later: object[]) => ({
        visits: [{ reasonId }, ...later.map((one) => ({ reasonId, ...one }))],
      });
      const bad = 'invalid_request';
      expect(await series({})).toEqual([400, bad, '/visits']);
      expect(await series({ ...visits({ afterDays: 7 }), every: { reasonId, weeks: 1, count: 2 } })).toEqual([
        ...[400, bad, '/visits'],
      ]);
      expect(await series(visits({}))).toEqual([400, bad, '/visits/1/afterDays']);
      expect(await series(visits({ afterDays: 3, toleranceDays: 3 }))).toEqual([400, bad, '/visits/1/toleranceDays']);
      expect(await series(visits({ afterDays: 300 }, { afterDays: 300 }))).toEqual([400, bad, '/visits']);
      expect(await series({ every: { reasonId, weeks: 26, count: 12 } })).toEqual([400, bad, '/every']);
      expect(
        await series({
          visits: [
            { reasonId, afterDays: 1 },
            { reasonId, afterDays: 1 },
          ],
        }),
      ).toEqual([...[400, bad, '/visits/0/afterDays']]);
      const nobody = `${reasonId.slice(0, -4)}0000`;
      const group = (members: object[], more = {}) =>
        codeOf(practice.call('POST', 'availability/groups', { members, ...more }));
      expect(await group([{ reasonId }, { reasonId: nobody }])).toEqual([404, 'not_found']);
      expect(await group([{ reasonId }])).toEqual([400, bad, '/members']);
      expect(await group([{ reasonId }, { reasonId }], { from: '9999-12-31' })).toEqual([400, bad, '/from']);
    });
  });

  describe('hold', () => {
    it('takes all or nothing, and says which slot is not free, with others that leave the family its times', async () => {
      const { place, chairIds, ann, bob, people } = await practice.team();
      const reason = await practice.reason(people, chairIds);
      const slots = await practice.slots(reason.id, TUE, '&anyProvider=false');
      const at = (time: string, who: Json): string =>
        slots.find((one) => one.local === `${TUE}T${time}` && one.providerId === who.id).id;
      const other = await practice.hold(at('10:00', bob));
      const wanted = [at('10:00', ann), at('10:00', bob), at('10:30', ann)];
      const refused = await practice.call('POST', 'holds/groups', { slotIds: wanted });
      expect([refused.status, refused.body.code, refused.body.errors[0].pointer]).toEqual([
        409,
        'slot_taken',
        '/slotIds/1',
      ]);
      expect(await takenAt(place.id)).toEqual(new Set([other.id]));
      expect(refused.body.alternatives).toHaveLength(3);
      for (const { id } of refused.body.alternatives) {
        const held = await holdAll([wanted[0] as string, id, wanted[2] as string]);
        await practice.ok('POST', `holds/groups/${held.id}/release`);
      }
      const twice = await codeOf(
        practice.call('POST', 'holds/groups', { slotIds: [at('09:00', ann), wanted[2], at('09:00', ann)] }),
      );
      expect(twice).toEqual([400, 'invalid_request', '/slotIds']);
      // Both slots name the first chair; there is another one.
      const [one, two] = [at('11:00', ann), at('11:00', bob)];
      expect((await holdAll([one, two])).visits).toHaveLength(2);
      expect(overlapsIn(await stored(place.id))).toEqual([]);
      const nobody = `slt_${'0'.repeat(104)}1`;
      expect(await codeOf(practice.call('POST', 'holds/groups', { slotIds: [one, nobody] }))).toEqual([
        404,
        'not_found',
      ]);
    });

    it('refuses a slot that only another slot of the same group stands against', async () => {
      const { place, chairIds, ann } = await practice.team();
      const [half, hour] = [
        await practice.reason([ann.id], chairIds),
        await practice.reason([ann.id], chairIds, { durationMinutes: 60 }),
      ];
      const [short] = await practice.slots(half.id, TUE);
      const [long] = await practice.slots(hour.id, TUE);
      const refused = await practice.call('POST', 'holds/groups', { slotIds: [long.id, short.id] });
      expect([refused.status, refused.body.errors[0].pointer]).toEqual([409, '/slotIds/1']);
      expect(refused.body.alternatives.map(({ local }: Json) => local)).toEqual(
        ['10:00', '10:30', '11:00'].map((time) => `${TUE}T${time}`),
      );
      expect(await takenAt(place.id)).toEqual(new Set());
    });

    it('is lengthened once, ends as a whole, and gives everything back', async () => {
      const { place, chairIds, people } = await practice.team();
      const reason = await practice.reason(people, chairIds);
      const options = await search([{ reasonId: reason.id }, { reasonId: reason.id }], { arrangement: 'parallel' });
      const held = await holdAll(idsOf(options[0]));
      expect(Date.parse(held.expiresAt)).toBe(MONDAY_MORNING + 10 * 60_000);
      const longer = await practice.ok('POST', `holds/groups/${held.id}/extend`);
      expect(Date.parse(longer.expiresAt)).toBe(MONDAY_MORNING + 20 * 60_000);
      expect(await codeOf(practice.call('POST', `holds/groups/${held.id}/extend`))).toEqual([409, 'conflict']);
      clock.set(MONDAY_MORNING + 20 * 60_000 - 1);
      expect(await practice.times(reason.id, TUE)).not.toContain('09:00');
      clock.advance(1);
      expect(await practice.times(reason.id, TUE)).toContain('09:00');
      expect(await codeOf(book(held.id, visitors(2)))).toEqual([409, 'hold_expired']);
      expect(await codeOf(practice.call('POST', `holds/groups/${held.id}/release`))).toEqual([404, 'not_found']);
      const again = await holdAll(idsOf(options[0]));
      await practice.ok('POST', `holds/groups/${again.id}/release`);
      expect((await takenAt(place.id)).size).toBe(2);
      expect(await stored(place.id)).toEqual([]);
    });
  });

  describe('booking', () => {
    async function heldFamily(count: number, more: object = {}) {
      const team = await practice.team();
      const reason = await practice.reason(team.people, team.chairIds, more);
      const members = Array.from({ length: count }, () => ({ reasonId: reason.id }));
      const [option] = await search(members, { maxWaitMinutes: 0 });
      return { ...team, reason, option, held: await holdAll(idsOf(option)) };
    }

    it('books all visits once, as a group whose visits can still be changed alone', async () => {
      const { place, reason, held } = await heldFamily(3);
      const visits = visitors(3);
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
      const booked = await stored(place.id);
      expect([booked.length, overlapsIn(booked)]).toEqual([3, []]);
      expect(await takenAt(place.id)).toEqual(new Set(booked.map(({ _id }) => _id)));
      const events = await db()
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
      expect(await takenAt(place.id)).toEqual(new Set());
      const again = practice.call('POST', `appointments/groups/${group.id}/cancel`, { reason: 'other' });
      expect(await codeOf(again)).toEqual([409, 'wrong_transition']);
    });

    it('refuses the whole group for what is wrong with one visit, and says with which', async () => {
      const { place, held } = await heldFamily(2, { minAge: 18 });
      const child = await practice.ok('POST', 'patients', {
        ...{ firstName: 'Eve', lastName: 'Lane', dateOfBirth: '2015-04-23', email: 'eve@example.com' },
      });
      const [one, two] = visitors(2) as [object, object];
      const nobody = `${child.id.slice(0, -4)}0000`;
      expect(await codeOf(book(held.id, [one, { ...two, patientId: child.id }]))).toEqual([
        422,
        'policy_refused',
        '/visits/1',
      ]);
      expect(await codeOf(book(held.id, [one, { ...two, patientId: nobody }]))).toEqual([
        404,
        'not_found',
        '/visits/1/patientId',
      ]);
      expect(await codeOf(book(held.id, [one, two, one]))).toEqual([400, 'invalid_request', '/visits']);
      expect(await codeOf(book(held.id, [one, one]))).toEqual([400, 'invalid_request', '/visits/1']);
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
      expect(await stored(place.id)).toEqual([]);
      expect((await book(held.id, [one, two])).status).toBe(201);
    });

    it('books a series for one patient over many days', async () => {
      const { place, chairIds, people } = await practice.team();
      const reason = await practice.reason(people, chairIds);
      const options = await searchSeries({ every: { reasonId: reason.id, weeks: 2, count: 6 } });
      const held = await holdAll(idsOf(optionAt(options, '10:00')));
      const { body, status } = await book(held.id, visitors(1));
      expect(status).toBe(201);
      const dates = [TUE, '2027-03-23', '2027-04-06', '2027-04-20', '2027-05-04', '2027-05-18'];
      expect(body.appointments.map((one: Json) => one.time.local)).toEqual(dates.map((date) => `${date}T10:00`));
      expect(new Set(body.appointments.map((one: Json) => one.patientId))).toEqual(new Set(patients.slice(0, 1)));
      // A taken visit in the middle: none of the others is held.
      const free = idsOf(optionAt(options, '11:00'));
      await practice.ok('PATCH', `locations/${place.id}`, { exceptions: [{ date: dates[3], hours: [] }] });
      const before = await takenAt(place.id);
      const refused = practice.call('POST', 'holds/groups', { slotIds: free });
      expect(await codeOf(refused)).toEqual([409, 'slot_taken', '/slotIds/3']);
      expect(await takenAt(place.id)).toEqual(before);
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
      const options = await search(members, { from: SAT, days: 2, arrangement: 'parallel', maxWaitMinutes: 0 });
      expect(options.map(localsOf).map(([local]) => local?.slice(5))).toEqual([
        ...['22:00', '22:30', '23:00', '23:30'].map((time) => `03-13T${time}`),
        ...['00:00', '00:30', '01:00', '01:30', '03:00', '03:30'].map((time) => `03-14T${time}`),
      ]);
      const last = await holdAll(idsOf(options[3]));
      const dates = async (ref: string) =>
        (await db().collection('pages').find({ 'entries.ref': ref }).toArray()).map(({ placeId, date }) => [
          placeId,
          date,
        ]);
      const { body, status } = await book(last.id, visitors(2));
      expect(status).toBe(201);
      const pages = (await Promise.all(body.appointments.map(({ id }: Json) => dates(id)))).flat();
      const on = (placeId: string) =>
        pages
          .filter(([id]) => id === placeId)
          .map(([, date]) => date)
          .sort();
      expect([on(place.id), on(ann.id)]).toEqual([[SAT, SAT, '2027-03-14', '2027-03-14'], ['2027-03-14']]);
      // The buffers of 23:30 reach to 00:15.
      const next = await search(members, { from: '2027-03-14', arrangement: 'parallel', maxWaitMinutes: 0 });
      expect(localsOf(next[0])[0]).toBe('2027-03-14T00:30');
      const refused = practice.call('POST', 'holds/groups', {
        slotIds: [...idsOf(next[0]).slice(0, 1), idsOf(options[4])[1]],
      });
      expect(await codeOf(refused)).toEqual([409, 'slot_taken', '/slotIds/1']);
      const taken = await takenAt(place.id);
      expect(taken).toEqual(new Set(body.appointments.map(({ id }: Json) => id)));
      await practice.ok('POST', `appointments/groups/${body.id}/cancel`, { reason: 'other' });
      expect([await takenAt(place.id), await takenAt(ann.id)]).toEqual([new Set(), new Set()]);
    });
  });
});
