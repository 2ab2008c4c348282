import mongoose from 'mongoose';
import { ManualClock } from '../src/kernel/index.js';
import { blankPage, pageId, Pages } from '../src/scheduling/index.js';
import { Persistence } from '../src/persistence/index.js';
import { scopeOf } from './harness/catalog.js';
import { PracticeUnderTest } from './harness/practice.js';

/** Monday 8 March 2027, 06:00 in Chicago, of a week in which the clocks go forward on Sunday. */
const MONDAY_MORNING = Date.parse('2027-03-08T12:00:00Z');
const MON = '2027-03-08';
const TUE = '2027-03-09';
const WED = '2027-03-10';
const NEXT_MON = '2027-03-15';

interface StoredEntry {
  resource: string;
  start: number;
  end: number;
  ref: string;
  assists?: boolean;
  reasonId?: string;
}

describe('availability', () => {
  const clock = new ManualClock(MONDAY_MORNING);
  const practice = new PracticeUnderTest();
  const pages = () => practice.app.app.get(Persistence).connection.collection('pages');
  const entriesOn = async (placeId: string, date: string): Promise<StoredEntry[]> =>
    ((await pages().findOne({ placeId, date }))?.['entries'] ?? []) as StoredEntry[];

  beforeAll(() => practice.start(clock), 60_000);
  beforeEach(() => clock.set(MONDAY_MORNING));
  afterAll(() => practice.app.stop());

  describe('rules that practices set', () => {
    it('keeps buffers free, takes them in the book, and lets them reach past closing only when they may', async () => {
      const { place, chairIds, ann } = await practice.team();
      const buffers = { beforeMinutes: 10, afterMinutes: 20, on: 'both', pastHours: true };
      const reason = await practice.reason([ann.id], chairIds.slice(0, 1), { buffers });
      expect(await practice.times(reason.id, TUE)).toEqual(['09:00', '09:30', '10:00', '10:30', '11:00', '11:30']);
      const hold = await practice.holdAt(reason.id, TUE, '10:00');
      const taken = await entriesOn(place.id, TUE);
      expect(taken.map(({ start, end }) => [start, end])).toEqual([
        [590, 650],
        [590, 650],
      ]);
      expect(taken.every(({ ref, reasonId }) => ref === hold.id && reasonId === reason.id)).toBe(true);
      expect(await practice.times(reason.id, TUE)).toEqual(['09:00', '11:00', '11:30']);
      await practice.ok('PATCH', `reasons/${reason.id}`, { buffers: { ...buffers, pastHours: false } });
      expect(await practice.times(reason.id, WED)).toEqual(['09:30', '10:00', '10:30', '11:00']);
      await practice.ok('DELETE', `holds/${hold.id}`);
      expect(await entriesOn(place.id, TUE)).toEqual([]);
    });

    it('brings a second provider in, who is then taken for those minutes only', async () => {
      const { place, chairIds, ann, bob } = await practice.team();
      const dentist = await practice.provider([place.id], []);
      const assist = { providerIds: [dentist.id], minutes: 10, fromMinute: 20, toMinute: 60 };
      const reason = await practice.reason([ann.id, bob.id], chairIds, { durationMinutes: 60, assist });
      await practice.holdAt(reason.id, TUE, '09:00', ann.id);
      await practice.holdAt(reason.id, TUE, '09:00', bob.id);
      const exams = (await entriesOn(place.id, TUE)).filter(({ assists }) => assists);
      expect(exams.map(({ resource, start, end }) => [resource, start, end])).toEqual([
        [dentist.id, 560, 570],
        [dentist.id, 570, 580],
      ]);
      await practice.ok('PATCH', `providers/${dentist.id}`, {
        exceptions: [{ date: WED, blocked: [{ start: '00:00', end: '10:55' }] }],
      });
      // From 10:55 on the dentist can look in, at the latest 10 minutes before a visit's end.
      expect([...new Set(await practice.times(reason.id, WED))]).toEqual(['10:30', '11:00']);
      const removed = await practice.call('DELETE', `providers/${dentist.id}`);
      expect([removed.status, removed.body.code]).toEqual([409, 'in_use']);
    });

    it('stops at the limits of a day and a week, counting what is in the book', async () => {
      const { place, chairIds, ann, bob, people } = await practice.team({}, { maxVisitsPerDay: 2 });
      const reason = await practice.reason(people, chairIds, { maxPerWeek: 5 });
      const other = await practice.reason(people, chairIds);
      await practice.holdAt(reason.id, TUE, '09:00', ann.id);
      await practice.holdAt(other.id, TUE, '09:30', ann.id);
      expect(new Set((await practice.slots(reason.id, TUE)).map((slot) => slot.providerId))).toEqual(new Set([bob.id]));
      await practice.holdAt(reason.id, WED, '09:00', bob.id);
      await practice.holdAt(reason.id, '2027-03-12', '09:00', bob.id);
      await practice.holdAt(reason.id, MON, '09:00', bob.id);
      expect(await practice.times(reason.id, '2027-03-11')).not.toEqual([]);
      await practice.holdAt(reason.id, '2027-03-12', '10:00', bob.id);
      expect(await practice.times(reason.id, '2027-03-11')).toEqual([]);
      expect(await practice.times(reason.id, NEXT_MON)).not.toEqual([]);
      expect(await practice.times(other.id, '2027-03-11')).not.toEqual([]);
      await practice.ok('PATCH', `locations/${place.id}`, { maxVisitsPerDay: 1 });
      expect(await practice.times(other.id, WED)).toEqual([]);
    });

    it('never exceeds a limit when many take its last places at once', async () => {
      const { place, chairIds, people } = await practice.team({ maxVisitsPerDay: 2 });
      const reason = await practice.reason(people, chairIds);
      const slots = await practice.slots(reason.id, TUE);
      const answers = await Promise.all(slots.map(({ id }) => practice.call('POST', 'holds', { slotId: id })));
      const held = answers.filter(({ status }) => status === 201).length;
      expect(answers.filter(({ status }) => status === 409)).toHaveLength(slots.length - held);
      const refs = new Set((await entriesOn(place.id, TUE)).map(({ ref }) => ref));
      expect([held <= 2, refs.size]).toEqual([true, held]);
    });

    it('closes the day at its cut-off, keeps the notice, and ends with the last whole day of the horizon', async () => {
      const { chairIds, people } = await practice.team();
      const rules = { sameDayCutoff: '09:15', minNoticeMinutes: 60, maxDaysAhead: 7 };
      const reason = await practice.reason(people.slice(0, 1), chairIds, rules);
      clock.set(Date.parse('2027-03-08T15:00:00Z'));
      expect(await practice.times(reason.id, MON)).toEqual(['10:00', '10:30', '11:00', '11:30']);
      clock.set(Date.parse('2027-03-08T15:15:00Z'));
      expect(await practice.times(reason.id, MON)).toEqual([]);
      expect(await practice.times(reason.id, NEXT_MON)).toHaveLength(6);
      expect(await practice.times(reason.id, '2027-03-16')).toEqual([]);
    });

    it('avoids starts that strand a rest of time', async () => {
      const { chairIds, people } = await practice.team();
      const reason = await practice.reason(people.slice(0, 1), chairIds, {
        ...{ durationMinutes: 40, stepMinutes: 10, minGapMinutes: 30 },
      });
      const times = await practice.times(reason.id, TUE);
      expect(times).toEqual([
        '09:00',
        '09:30',
        '09:40',
        '09:50',
        '10:00',
        '10:10',
        '10:20',
        '10:30',
        '10:40',
        '10:50',
        '11:20',
      ]);
    });

    it('keeps to holidays and short days of the location', async () => {
      const exceptions = [
        { date: TUE, hours: [] },
        { date: WED, hours: [{ start: '10:00', end: '11:00' }] },
      ];
      const { chairIds, people } = await practice.team({ exceptions });
      const reason = await practice.reason(people.slice(0, 1), chairIds);
      expect(await practice.times(reason.id, TUE)).toEqual([]);
      expect(await practice.times(reason.id, WED)).toEqual(['10:00', '10:30']);
    });

    it('counts the age on the day of the visit', async () => {
      const { chairIds, people } = await practice.team();
      const reason = await practice.reason(people.slice(0, 1), chairIds, { minAge: 18 });
      expect(await practice.times(reason.id, TUE, '&dateOfBirth=2009-03-10')).toEqual([]);
      expect(await practice.times(reason.id, WED, '&dateOfBirth=2009-03-10')).toHaveLength(6);
    });

    it('assigns "any provider" fairly', async () => {
      const { chairIds, ann, bob, people } = await practice.team();
      const make = (assignment: string) =>
        practice.reason([bob.id, ann.id], chairIds, { assignment, showProviders: false });
      const who = async (reasonId: string) =>
        [...new Set((await practice.slots(reasonId, WED)).map((slot) => slot.providerId))] as string[];
      const [priority, busy, turn] = [await make('priority'), await make('least_busy'), await make('round_robin')];
      expect(await practice.times(priority.id, WED)).toHaveLength(6);
      expect(await practice.times(priority.id, WED, '&anyProvider=false')).toHaveLength(12);
      expect(await who(priority.id)).toEqual([bob.id]);
      await practice.holdAt(priority.id, WED, '09:00', bob.id);
      const [first] = await practice.slots(priority.id, WED);
      expect([first.local, first.providerId]).toEqual([`${WED}T09:00`, ann.id]);
      expect(await who(busy.id)).toEqual([ann.id]);
      const before = (await practice.slots(turn.id, WED)).at(-1).providerId;
      await practice.holdAt(turn.id, WED, '10:00');
      const after = (await practice.slots(turn.id, WED)).at(-1).providerId;
      expect([before, after].sort()).toEqual([...people].sort());
    });

    it('refuses rules that cannot be met', async () => {
      const { place, chairIds, ann } = await practice.team();
      const body = { name: 'X', patientTypes: ['new'], providerIds: [ann.id], operatoryIds: chairIds };
      const refused = async (more: object): Promise<string[]> => {
        const answer = await practice.call('POST', 'reasons', { ...body, durationMinutes: 30, ...more });
        expect(answer.status).toBe(400);
        return answer.body.errors.map(({ pointer }: { pointer: string }) => pointer);
      };
      const assist = { providerIds: [ann.id], minutes: 10, fromMinute: 25, toMinute: 40 };
      expect(await refused({ assist })).toEqual(['/assist/toMinute', ...['/assist/providerIds']]);
      expect(await refused({ assist: { ...assist, fromMinute: 35 } })).toContain('/assist/fromMinute');
      expect(await refused({ buffers: { beforeMinutes: 3, afterMinutes: 0, on: 'both', pastHours: true } })).toEqual([
        '/buffers/beforeMinutes',
      ]);
      expect(await refused({ sameDayCutoff: '25:00' })).toEqual(['/sameDayCutoff']);
      expect(await refused({ assignment: 'whoever' })).toEqual(['/assignment']);
      const wrong = [{ date: TUE, hours: [{ start: '12:00', end: '09:00' }] }];
      const location = await practice.call('PATCH', `locations/${place.id}`, { exceptions: wrong });
      expect(location.body.errors[0].pointer).toBe('/exceptions/0/hours/0/end');
    });
  });

  describe('search', () => {
    it('looks at several reasons and locations at once, on wanted days and hours, with one query of the book', async () => {
      const one = await practice.team();
      const two = await practice.team({ zone: 'America/New_York' });
      const cleaning = await practice.reason(one.people, one.chairIds);
      const exam = await practice.reason([two.ann.id], two.chairIds, { durationMinutes: 60 });
      const queries: string[] = [];
      mongoose.set('debug', (collection: string, method: string) => void queries.push(`${collection}.${method}`));
      const found = await practice.ok('POST', 'availability/search', {
        reasonIds: [cleaning.id, exam.id],
        locationIds: [one.place.id, two.place.id],
        from: MON,
        days: 14,
        weekdays: [2, 4],
        times: [{ start: '09:00', end: '10:00' }],
      });
      mongoose.set('debug', false);
      expect(queries.filter((query) => query.startsWith('pages.'))).toEqual(['pages.find']);
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
      await practice.app.app
        .get(Pages)
        .forTenant(scopeOf(practice.practiceId))
        .insert({
          ...blankPage(practice.practiceId, place.id, TUE),
          asOf: MONDAY_MORNING - 60_000,
        });
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

    it('finds the next time within 180 days with one query, and none beyond', async () => {
      const { chairIds, people } = await practice.team({
        hours: [],
        exceptions: [{ date: '2027-08-30', hours: [{ start: '09:00', end: '12:00' }] }],
      });
      const reason = await practice.reason(people, chairIds, { maxDaysAhead: 365 });
      const queries: string[] = [];
      mongoose.set('debug', (collection: string, method: string) => void queries.push(`${collection}.${method}`));
      const { nextAvailable } = await practice.ok('GET', `availability/next?reasonId=${reason.id}`);
      mongoose.set('debug', false);
      expect(nextAvailable.local).toBe('2027-08-30T09:00');
      expect(queries.filter((query) => query.startsWith('pages.'))).toEqual(['pages.find']);
      const early = await practice.ok('GET', `availability/next?reasonId=${reason.id}&from=2027-03-01`);
      expect(early.nextAvailable).toBeNull();
      const far = await practice.call('GET', `availability/next?reasonId=${reason.id}&from=9999-12-31`);
      expect([far.status, far.body.errors[0].pointer]).toEqual([400, '/from']);
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
