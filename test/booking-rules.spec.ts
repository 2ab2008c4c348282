import { ManualClock } from '../src/kernel/index.js';
import { Persistence } from '../src/persistence/index.js';
import { outcome } from './harness/api.js';
import { PracticeUnderTest } from './harness/practice.js';
import { somebody } from './harness/visitor.js';

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

describe('rules that practices set', () => {
  const clock = new ManualClock(MONDAY_MORNING);
  const practice = new PracticeUnderTest();
  const entriesOn = async (placeId: string, date: string): Promise<StoredEntry[]> => {
    const pages = practice.app.app.get(Persistence).connection.collection('pages');
    return ((await pages.findOne({ placeId, date }))?.['entries'] ?? []) as StoredEntry[];
  };

  beforeAll(() => practice.start(clock), 60_000);
  beforeEach(() => clock.set(MONDAY_MORNING));
  afterAll(() => practice.app.stop());

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

  it('gives a time to one alone when a hold ends, though clocks differ by a millisecond', async () => {
    const { chairIds, ann } = await practice.team();
    const reason = await practice.reason([ann.id], chairIds);
    const { id: patientId } = await practice.ok('POST', 'patients', somebody());
    const [late, later] = [
      await practice.holdAt(reason.id, TUE, '09:00'),
      await practice.holdAt(reason.id, TUE, '10:00'),
    ];
    const end = Date.parse(late.expiresAt);
    clock.set(end - 1);
    expect((await practice.call('GET', `holds/${late.id}`)).status).toBe(200);
    expect(await practice.times(reason.id, TUE)).not.toContain('09:00');
    clock.set(end);
    const [next] = [await practice.holdAt(reason.id, TUE, '09:00'), await practice.holdAt(reason.id, TUE, '10:00')];
    // A process whose clock is behind, or that read it before, must not believe in the old holds.
    clock.set(end - 1);
    const body = { holdId: late.id, patientId, patientType: 'new' };
    expect(outcome(await practice.call('POST', 'appointments', body))).toEqual([409, 'hold_expired']);
    expect(outcome(await practice.call('POST', `holds/${later.id}/extend`))).toEqual([409, 'conflict']);
    expect((await practice.call('POST', 'appointments', { ...body, holdId: next.id })).status).toBe(201);
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

  it('holds the chosen provider and time in another operatory when the first one has been taken', async () => {
    const { place, chairIds, people } = await practice.team();
    const reason = await practice.reason(people, chairIds);
    const [one, two] = await practice.slots(reason.id, TUE);
    expect([one.local, two.local]).toEqual([`${TUE}T09:00`, `${TUE}T09:00`]);
    await Promise.all([practice.hold(one.id), practice.hold(two.id)]);
    const taken = (await entriesOn(place.id, TUE)).map(({ resource }) => resource);
    expect(taken.sort()).toEqual([...chairIds, ...people].sort());
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

  it('clears holds that nobody used from the book, so that a page does not grow with them', async () => {
    const { place, chairIds, ann } = await practice.team();
    const reason = await practice.reason([ann.id], chairIds.slice(0, 1));
    for (let n = 0; n < 70; n++) {
      await practice.holdAt(reason.id, TUE, '10:00');
      clock.advance(11 * 60_000);
    }
    // A hold has two entries, the provider's and the chair's.
    expect((await entriesOn(place.id, TUE)).length).toBeLessThanOrEqual(2 * 33);
    expect(await practice.times(reason.id, TUE)).toContain('10:00');
  });
});
