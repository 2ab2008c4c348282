import { ManualClock } from '../src/kernel/index.js';
import { EventRepository } from '../src/events/index.js';
import { Persistence } from '../src/persistence/index.js';
import { scopeOf } from './harness/catalog.js';
import { outcome, type ApiAnswer } from './harness/api.js';
import { PracticeUnderTest } from './harness/practice.js';
import { until } from './harness/until.js';
import { somebody } from './harness/visitor.js';

/** Monday 8 March 2027, 06:00 in Chicago, of a week in which the clocks go forward on Sunday. */
const MONDAY_MORNING = Date.parse('2027-03-08T12:00:00Z');
const TUE = '2027-03-09';
const WED = '2027-03-10';
const THU = '2027-03-11';
const FRI = '2027-03-12';
const SUN = '2027-03-14';
const NEXT_TUE = '2027-03-16';
const ALL_DAY = [0, 1, 2, 3, 4, 5, 6].map((weekday) => ({ weekday, start: '00:00', end: '24:00' }));

type Json = ApiAnswer['body'];

/** Guarantee: nothing is booked into time that a practice has set apart, and nobody who stands there is overlooked. */
describe('time set apart', () => {
  const clock = new ManualClock(MONDAY_MORNING);
  const practice = new PracticeUnderTest();
  let patientId: string;
  const block = (fields: object): Promise<Json> =>
    practice.ok('POST', 'blocks', { type: 'meeting', startDate: TUE, endDate: TUE, ...fields });
  const book = async (reasonId: string, date: string, time: string, providerId?: string): Promise<Json> => {
    const slots = await practice.slots(reasonId, date, '&anyProvider=false');
    const slot = slots.find(({ local, providerId: whose }) => local.endsWith(time) && whose === (providerId ?? whose));
    return practice.ok('POST', 'appointments', { slotId: slot.id, patientId, patientType: 'new' });
  };
  const findings = async (reasonId: string, providerId: string, locationId: string, start: string) => {
    const query = `reasonId=${reasonId}&providerId=${providerId}&locationId=${locationId}&start=${start}`;
    return (await practice.ok('GET', `availability/explain?${query}`)).findings;
  };

  beforeAll(async () => {
    await practice.start(clock, { ROLE: 'all' });
    patientId = (await practice.ok('POST', 'patients', somebody())).id;
  }, 60_000);
  beforeEach(() => clock.set(MONDAY_MORNING));
  afterAll(() => practice.app.stop());

  it('takes a provider away, says so, and gives the time back', async () => {
    const { place, chairIds, ann, bob, people } = await practice.team();
    const reason = await practice.reason(people, chairIds);
    const fields = { locationId: place.id, providerIds: [ann.id], startTime: '10:00', endTime: '11:00' };
    const { hits, ...made } = await block({ ...fields, note: 'With the new team' });
    expect(hits).toEqual({ appointments: 0, externalVisits: 0, holds: 0 });
    expect(await practice.ok('GET', `blocks/${made.id}`)).toEqual(made);
    expect([made.zone, made.note, made.weekdays]).toEqual(['America/Chicago', 'With the new team', null]);
    const of = (providerId: string) => practice.times(reason.id, TUE, `&providerId=${providerId}`);
    expect(await of(ann.id)).toEqual(['09:00', '09:30', '11:00', '11:30']);
    expect(await of(bob.id)).toHaveLength(6);
    expect(await findings(reason.id, ann.id, place.id, `${TUE}T16:00:00Z`)).toEqual([
      {
        rule: 'block',
        detail: `${ann.displayName} is set apart from 10:00 to 11:00 (meeting).`,
        subjectId: ann.id,
        ref: made.id,
      },
    ]);
    const stored = await practice.app.app.get(Persistence).connection.collection('blocks').findOne({ _id: made.id });
    expect(JSON.stringify(stored)).not.toContain('new team');
    const shorter = await practice.call('PATCH', `blocks/${made.id}`, { endTime: '10:30' });
    expect([shorter.status, shorter.body.version, shorter.body.note]).toEqual([200, 2, 'With the new team']);
    expect(await of(ann.id)).toEqual(['09:00', '09:30', '10:30', '11:00', '11:30']);
    await practice.ok('PATCH', `blocks/${made.id}`, { startDate: WED, endDate: WED });
    expect(await of(ann.id)).toHaveLength(6);
    expect(await practice.times(reason.id, WED, `&providerId=${ann.id}`)).toHaveLength(5);
    await practice.ok('DELETE', `blocks/${made.id}`);
    expect(await practice.times(reason.id, WED, `&providerId=${ann.id}`)).toHaveLength(6);
    expect(outcome(await practice.call('GET', `blocks/${made.id}`))).toEqual([404, 'not_found']);
    const events = await practice.app.app
      .get(EventRepository)
      .forTenant(scopeOf(practice.practiceId))
      .find({ 'subject.id': made.id } as never, { sort: { sequence: 1 } });
    expect(events.map(({ type, sequence }) => [type, sequence])).toEqual([
      ['block.created', 1],
      ['block.changed', 2],
      ['block.changed', 3],
      ['block.removed', 4],
    ]);
    const freed = await practice.app.app
      .get(EventRepository)
      .forTenant(scopeOf(practice.practiceId))
      .find({ type: 'book.time_freed', 'subject.id': place.id } as never, { sort: { sequence: 1 } });
    const at = (time: string) => Date.parse(`${TUE}T${time}:00Z`);
    expect(freed.map(({ data }) => [data['start'], data['end']])).toEqual([
      [at('16:30'), at('17:00')],
      [at('16:00'), at('16:30')],
    ]);
    const [start, end] = ['16:00', '17:00'].map((time) => Date.parse(`${TUE}T${time}:00Z`));
    expect(events[0]?.data).toEqual({
      ...{ locationId: place.id, providerId: ann.id, operatoryId: null, type: 'meeting', start, end },
    });
  });

  it('closes a location whole, an operatory alone, and whoever may overlap', async () => {
    const { place, chairIds, ann } = await practice.team({}, { allowOverlap: true });
    const people = [ann.id as string];
    const reason = await practice.reason(people, chairIds, { patientTypes: ['new'] });
    const kept = await practice.reason(people, chairIds);
    const hours = { startTime: '09:00', endTime: '11:00' };
    const holiday = await block({ locationId: place.id, type: 'holiday', ...hours, reasonIds: [kept.id] });
    expect(await practice.times(reason.id, TUE)).toEqual(['11:00', '11:30']);
    expect(await practice.times(kept.id, TUE)).toHaveLength(6);
    // A chair that is bought later is closed with the rest.
    const fresh = await practice.operatory(place.id);
    await practice.ok('PATCH', `reasons/${reason.id}`, { operatoryIds: [...chairIds, fresh.id] });
    await practice.ok('PATCH', `providers/${ann.id}`, { operatoryIds: [...chairIds, fresh.id] });
    expect(await practice.times(reason.id, TUE)).toEqual(['11:00', '11:30']);
    const why = await findings(reason.id, ann.id, place.id, `${TUE}T15:00:00Z`);
    expect(why.map(({ rule, subjectId, ref }: Json) => [rule, subjectId, ref])).toEqual([
      ['block', place.id, holiday.id],
    ]);
    await practice.ok('DELETE', `blocks/${holiday.id}`);
    await block({ locationId: place.id, operatoryIds: [...chairIds, fresh.id].slice(1), type: 'maintenance' });
    const slots = await practice.slots(reason.id, TUE);
    expect(slots).toHaveLength(6);
    const [slot] = slots;
    await block({ locationId: place.id, providerIds: people, type: 'out_of_office' });
    expect(await practice.slots(reason.id, TUE)).toEqual([]);
    expect(outcome(await practice.call('POST', 'holds', { slotId: slot.id }))).toEqual([409, 'slot_taken']);
  });

  it('goes with a provider who works in several places, over midnight and each week up to a date', async () => {
    const hours = { hours: ALL_DAY };
    const [one, two] = [await practice.location(hours), await practice.location({ ...hours, zone: 'Asia/Tokyo' })];
    const chairs = [await practice.operatory(one.id), await practice.operatory(two.id)].map(({ id }) => id as string);
    const roaming = await practice.provider([one.id, two.id], chairs);
    const reason = await practice.reason([roaming.id], chairs);
    const free = (locationId: string, date: string) => practice.times(reason.id, date, `&locationId=${locationId}`);
    expect([await free(one.id, TUE), await free(two.id, WED)].map(({ length }) => length)).toEqual([48, 48]);
    const away = { providerIds: [roaming.id], type: 'out_of_office', startTime: '22:00', endTime: '02:00' };
    const out = await block({ locationId: one.id, ...away, endDate: WED });
    expect((await free(one.id, TUE)).at(-1)).toBe('21:30');
    expect((await free(one.id, WED))[0]).toBe('02:00');
    // 22:00 to 02:00 in Chicago is 13:00 to 17:00 in Tokyo.
    const there = await free(two.id, WED);
    expect(there.filter((time) => time >= '12:30' && time < '17:30')).toEqual(['12:30', '17:00']);
    await practice.ok('DELETE', `blocks/${out.id}`);
    const weekly = { weekdays: [2, 4], startDate: TUE, endDate: NEXT_TUE, startTime: '12:00', endTime: '13:00' };
    await block({ locationId: one.id, providerIds: [roaming.id], type: 'break', ...weekly });
    const lunches = [];
    for (const date of [TUE, WED, THU, FRI, NEXT_TUE, '2027-03-18'])
      if (!(await free(one.id, date)).includes('12:00')) lunches.push(date);
    expect(lunches).toEqual([TUE, THU, NEXT_TUE]);
    const { data } = await practice.ok('GET', `blocks?providerId=${roaming.id}&from=${THU}&to=${THU}`);
    expect(data.map(({ weekdays }: Json) => weekdays)).toEqual([[2, 4]]);
    expect((await practice.ok('GET', `blocks?providerId=${roaming.id}&from=2027-03-17`)).data).toEqual([]);
  });

  it('follows a provider who begins to work in a second place', async () => {
    const { place, chairIds, ann } = await practice.team();
    const made = await block({ locationId: place.id, providerIds: [ann.id], type: 'out_of_office' });
    const second = await practice.location({ hours: ALL_DAY });
    const chair = await practice.operatory(second.id);
    const places = { locationIds: [place.id, second.id], operatoryIds: [...chairIds, chair.id] };
    await practice.ok('PATCH', `providers/${ann.id}`, places);
    const reason = await practice.reason([ann.id], [...chairIds, chair.id]);
    await until(
      () => practice.ok('GET', `blocks/${made.id}`),
      ({ version }) => version > 1,
    );
    expect(await practice.times(reason.id, TUE)).toEqual([]);
    expect(await practice.times(reason.id, WED)).not.toEqual([]);
  });

  it('knows days on which the clocks change', async () => {
    const { place, chairIds, ann } = await practice.team({ hours: ALL_DAY });
    const reason = await practice.reason([ann.id], chairIds);
    const night = { locationId: place.id, providerIds: [ann.id], startTime: '01:00', endTime: '04:00' };
    await block({ ...night, startDate: SUN, endDate: SUN });
    // From 02:00 to 03:00 there is no time on that day; the end is 04:00 on the wall all the same.
    expect((await practice.times(reason.id, SUN)).slice(0, 3)).toEqual(['00:00', '00:30', '04:00']);
    const autumn = '2027-11-07';
    clock.set(Date.parse('2027-11-01T12:00:00Z'));
    expect(await practice.times(reason.id, autumn)).toHaveLength(50);
    const twice = await block({ ...night, startDate: autumn, endDate: autumn, endTime: '02:00' });
    expect((await practice.times(reason.id, autumn)).slice(0, 3)).toEqual(['00:00', '00:30', '02:00']);
    await practice.ok('PATCH', `blocks/${twice.id}`, { startTime: null, endTime: null });
    expect(await practice.times(reason.id, autumn)).toEqual([]);
    const gap = { ...night, startDate: SUN, endDate: SUN, startTime: '02:00', endTime: '03:00' };
    const nothing = await practice.call('POST', 'blocks', { type: 'other', ...gap });
    expect([nothing.status, nothing.body.errors[0].code]).toEqual([400, 'empty']);
  });

  it('lists whom it hits, before and after it is saved, or refuses', async () => {
    const { place, chairIds, ann, bob, people } = await practice.team();
    const pattern = await practice.reason(people, chairIds, { durationMinutes: null, pattern: 'XX//XX' });
    const early = await book(pattern.id, TUE, '09:00', ann.id);
    const late = await book(pattern.id, TUE, '10:00', ann.id);
    await book(pattern.id, TUE, '10:00', bob.id);
    const held = await practice.holdAt(pattern.id, TUE, '11:00', ann.id);
    const whole = { locationId: place.id, providerIds: [ann.id], type: 'out_of_office', startDate: TUE, endDate: WED };
    const preview = await practice.ok('POST', 'blocks/preview?limit=1', whole);
    expect(preview.hits).toEqual({ appointments: 2, externalVisits: 0, holds: 1 });
    expect([preview.data.map(({ id }: Json) => id), preview.hasMore]).toEqual([[early.id], true]);
    const rest = await practice.ok('POST', `blocks/preview?limit=1&cursor=${preview.nextCursor}`, whole);
    expect(rest.data).toEqual([
      {
        ...{ id: late.id, status: 'booked', time: late.time, end: late.end, providerId: ann.id },
        ...{ operatoryId: late.operatoryId, reasonId: pattern.id, patientId },
      },
    ]);
    // Ten minutes in which the provider is not needed hit nobody.
    const between = { ...whole, endDate: TUE, startTime: '09:10', endTime: '09:20' };
    expect((await practice.ok('POST', 'blocks/preview', between)).hits.appointments).toBe(0);
    const refused = await practice.call('POST', 'blocks', { ...whole, ifHit: 'refuse' });
    expect([...outcome(refused), refused.body.appointments]).toEqual([
      409,
      'appointments_in_the_way',
      [...preview.data, ...rest.data],
    ]);
    expect(await practice.times(pattern.id, WED, `&providerId=${ann.id}`)).toHaveLength(6);
    expect((await practice.ok('GET', `holds/${held.id}`)).id).toBe(held.id);
    const made = await block(whole);
    expect(made.hits).toEqual(preview.hits);
    // Who was filling in the form is told; who is booked is listed until somebody moves the visit.
    const lost = { holdId: held.id, patientId, patientType: 'new' };
    expect(outcome(await practice.call('POST', 'appointments', lost))).toEqual([409, 'hold_expired']);
    const listed = async () =>
      (await practice.ok('GET', `blocks/${made.id}/appointments`)).data.map(({ id }: Json) => id);
    expect(await listed()).toEqual([early.id, late.id]);
    await practice.ok('POST', `appointments/${early.id}/cancel`, { reason: 'provider_unavailable' });
    const [slot] = await practice.slots(pattern.id, WED, `&providerId=${bob.id}`);
    await practice.ok('POST', `appointments/${late.id}/reschedule`, { slotId: slot.id });
    expect(await listed()).toEqual([]);
    const changed = await practice.call('PATCH', `blocks/${made.id}`, { providerIds: people, ifHit: 'refuse' });
    expect([...outcome(changed), changed.body.hits.appointments]).toEqual([409, 'appointments_in_the_way', 2]);
    expect((await practice.ok('GET', `blocks/${made.id}`)).providerIds).toEqual([ann.id]);
  });

  it('refuses what makes no sense, with pointers', async () => {
    const { place, chairIds, ann } = await practice.team();
    const elsewhere = await practice.team();
    const base = { locationId: place.id, type: 'other', startDate: TUE, endDate: TUE };
    const faults: [object, string][] = [
      [{ endDate: '2027-03-01' }, '/endDate'],
      [{ endDate: '2028-03-10' }, '/endDate'],
      [{ startTime: '10:00' }, '/endTime'],
      [{ startTime: '10:00', endTime: '10:00' }, '/endTime'],
      [{ weekdays: [1] }, '/startDate'],
      [{ providerIds: [elsewhere.ann.id] }, '/providerIds/0'],
      [{ operatoryIds: [elsewhere.chairIds[0]] }, '/operatoryIds/0'],
      [{ reasonIds: ['rsn_01hzzzzzzzzzzzzzzzzzzzzzzz'] }, '/reasonIds/0'],
    ];
    for (const [fields, pointer] of faults) {
      const { status, body } = await practice.call('POST', 'blocks', { ...base, ...fields });
      expect([fields, status, body.errors?.[0].pointer]).toEqual([fields, 400, pointer]);
    }
    const made = await block({ ...base, providerIds: [ann.id], operatoryIds: chairIds });
    const stale = await practice.call('PATCH', `blocks/${made.id}`, { endTime: '10:00' });
    expect(stale.body.errors[0].pointer).toBe('/endTime');
  });

  it('ends a hold wherever it stands', async () => {
    const places = [await practice.location(), await practice.location()].map(({ id }) => id as string);
    const [here, there] = places as [string, string];
    const chairs = [await practice.operatory(here), await practice.operatory(there)].map(({ id }) => id as string);
    const [chair] = chairs as [string];
    const roaming = await practice.provider(places, chairs);
    const other = await practice.provider([here], [chair]);
    const reason = await practice.reason([roaming.id, other.id], chairs);
    const free = (locationId: string, providerId: string) =>
      practice.times(reason.id, TUE, `&locationId=${locationId}&providerId=${providerId}`);
    // The block is of the chair: the provider is free in the other place.
    await practice.holdAt(reason.id, TUE, '09:00', roaming.id);
    expect(await free(there, roaming.id)).not.toContain('09:00');
    const hour = { startTime: '09:00', endTime: '10:00' };
    expect((await block({ locationId: here, operatoryIds: [chair], ...hour })).hits.holds).toBe(1);
    expect(await free(there, roaming.id)).toContain('09:00');
    // The block is of the provider, in the other place: the chair is free here.
    await practice.holdAt(reason.id, TUE, '11:00', roaming.id);
    expect(await free(here, other.id)).not.toContain('11:00');
    const away = { locationId: there, providerIds: [roaming.id], startTime: '11:00', endTime: '12:00' };
    expect((await block(away)).hits.holds).toBe(1);
    expect(await free(here, other.id)).toContain('11:00');
  });

  it('races with holds and bookings: each is refused, or listed', async () => {
    const { place, chairIds, people } = await practice.team({ hours: ALL_DAY });
    const reason = await practice.reason(people, chairIds);
    for (const [round, date] of [TUE, WED, THU, FRI].entries()) {
      const slots = await practice.slots(reason.id, date, '&anyProvider=false');
      const wanted = slots.filter((_, n) => n % 8 === 0);
      const bookings = wanted.map(async ({ id }) => {
        const hold = await practice.call('POST', 'holds', { slotId: id });
        const body = { ...(hold.status === 201 ? { holdId: hold.body.id } : { slotId: id }), patientId };
        return practice.call('POST', 'appointments', { ...body, patientType: 'new' });
      });
      const ifHit = round % 2 === 0 ? 'keep' : 'refuse';
      const closing = { locationId: place.id, type: 'holiday', startDate: date, endDate: date, ifHit };
      const [closed, ...answers] = await Promise.all([practice.call('POST', 'blocks', closing), ...bookings]);
      const booked = answers.filter(({ status }) => status === 201).map(({ body }) => body.id as string);
      expect(answers.filter(({ status }) => status !== 201 && status !== 409).map(outcome)).toEqual([]);
      if (closed.status === 201) {
        const { data } = await practice.ok('GET', `blocks/${closed.body.id}/appointments?limit=100`);
        expect(data.map(({ id }: Json) => id).sort()).toEqual(booked.sort());
        expect(closed.body.hits.appointments).toBe(booked.length);
        if (ifHit === 'refuse') expect(booked).toEqual([]);
      } else {
        expect(outcome(closed)).toEqual([409, 'appointments_in_the_way']);
        expect(closed.body.appointments.every(({ id }: Json) => booked.includes(id))).toBe(true);
      }
    }
  }, 180_000);
});
