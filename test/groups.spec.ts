import { ManualClock } from '../src/kernel/index.js';
import type { ApiAnswer } from './harness/api.js';
import { codeOf, GroupPractice, idsOf, localsOf, optionAt, returning, type Option } from './harness/group-practice.js';
import { request } from './harness/http.js';
import { questionsDuring } from './harness/database-questions.js';
import { overlapsIn } from './oracles/overlaps.js';

/** Monday 8 March 2027, 06:00 in Chicago, of a week in which the clocks go forward on Sunday. */
const MONDAY_MORNING = Date.parse('2027-03-08T12:00:00Z');
const TUE = '2027-03-09';

type Json = ApiAnswer['body'];

describe('visits that go together', () => {
  const clock = new ManualClock(MONDAY_MORNING);
  const practice = new GroupPractice();

  beforeAll(() => practice.start(clock), 60_000);
  beforeEach(() => clock.set(MONDAY_MORNING));
  afterAll(() => practice.app.stop());

  describe('search', () => {
    it('finds times in parallel chairs, one after the other, or mixed, with one query of the book', async () => {
      const { chairIds, people } = await practice.team();
      const reason = await practice.reason(people, chairIds);
      const members = [{ reasonId: reason.id }, { reasonId: reason.id }];
      const { result: side, questions } = await questionsDuring(() =>
        practice.groups(TUE, members, { arrangement: 'parallel', maxWaitMinutes: 0 }),
      );
      expect(questions.filter((query) => query.startsWith('pages.'))).toEqual(['pages.find']);
      expect(side.map(localsOf)).toEqual(
        ['09:00', '09:30', '10:00', '10:30', '11:00', '11:30'].map((time) => [`${TUE}T${time}`, `${TUE}T${time}`]),
      );
      for (const { slots } of side) expect(new Set(slots.map(({ providerId }) => providerId)).size).toBe(2);
      const after = await practice.groups(TUE, members, { arrangement: 'adjacent', maxWaitMinutes: 0 });
      expect(after.map(localsOf)[0]).toEqual([`${TUE}T09:00`, `${TUE}T09:30`]);
      expect(after).toHaveLength(5);
      const three = [...members, { reasonId: reason.id }];
      expect(await practice.groups(TUE, three, { arrangement: 'parallel', maxWaitMinutes: 0 })).toEqual([]);
      const mixed = await practice.groups(TUE, three, { arrangement: 'together', maxWaitMinutes: 0 });
      expect([mixed.length, mixed[0]?.start, mixed[0]?.end]).toEqual([5, `${TUE}T15:00:00Z`, `${TUE}T16:00:00Z`]);
      const few = await practice.groups(TUE, members, { arrangement: 'parallel', optionsPerDay: 2 });
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
          const options = await practice.groups(TUE, members, { arrangement, maxWaitMinutes: 30, optionsPerDay: 4 });
          for (const option of options) {
            const { id } = await practice.holdAll(idsOf(option));
            await practice.ok('POST', `holds/groups/${id}/release`);
          }
          expect([arrangement, options.length]).toEqual([arrangement, 4]);
        }
      }
      expect(await practice.takenAt(place.id)).toEqual(new Set());
      const [one] = await practice.groups(TUE, of(shared, shared), { arrangement: 'parallel', maxWaitMinutes: 5 });
      expect(new Set(one?.slots.map(({ providerId }) => providerId))).toEqual(new Set([ann.id]));
      const family = [{ reasonId: adults.id }, { reasonId: adults.id, dateOfBirth: '2015-01-01' }];
      expect(await practice.groups(TUE, family)).toEqual([]);
      await practice.ok('PATCH', `locations/${place.id}`, { maxVisitsPerDay: 2 });
      expect(await practice.groups(TUE, of(exam, exam))).not.toEqual([]);
      expect(await practice.groups(TUE, of(exam, exam, exam))).toEqual([]);
    });

    it('finds series that keep to provider, weekday and time of day, across a change of clocks', async () => {
      const { place, chairIds, ann, people } = await practice.team();
      const reason = await practice.reason(people, chairIds);
      const every = { reasonId: reason.id, weeks: 2, count: 3, toleranceDays: 2 };
      const { result: options, questions } = await questionsDuring(() => practice.series(TUE, { every }));
      expect(questions.filter((query) => query.startsWith('pages.'))).toEqual(['pages.find']);
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
      const around = await practice.series(TUE, { every });
      expect(localsOf(around[0])).toEqual([
        `${TUE}T09:00`,
        expect.stringMatching(/^2027-03-2[24]T09:00$/),
        `${dates[2]}T09:00`,
      ]);
      const exact = { reasonId: reason.id, afterDays: 14 };
      expect(await practice.series(TUE, { visits: [{ reasonId: reason.id }, exact] })).toEqual([]);
      const own = { reasonId: reason.id, providerId: ann.id };
      const [two] = await practice.series(TUE, { visits: [own, { ...own, afterDays: 7, toleranceDays: 1 }] });
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
      expect(await practice.takenAt(place.id)).toEqual(new Set([other.id]));
      expect(refused.body.alternatives).toHaveLength(3);
      for (const { id } of refused.body.alternatives) {
        const held = await practice.holdAll([wanted[0] as string, id, wanted[2] as string]);
        await practice.ok('POST', `holds/groups/${held.id}/release`);
      }
      const twice = await codeOf(
        practice.call('POST', 'holds/groups', { slotIds: [at('09:00', ann), wanted[2], at('09:00', ann)] }),
      );
      expect(twice).toEqual([400, 'invalid_request', '/slotIds']);
      // Both slots name the first chair; there is another one.
      const [one, two] = [at('11:00', ann), at('11:00', bob)];
      expect((await practice.holdAll([one, two])).visits).toHaveLength(2);
      expect(overlapsIn(await practice.visitsAt(place.id))).toEqual([]);
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
      expect(await practice.takenAt(place.id)).toEqual(new Set());
    });

    it('is lengthened once, ends as a whole, and gives everything back', async () => {
      const { place, chairIds, people } = await practice.team();
      const reason = await practice.reason(people, chairIds);
      const options = await practice.groups(TUE, [{ reasonId: reason.id }, { reasonId: reason.id }], {
        arrangement: 'parallel',
      });
      const held = await practice.holdAll(idsOf(options[0]));
      expect(Date.parse(held.expiresAt)).toBe(MONDAY_MORNING + 10 * 60_000);
      const longer = await practice.ok('POST', `holds/groups/${held.id}/extend`);
      expect(Date.parse(longer.expiresAt)).toBe(MONDAY_MORNING + 20 * 60_000);
      expect(await codeOf(practice.call('POST', `holds/groups/${held.id}/extend`))).toEqual([409, 'conflict']);
      clock.set(MONDAY_MORNING + 20 * 60_000 - 1);
      expect(await practice.times(reason.id, TUE)).not.toContain('09:00');
      clock.advance(1);
      expect(await practice.times(reason.id, TUE)).toContain('09:00');
      expect(await codeOf(practice.bookAll(held.id, returning([await practice.patient('Ada')])))).toEqual([
        409,
        'hold_expired',
      ]);
      expect(await codeOf(practice.call('POST', `holds/groups/${held.id}/release`))).toEqual([404, 'not_found']);
      const half = await practice.holdAll(idsOf(options[1]));
      const [one] = [...(await practice.takenAt(place.id))].slice(-1);
      await practice.ok('DELETE', `holds/${one}`);
      const whole = practice.bookAll(half.id, returning([await practice.patient('Ben'), await practice.patient('Cy')]));
      expect(await codeOf(whole)).toEqual([409, 'hold_expired']);
      const again = await practice.holdAll(idsOf(options[0]));
      await practice.ok('POST', `holds/groups/${again.id}/release`);
      expect((await practice.takenAt(place.id)).size).toBe(3);
      expect(await practice.visitsAt(place.id)).toEqual([]);
    });

    it('acts once for one key, also when it is sent at the same moment', async () => {
      const { place, chairIds, people } = await practice.team();
      const reason = await practice.reason(people, chairIds);
      const options = await practice.groups(TUE, [{ reasonId: reason.id }, { reasonId: reason.id }]);
      const send = (option: Option | undefined) =>
        request<Json>(
          'POST',
          `${practice.baseUrl}/v1/holds/groups`,
          { slotIds: idsOf(option) },
          { authorization: `Bearer ${practice.apiKey}`, 'idempotency-key': 'one-family' },
        );
      const answers = await Promise.all(Array.from({ length: 6 }, () => send(options[0])));
      expect(new Set(answers.map(({ status, body }) => `${status} ${body.id}`)).size).toBe(1);
      expect((await send(options[0])).headers.get('idempotency-replayed')).toBe('true');
      expect(await codeOf(send(options[1]))).toEqual([422, 'idempotency_mismatch']);
      expect((await practice.takenAt(place.id)).size).toBe(2);
    });

    it('keeps limits, and those of who holds, when many groups take the last places at once', async () => {
      const { place, chairIds, people } = await practice.team({ maxVisitsPerDay: 5 });
      const reason = await practice.reason(people, chairIds);
      const side = { arrangement: 'parallel', maxWaitMinutes: 0 };
      const options = await practice.groups(TUE, [{ reasonId: reason.id }, { reasonId: reason.id }], side);
      const hold = (option: Option) => practice.call('POST', 'holds/groups', { slotIds: idsOf(option) });
      const answers = await Promise.all(options.map(hold));
      const held = answers.filter(({ status }) => status === 201);
      expect(answers.filter(({ body }) => body.code === 'slot_taken')).toHaveLength(options.length - held.length);
      expect([held.length <= 2, (await practice.takenAt(place.id)).size]).toEqual([true, held.length * 2]);
      for (const { body } of held) await practice.ok('POST', `holds/groups/${body.id}/release`);
      await practice.ok('PATCH', `locations/${place.id}`, { maxVisitsPerDay: null });
      const weekly = { every: { reasonId: reason.id, weeks: 1, count: 12 } };
      const [first, second] = await practice.series(TUE, weekly);
      const { id } = await practice.holdAll(idsOf(first));
      expect(await codeOf(hold(second as Option))).toEqual([409, 'conflict']);
      await practice.ok('POST', `holds/groups/${id}/release`);
    });
  });
});
