import { get, type IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { ManualClock } from '../src/kernel/index.js';
import { Persistence } from '../src/persistence/index.js';
import { pageId, Pages, PmsFreshness } from '../src/scheduling/index.js';
import { scopeOf } from './harness/catalog.js';
import { PracticeUnderTest } from './harness/practice.js';
import { questionsDuring } from './harness/database-questions.js';

/** Monday 8 March 2027, 06:00 in Chicago, of a week in which the clocks go forward on Sunday. */
const MONDAY_MORNING = Date.parse('2027-03-08T12:00:00Z');
const MON = '2027-03-08';
const TUE = '2027-03-09';
const WED = '2027-03-10';
const NEXT_MON = '2027-03-15';

describe('availability', () => {
  const clock = new ManualClock(MONDAY_MORNING);
  const practice = new PracticeUnderTest();

  beforeAll(() => practice.start(clock), 60_000);
  beforeEach(() => clock.set(MONDAY_MORNING));
  afterAll(() => practice.app.stop());

  describe('search', () => {
    it('looks at several reasons and locations at once, on wanted days and hours, with one query of the book', async () => {
      const one = await practice.team();
      const two = await practice.team({ zone: 'America/New_York' });
      const cleaning = await practice.reason(one.people, one.chairIds);
      const exam = await practice.reason([two.ann.id], two.chairIds, { durationMinutes: 60 });
      const { result: found, questions } = await questionsDuring(() =>
        practice.ok('POST', 'availability/search', {
          reasonIds: [cleaning.id, exam.id],
          locationIds: [one.place.id, two.place.id],
          from: MON,
          days: 14,
          weekdays: [2, 4],
          times: [{ start: '09:00', end: '10:00' }],
        }),
      );
      expect(questions.filter((query) => query.startsWith('pages.'))).toEqual(['pages.find']);
      const days = found.days.filter(({ slots }: { slots: unknown[] }) => slots.length > 0);
      expect(days.map(({ date }: { date: string }) => date)).toEqual([TUE, '2027-03-11', '2027-03-16', '2027-03-18']);
      const [tuesday] = days;
      expect(tuesday.slots.map((slot: Record<string, string>) => [slot['local'], slot['reasonId']])).toEqual([
        [`${TUE}T09:00`, exam.id],
        [`${TUE}T09:30`, exam.id],
        ...[cleaning.id, cleaning.id].map((id) => [`${TUE}T09:00`, id]),
        ...[cleaning.id, cleaning.id].map((id) => [`${TUE}T09:30`, id]),
      ]);
      expect(found.nextAvailable.local).toBe(`${TUE}T09:00`);
      const sources = [one.place.id, two.place.id].sort().map((locationId) => ({ locationId, asOf: null }));
      expect(found.sources).toEqual(sources);
      const backwards = { reasonIds: [exam.id], times: [{ start: '10:00', end: '09:00' }] };
      const refused = await practice.call('POST', 'availability/search', backwards);
      expect([refused.status, refused.body.errors[0].pointer]).toEqual([400, '/times/0/end']);
    });

    it('counts the times of each day, and agrees with the slots across a change of clocks', async () => {
      const { place, chairIds, people } = await practice.team({
        hours: [0, 1, 6].map((weekday) => ({ weekday, start: '00:00', end: '06:00' })),
      });
      const reason = await practice.reason(people, chairIds, { stepMinutes: 15 });
      practice.app.app
        .get(PmsFreshness)
        .answerWith(() => Promise.resolve(new Map([[place.id, MONDAY_MORNING - 60_000]])));
      const { days, asOf, sources } = await practice.ok(
        'GET',
        `availability/days?reasonId=${reason.id}&from=${MON}&days=31`,
      );
      const starts = new Map(days.map((day: { date: string; starts: number }) => [day.date, day.starts]));
      // 24 quarters, less the last one; on the 14th an hour is missing.
      expect([starts.get('2027-03-13'), starts.get('2027-03-14'), starts.get(NEXT_MON)]).toEqual([23, 19, 23]);
      for (const date of ['2027-03-13', '2027-03-14']) {
        expect(new Set(await practice.times(reason.id, date)).size).toBe(starts.get(date));
      }
      expect([asOf, sources[0].asOf]).toEqual(['2027-03-08T11:59:00Z', '2027-03-08T11:59:00Z']);
    });

    it('answers from what it kept only while nothing has changed', async () => {
      const { place, chairIds, ann } = await practice.team();
      const reason = await practice.reason([ann.id], chairIds.slice(0, 1));
      const all = ['09:00', '09:30', '10:00', '10:30', '11:00', '11:30'];
      const times = () => practice.times(reason.id, WED);
      expect([await times(), await times()]).toEqual([all, all]);
      const hold = await practice.holdAt(reason.id, WED, '10:00');
      expect(await times()).toEqual(['09:00', '09:30', '10:30', '11:00', '11:30']);
      clock.set(Date.parse(hold.expiresAt) - 1);
      expect(await times()).toHaveLength(5);
      clock.advance(1);
      expect(await times()).toEqual(all);
      const entry = { resource: ann.id, start: 540, end: 600, kind: 'external', ref: 'x1' };
      const inBook = practice.app.app.get(Pages).forTenant(scopeOf(practice.practiceId));
      await inBook.update(pageId(practice.practiceId, place.id, WED), { $push: { entries: entry } } as never);
      expect(await times()).toEqual(all.slice(2));
      await practice.ok('PATCH', `reasons/${reason.id}`, { durationMinutes: 60 });
      expect(await times()).toEqual(all.slice(2, 5));
      await practice.ok('PATCH', `locations/${place.id}`, { exceptions: [{ date: WED, hours: [] }] });
      expect(await times()).toEqual([]);
      await practice.ok('PATCH', `locations/${place.id}`, { exceptions: [] });
      await practice.ok('PATCH', 'settings', { scheduling: { maxDaysAhead: 1 } });
      expect(await times()).toEqual([]);
      await practice.ok('PATCH', 'settings', { scheduling: { maxDaysAhead: 180 } });
      clock.set(Date.parse(`${WED}T16:10:00Z`));
      expect(await times()).toEqual(['10:30', '11:00']);
    });

    it('sees at once what others have written, however late they committed it', async () => {
      const { place, chairIds, ann } = await practice.team();
      const reason = await practice.reason([ann.id], chairIds);
      const all = await practice.times(reason.id, TUE);
      const pages = practice.app.app.get(Persistence).connection.collection<{ _id: string }>('pages');
      const takenAt = async (start: number, updatedAt: number, version: number) => {
        const entry = { resource: ann.id, start, end: start + 30, kind: 'external', ref: `elsewhere-${start}` };
        const rest = {
          tenantId: practice.practiceId,
          placeId: place.id,
          date: TUE,
          holds: [],
          blockouts: [],
          hours: null,
        };
        await pages.updateOne(
          { _id: pageId(practice.practiceId, place.id, TUE) },
          { $push: { entries: entry }, $set: { updatedAt, version }, $setOnInsert: { ...rest, createdAt: 0 } } as never,
          { upsert: true },
        );
      };
      await takenAt(9 * 60, clock.now() - 60_000, 1);
      expect(await practice.times(reason.id, TUE)).toEqual(all.filter((time) => time !== '09:00'));
      await takenAt(10 * 60, clock.now() - 110_000, 2);
      const late = all.filter((time) => time !== '09:00' && time !== '10:00');
      expect(await practice.times(reason.id, TUE)).toEqual(late);
      await takenAt(11 * 60, clock.now() - 3_600_000, 3);
      clock.set(clock.now() + 30_000);
      expect(await practice.times(reason.id, TUE)).toEqual(late.filter((time) => time !== '11:00'));
      clock.set(clock.now() - 20_000);
      await pages.deleteOne({ _id: pageId(practice.practiceId, place.id, TUE) });
      expect(await practice.times(reason.id, TUE)).toEqual(all);
    });

    it('sends the same answer packed and plain', async () => {
      const { chairIds, people } = await practice.team();
      const reason = await practice.reason(people, chairIds);
      const answer = async (encoding: string) => {
        const got = await new Promise<IncomingMessage>((resolve, reject) => {
          const headers = { authorization: `Bearer ${practice.apiKey}`, 'accept-encoding': encoding };
          get(`${practice.baseUrl}/v1/availability?reasonId=${reason.id}&days=31`, { headers }, resolve).on(
            'error',
            reject,
          );
        });
        expect(got.headers['vary']).toContain('Accept-Encoding');
        const body = Buffer.concat(await got.toArray());
        expect(got.headers['content-length']).toBe(String(body.length));
        return { encoding: got.headers['content-encoding'], body };
      };
      const plain = await answer('identity');
      const packed = await answer('br;q=0.5, gzip');
      expect([plain.encoding, packed.encoding]).toEqual([undefined, 'gzip']);
      expect(gunzipSync(packed.body).equals(plain.body)).toBe(true);
      expect(packed.body.length).toBeLessThan(plain.body.length / 5);
    });

    it('finds the next time within 180 days with one query, and none beyond', async () => {
      const { chairIds, people } = await practice.team({
        hours: [],
        exceptions: [{ date: '2027-08-30', hours: [{ start: '09:00', end: '12:00' }] }],
      });
      const reason = await practice.reason(people, chairIds, { maxDaysAhead: 365 });
      const { result, questions } = await questionsDuring(() =>
        practice.ok('GET', `availability/next?reasonId=${reason.id}`),
      );
      const { nextAvailable } = result;
      expect(nextAvailable.local).toBe('2027-08-30T09:00');
      expect(questions.filter((query) => query.startsWith('pages.'))).toEqual(['pages.find']);
      const early = await practice.ok('GET', `availability/next?reasonId=${reason.id}&from=2027-03-01`);
      expect(early.nextAvailable).toBeNull();
      const far = await practice.call('GET', `availability/next?reasonId=${reason.id}&from=9999-12-31`);
      expect([far.status, far.body.errors[0].pointer]).toEqual([400, '/from']);
    });

    it('leaves a provider who comes to a second location busy with what stands at the first', async () => {
      const one = await practice.team();
      const two = await practice.team({ zone: 'America/New_York' });
      const chairs = [...one.chairIds, ...two.chairIds];
      const reason = await practice.reason([one.ann.id], chairs, { durationMinutes: 60, stepMinutes: 60 });
      const patient = await practice.ok('POST', 'patients', {
        ...{ firstName: 'Ida', lastName: 'Lane', dateOfBirth: '1990-04-23', email: 'ida.lane@example.com' },
      });
      const [first] = await practice.slots(reason.id, TUE);
      await practice.ok('POST', 'appointments', { slotId: first!.id, patientId: patient.id, patientType: 'new' });
      const both = { locationIds: [one.place.id, two.place.id], operatoryIds: chairs };
      await practice.ok('PATCH', `providers/${one.ann.id}`, both);
      const there = await practice.slots(reason.id, TUE, `&locationId=${two.place.id}`);
      expect(there.map(({ local }) => local.slice(11))).toEqual(['09:00', '11:00']);
      const taken = there[0]!.id as string;
      const again = await practice.ok('POST', 'appointments', {
        slotId: taken,
        patientId: patient.id,
        patientType: 'new',
      });
      expect(again.time.local).toBe(`${TUE}T09:00`);
    });

    it('holds no time of a reason that was closed a moment ago', async () => {
      const { people, chairIds } = await practice.team();
      const reason = await practice.reason(people, chairIds);
      const [slot] = await practice.slots(reason.id, TUE);
      await practice.ok('PATCH', `reasons/${reason.id}`, { active: false });
      expect((await practice.call('POST', 'holds', { slotId: slot!.id })).status).toBe(409);
    });

    it('frees the old time of a visit that is to be moved', async () => {
      const { chairIds, ann } = await practice.team();
      const reason = await practice.reason([ann.id], chairIds, { durationMinutes: 60, stepMinutes: 30 });
      const patient = await practice.ok('POST', 'patients', {
        ...{ firstName: 'Ada', lastName: 'Lane', dateOfBirth: '1990-04-23', email: 'ada.lane@example.com' },
      });
      const [{ id: slotId }] = await practice.slots(reason.id, TUE);
      const booking = { slotId, patientId: patient.id, patientType: 'new' };
      const visit = await practice.ok('POST', 'appointments', booking);
      expect(await practice.times(reason.id, TUE)).toEqual(['10:00', '10:30', '11:00']);
      const all = ['09:00', '09:30', '10:00', '10:30', '11:00'];
      expect(await practice.times(reason.id, TUE, `&rescheduleOf=${visit.id}`)).toEqual(all);
      const missing = `&rescheduleOf=${visit.id.slice(0, -4)}0000`;
      expect((await practice.call('GET', `availability?reasonId=${reason.id}${missing}`)).status).toBe(404);
    });
  });

  describe('explain and dry run', () => {
    interface Finding {
      rule: string;
      detail: string;
      subjectId: string | null;
      ref: string | null;
    }
    const explain = async (
      what: { reasonId: string; providerId: string; locationId: string; start: string },
      more = '',
    ): Promise<{ offered: boolean; findings: Finding[] }> =>
      practice.ok('GET', `availability/explain?${new URLSearchParams(what).toString()}${more}`);

    it('names every rule that removed a time, and none for a time that is offered', async () => {
      const { place, chairIds, ann } = await practice.team();
      const reason = await practice.reason([ann.id], chairIds.slice(0, 1), { name: 'Whitening', minAge: 18 });
      const hold = await practice.holdAt(reason.id, TUE, '10:00');
      const about = { reasonId: reason.id, providerId: ann.id, locationId: place.id };
      const offered = new Set((await practice.slots(reason.id, TUE)).map(({ start }) => Date.parse(start)));
      expect(offered.size).toBe(5);
      for (let start = Date.parse(`${TUE}T14:00:00Z`); start < Date.parse(`${TUE}T19:00:00Z`); start += 900_000) {
        const answer = await explain({ ...about, start: new Date(start).toISOString().replace('.000', '') });
        expect([start, answer.offered]).toEqual([start, offered.has(start)]);
        expect(answer.findings.length === 0).toBe(answer.offered);
      }
      const busy = await explain({ ...about, start: `${TUE}T16:15:00Z` }, '&dateOfBirth=2010-01-01&patientType=new');
      expect(busy.findings.map(({ rule, detail, ref }) => [rule, detail, ref])).toEqual([
        ['age', 'Whitening is for patients from 18 years of age on the day of the visit.', null],
        ['grid', 'Visits start every 30 minutes from 00:00.', null],
        [
          'provider_busy',
          `${ann.displayName} is busy from 10:00 to 10:30 (held for somebody who is booking).`,
          hold.id,
        ],
        ['operatory_busy', expect.stringContaining('is busy from 10:00 to 10:30'), hold.id],
      ]);
      const late = await explain({ ...about, start: `${TUE}T17:45:00Z` });
      expect(late.findings.map(({ rule }) => rule)).toEqual(['grid', 'provider_hours']);
      const stranger = await practice.provider([place.id], chairIds);
      const other = await explain({ ...about, providerId: stranger.id, start: `${TUE}T15:00:00Z` });
      expect(other.findings.map(({ rule }) => rule)).toEqual(['provider_not_of_reason']);
      const nobody = `${ann.id.slice(0, -4)}0000`;
      const query = new URLSearchParams({ ...about, providerId: nobody, start: `${TUE}T15:00:00Z` }).toString();
      expect((await practice.call('GET', `availability/explain?${query}`)).status).toBe(404);
    });

    it('shows what a change would do to the days, and saves nothing', async () => {
      const { place, chairIds, ann } = await practice.team();
      const reason = await practice.reason([ann.id], chairIds);
      const run = (change: object) =>
        practice.ok('POST', 'availability/dry-run', { reasonIds: [reason.id], from: MON, days: 7, ...change });
      const longer = await run({ reasons: [{ reasonId: reason.id, durationMinutes: 60 }] });
      expect([longer.before, longer.after, longer.days.length]).toEqual([30, 25, 5]);
      const [monday] = longer.days;
      expect([monday.date, monday.appear, monday.vanish.map(({ local }: { local: string }) => local)]).toEqual([
        MON,
        [],
        [`${MON}T11:30`],
      ]);
      const saturday = { weekday: 6, start: '09:00', end: '10:00' };
      const opened = await run({ locations: [{ locationId: place.id, hours: [...place.hours, saturday] }] });
      expect(opened.days.map(({ date, before, after }: Record<string, unknown>) => [date, before, after])).toEqual([
        ['2027-03-13', 0, 2],
      ]);
      const weekdays = ann.weekdays.map((day: { weekday: number }) => ({ ...day, on: day.weekday !== 2 }));
      const off = await run({ providers: [{ providerId: ann.id, weekdays }] });
      expect(off.days.map(({ date, after }: Record<string, unknown>) => [date, after])).toEqual([[TUE, 0]]);
      const buffers = { beforeMinutes: 30, afterMinutes: 0, on: 'provider', pastHours: false };
      expect((await run({ reasons: [{ reasonId: reason.id, buffers }] })).after).toBe(25);
      expect(await practice.times(reason.id, TUE)).toHaveLength(6);
      const both = { reasons: [{ reasonId: reason.id, durationMinutes: 30, pattern: 'XX' }] };
      const refused = await practice.call('POST', 'availability/dry-run', { reasonIds: [reason.id], ...both });
      expect([refused.status, refused.body.errors[0].pointer]).toEqual([400, '/pattern']);
      const locations = [{ locationId: `${place.id.slice(0, -4)}0000`, hours: [] }];
      const unknown = await practice.call('POST', 'availability/dry-run', { reasonIds: [reason.id], locations });
      expect(unknown.status).toBe(404);
    });
  });
});
