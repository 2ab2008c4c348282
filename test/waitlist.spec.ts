import { createHash } from 'node:crypto';
import { EventRepository } from '../src/events/index.js';
import { derivedId, ManualClock } from '../src/kernel/index.js';
import type { Filter } from '../src/persistence/index.js';
import { workId, WorkRepository, type WorkRow } from '../src/queues/index.js';
import { WorkRunner } from '../src/queues/work-runner.js';
import { Availability } from '../src/scheduling/index.js';
import { OfferHolds } from '../src/scheduling/waitlist/offer-holds.js';
import { request } from './harness/http.js';
import { InboxProcess, type Received } from './harness/inbox.js';
import { ShiftingClock } from './harness/shifting-clock.js';
import { until } from './harness/until.js';
import { WaitingPractice, WED, TUE, type Json, type Room } from './harness/waiting-practice.js';

/** Monday 8 March 2027, 09:00 in Chicago. */
const MONDAY = Date.parse('2027-03-08T15:00:00Z');
const MINUTE = 60_000;

const local = (offer: Json): string => offer.time.local;

describe('the waitlist at work', () => {
  const clock = new ShiftingClock(MONDAY);
  const practice = new WaitingPractice();
  let inbox: InboxProcess;

  beforeAll(async () => {
    inbox = await InboxProcess.start();
    await practice.start(clock, { ...inbox.env });
  }, 60_000);

  afterAll(async () => {
    await practice.app.stop();
    await inbox.stop();
  });

  const mails = async (patient: Json, subject: string): Promise<Received[]> =>
    (await inbox.messages(patient.email)).filter((one) => one.subject.includes(subject));
  const mail = async (patient: Json, subject: string): Promise<Received> =>
    (
      await until(
        () => mails(patient, subject),
        (found) => found.length > 0,
      )
    )[0] as Received;
  const linkOf = async (patient: Json) => {
    const { text } = await mail(patient, 'An earlier time');
    return /\/offer#([\w-]{32})/.exec(text)?.[1] as string;
  };
  const widget = (method: string, path: string) =>
    request<Json>(method, `${practice.baseUrl}/v1/widget/offers/${path}`);

  it('offers a cancelled time to the first in line, who books it by the link in the mail', async () => {
    const room = await practice.room();
    const visit = await practice.book(room, TUE, '10:00');
    const second = await practice.waits(room);
    const first = await practice.waits(room, { priority: 'urgent', dayParts: ['morning'], weekdays: [2] });
    expect([(await practice.entry(first.entry)).rank, (await practice.entry(second.entry)).rank]).toEqual([1, 2]);
    await practice.cancel(visit);
    const offer = await practice.offered(first.entry);
    expect([local(offer), offer.state, offer.way]).toEqual([`${TUE}T10:00`, 'open', 'message']);
    expect(await practice.times(room.reasonId, TUE)).not.toContain('10:00');
    expect(Date.parse(offer.expiresAt) - Date.parse(offer.createdAt)).toBe(30 * MINUTE);

    const token = await linkOf(first.patient);
    const seen = await widget('GET', token);
    expect(seen.body).toMatchObject({ state: 'open', time: { local: `${TUE}T10:00` }, instead: null });
    expect(JSON.stringify(seen.body)).not.toMatch(new RegExp(`${first.patient.lastName}|1990|pat_|wlt_`));
    const taken = await widget('POST', `${token}/accept`);
    expect([taken.status, taken.body.appointment.time.local]).toEqual([200, `${TUE}T10:00`]);
    const again = await widget('POST', `${token}/accept`);
    expect([again.status, again.body.code, again.body.detail]).toEqual([
      409,
      'offer_over',
      'This time was taken: it is booked.',
    ]);
    const entry = await practice.entry(first.entry);
    expect(entry).toMatchObject({ status: 'booked', rank: null, offerId: null });
    expect(await practice.ok('GET', `appointments/${entry.bookedAppointmentId}`)).toMatchObject({
      ...{ status: 'booked', patientId: first.patient.id, channel: 'link' },
      time: { local: `${TUE}T10:00` },
    });
    await mail(first.patient, 'Your visit at');
    expect(await mails(second.patient, 'An earlier time')).toEqual([]);
    expect(await practice.offers(second.entry)).toEqual([]);
    const events = practice.get(EventRepository).forTenant(practice.scope());
    const told = await events.find({ 'subject.id': first.entry.id } as never, { sort: { sequence: 1 } });
    expect(told.map(({ type, sequence }) => `${sequence} ${type}`)).toEqual([
      '1 waitlist.joined',
      '2 waitlist.offered',
      '3 waitlist.booked',
    ]);
  });

  it('goes to the next on "no" and when the limit has passed, and is free for all when nobody is left', async () => {
    const room = await practice.room();
    const visit = await practice.book(room, TUE, '11:00');
    const [one, two] = [await practice.waits(room, { priority: 'urgent' }), await practice.waits(room)];
    const afternoons = await practice.waits(room, { dayParts: ['afternoon'] });
    const short = await practice.waits(room, { noticeMinutes: 3 * 24 * 60 });
    await practice.cancel(visit);
    await practice.offered(one.entry);
    const token = await linkOf(one.patient);
    const declined = await widget('POST', `${token}/decline`);
    expect([declined.status, declined.body.state]).toEqual([200, 'declined']);
    const late = await practice.offered(two.entry);
    expect(await practice.entry(one.entry)).toMatchObject({ status: 'waiting', offersMade: 1 });
    const lateToken = await linkOf(two.patient);
    expect(await practice.times(room.reasonId, TUE)).not.toContain('11:00');
    // Answers show whole seconds.
    clock.advance(Date.parse(late.expiresAt) - clock.now() + 1_000);
    expect((await widget('GET', lateToken)).body.state).toBe('expired');
    const refused = await widget('POST', `${lateToken}/accept`);
    expect([refused.status, refused.body.code, refused.body.offerState]).toEqual([409, 'offer_over', 'expired']);
    await practice.status(two.entry, 'waiting');
    await until(
      () => practice.times(room.reasonId, TUE),
      (times) => times.includes('11:00'),
    );
    expect((await practice.offers(two.entry)).map(({ state }) => state)).toEqual(['expired']);
    for (const { entry } of [afternoons, short]) expect(await practice.offers(entry)).toEqual([]);
  });

  it('asks nobody twice at a time, and each free time goes to one', async () => {
    const room = await practice.room();
    const visits = [await practice.book(room, WED, '09:00'), await practice.book(room, WED, '10:00')];
    const [one, two] = [await practice.waits(room, { priority: 'urgent' }), await practice.waits(room)];
    await Promise.all(visits.map((visit) => practice.cancel(visit)));
    const offers = [await practice.offered(one.entry), await practice.offered(two.entry)];
    expect(offers.map(local).sort()).toEqual([`${WED}T09:00`, `${WED}T10:00`]);
    expect(await practice.offers(one.entry)).toHaveLength(1);
    // Both say no: who is free to be asked then is asked about the other's time.
    for (const [place, { entry }] of [one, two].entries())
      expect((await practice.answer(entry, offers[place], 'decline')).status).toBe(200);
    const next = await practice.offered(one.entry);
    expect([local(next), next.state]).toEqual([local(offers[1]), 'open']);
  });

  it('moves a later visit in one go, and its old time goes to the next in line', async () => {
    const room = await practice.room();
    const early = await practice.book(room, TUE, '09:00');
    const patient = await practice.patient();
    const later = await practice.book(room, WED, '11:00', patient);
    const mover = await practice.waits(room, { priority: 'urgent', appointmentId: later.id }, patient);
    const onlyWednesday = await practice.waits(room, { weekdays: [3] });
    await practice.cancel(early);
    await practice.offered(mover.entry);
    const token = await linkOf(patient);
    expect((await widget('GET', token)).body.instead.local).toBe(`${WED}T11:00`);
    const moved = await widget('POST', `${token}/accept`);
    expect([moved.status, moved.body.appointment.id]).toEqual([200, later.id]);
    expect(moved.body.appointment.time.local).toBe(`${TUE}T09:00`);
    expect(await practice.standing(room.reasonId)).toHaveLength(1);
    expect(local(await practice.offered(onlyWednesday.entry))).toBe(`${WED}T11:00`);
    await mail(patient, 'Your visit has moved');
  });

  it('asks nobody to come later, nor one whose later visit is gone', async () => {
    const room = await practice.room();
    const patient = await practice.patient();
    const [mine, other] = [await practice.book(room, TUE, '09:30', patient), await practice.book(room, WED, '09:30')];
    const { entry } = await practice.waits(room, { appointmentId: mine.id }, patient);
    const { entry: next } = await practice.waits(room);
    await practice.cancel(other);
    await practice.offered(next);
    expect(await practice.offers(entry)).toEqual([]);
    await practice.cancel(mine);
    expect(await practice.status(entry, 'withdrawn')).toMatchObject({ endReason: 'visit_ended' });
  });

  it.each([
    [
      'a move',
      async (room: Room, visit: Json) => {
        const slot = (await practice.slots(room.reasonId, '2027-03-12')).at(-1);
        await practice.ok('POST', `appointments/${visit.id}/reschedule`, { slotId: slot.id });
      },
    ],
    [
      'a no-show that is known before',
      (_: Room, visit: Json) => practice.ok('POST', `appointments/${visit.id}/no-show`),
    ],
    [
      'somebody who waits no longer',
      async (room: Room, visit: Json) => {
        const { entry } = await practice.waits(room, { priority: 'urgent' });
        await practice.cancel(visit);
        await practice.offered(entry);
        const gone = await practice.ok('POST', `waitlist/${entry.id}/withdraw`, { reason: 'patient_request' });
        expect(gone).toMatchObject({ status: 'withdrawn', endReason: 'patient_request', offerId: null });
        expect((await practice.offers(entry)).map(({ state }) => state)).toEqual(['withdrawn']);
      },
    ],
  ])('is fed by %s', async (_what, free) => {
    const room = await practice.room();
    const visit = await practice.book(room, WED, '10:30');
    const { entry } = await practice.waits(room);
    await free(room, visit);
    expect(local(await practice.offered(entry))).toBe(`${WED}T10:30`);
  });

  it('keeps quiet at night, and asks in the morning if the time still makes sense', async () => {
    const room = await practice.room();
    await practice.ok('PATCH', 'settings', { messages: { quietFrom: '00:00', quietUntil: '23:00' } });
    // What other processes may still believe of the settings is over after 3 s.
    clock.advance(4_000);
    const visit = await practice.book(room, WED, '11:30');
    const { entry } = await practice.waits(room);
    await practice.cancel(visit);
    const work = practice.get(WorkRepository).forTenant(practice.scope());
    const put = await until(
      () => work.findOne({ kind: 'waitlist.fill', state: 'ready' } as Filter<WorkRow>, { sort: { dueAt: -1 } }),
      (row) => row !== null && row.leaseToken === null && row.dueAt > clock.now() + 60 * MINUTE,
    );
    expect(new Date(put?.dueAt ?? 0).toISOString()).toBe('2027-03-09T05:00:00.000Z');
    expect(await practice.offers(entry)).toEqual([]);
    await practice.ok('PATCH', 'settings', { messages: { quietFrom: null, quietUntil: null } });
    expect(await practice.times(room.reasonId, WED)).toContain('11:30');
  });
});

describe('the waitlist, step by step', () => {
  const clock = new ManualClock(MONDAY);
  const practice = new WaitingPractice();

  beforeAll(() => practice.start(clock), 60_000);
  beforeEach(() => clock.set(MONDAY));
  afterAll(() => practice.app.stop());

  const run = (id: string) => practice.get(WorkRunner).run(id);
  const rows = () => practice.get(WorkRepository).forTenant(practice.scope());
  /** The opening that a cancellation makes; nothing is offered yet. */
  const opening = async (visit: Json): Promise<string> => {
    await practice.cancel(visit);
    const event = await until(
      () =>
        practice
          .get(EventRepository)
          .forTenant(practice.scope())
          .findOne({ 'subject.id': visit.id, type: 'appointment.cancelled', pending: { $exists: false } } as never),
      (found) => found !== null,
    );
    await run(workId('consume.waitlist', String(event?._id)));
    return String(event?._id);
  };
  const fill = (openingId: string) => run(workId('waitlist.fill', openingId));
  const again = (kind: string, openingId: string) =>
    rows().update(workId(kind, openingId), { $set: { state: 'ready', dueAt: 0, leaseToken: null, leaseUntil: null } });

  it('offers once, however often its work is repeated', async () => {
    const room = await practice.room();
    const visit = await practice.book(room, TUE, '10:00');
    const [one, two] = [await practice.waits(room, { priority: 'urgent' }), await practice.waits(room)];
    const id = await opening(visit);
    await fill(id);
    for (const kind of ['consume.waitlist', 'waitlist.fill', 'waitlist.fill']) {
      await again(kind, id);
      await run(workId(kind, id));
    }
    expect((await practice.offers(one.entry)).map(({ state }) => state)).toEqual(['open']);
    expect(await practice.offers(two.entry)).toEqual([]);
  });

  it('takes up what a process left that died between hold and offer', async () => {
    const room = await practice.room();
    const visit = await practice.book(room, TUE, '10:00');
    const { entry } = await practice.waits(room);
    const id = await opening(visit);
    const offerId = derivedId('waitlistOffer', createHash('sha256').update(`${id}/0`).digest());
    const wanted = (await practice.slots(room.reasonId, TUE)).find((one) => local({ time: one }) === `${TUE}T10:00`);
    const ref = {
      ...room,
      operatoryId: visit.operatoryId,
      locationId: visit.locationId,
      start: Date.parse(wanted.start),
    };
    const slot = await practice.get(Availability).offered(practice.scope(), ref);
    const left = { patientType: 'returning' as const, expiresAt: MONDAY + 30 * MINUTE };
    expect(await practice.get(OfferHolds).take(practice.scope(), offerId, slot!, left)).not.toBeNull();
    expect(await practice.times(room.reasonId, TUE)).not.toContain('10:00');
    await fill(id);
    expect(await practice.offers(entry)).toMatchObject([{ id: offerId, state: 'open' }]);
    const accepted = await practice.answer(entry, { id: offerId }, 'accept');
    expect([accepted.status, accepted.body.state]).toEqual([200, 'accepted']);
  });

  it('gives a time to one only, whoever comes at the moment at which it ends', async () => {
    const ends = new Set<string>();
    for (const shift of [-2, -1, 0, 1, 2, -1, 0, 1]) {
      clock.set(MONDAY);
      const room = await practice.room();
      const visit = await practice.book(room, TUE, '10:00');
      const { entry } = await practice.waits(room);
      const patientId = (await practice.patient()).id;
      const id = await opening(visit);
      const slotId = (await practice.slots(room.reasonId, TUE)).find((one) => one.local === `${TUE}T10:00`).id;
      await fill(id);
      const [offer] = await practice.offers(entry);
      clock.set(Date.parse(offer.expiresAt) + shift);
      const [accepted, booked] = await Promise.all([
        practice.answer(entry, offer, 'accept'),
        practice.call('POST', 'appointments', { slotId, patientId, patientType: 'returning' }),
        fill(id),
      ]);
      await fill(id);
      const yes = [accepted, booked].filter(({ status }) => status < 300).length;
      expect(
        [accepted, booked].map(({ status }) => status).filter((status) => ![200, 201, 409].includes(status)),
      ).toEqual([]);
      const standing = await practice.standing(room.reasonId);
      expect([yes <= 1, standing.length]).toEqual([true, yes]);
      const after = await practice.entry(entry);
      expect(after.status).toBe(accepted.status === 200 ? 'booked' : shift < 0 ? 'offered' : 'waiting');
      ends.add(`${accepted.status} ${booked.status}`);
    }
    expect([...ends].sort()).toEqual(['200 409', '409 201']);
  });

  it('lets one of two answers count', async () => {
    const room = await practice.room();
    const visit = await practice.book(room, TUE, '10:00');
    const { entry } = await practice.waits(room);
    await fill(await opening(visit));
    const [offer] = await practice.offers(entry);
    const answers = await Promise.all(
      (['accept', 'decline', 'accept', 'accept'] as const).map((action) => practice.answer(entry, offer, action)),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 409]));
    expect((await practice.standing(room.reasonId)).length).toBe(
      (await practice.entry(entry)).status === 'booked' ? 1 : 0,
    );
  });

  it('lets staff offer a time, write or call, and note the answer', async () => {
    const room = await practice.room();
    const { entry } = await practice.waits(room, { dayParts: ['afternoon'] });
    const [slot, other] = await practice.slots(room.reasonId, TUE);
    const asked = await practice.ok('POST', `waitlist/${entry.id}/offers`, { slotId: slot.id, way: 'telephone' });
    expect([asked.state, asked.way, local(asked)]).toEqual(['open', 'telephone', `${TUE}T09:00`]);
    const twice = await practice.call('POST', `waitlist/${entry.id}/offers`, { slotId: other.id });
    expect([twice.status, twice.body.code]).toEqual([409, 'conflict']);
    const taken = await practice.call('POST', `waitlist/${(await practice.waits(room)).entry.id}/offers`, {
      slotId: slot.id,
    });
    expect([taken.status, taken.body.code, taken.body.alternatives.length]).toEqual([409, 'slot_taken', 3]);
    expect((await practice.answer(entry, asked, 'decline')).body.state).toBe('declined');
    expect(await practice.times(room.reasonId, TUE)).toContain('09:00');
    const second = await practice.ok('POST', `waitlist/${entry.id}/offers`, { slotId: slot.id, way: 'telephone' });
    clock.advance(30 * MINUTE);
    await run(workId('waitlist.fill', second.id));
    expect((await practice.offers(entry)).map(({ state }) => state)).toEqual(['expired', 'declined']);
    const third = await practice.ok('POST', `waitlist/${entry.id}/offers`, { slotId: other.id });
    const yes = await practice.answer(entry, third, 'accept');
    expect([yes.status, yes.body.state]).toEqual([200, 'accepted']);
    expect(await practice.entry(entry)).toMatchObject({
      status: 'booked',
      bookedAppointmentId: yes.body.appointmentId,
    });
    const late = await practice.call('POST', `waitlist/${entry.id}/withdraw`, {});
    expect([late.status, late.body.code]).toEqual([409, 'conflict']);
  });

  it('is changed under its version, filtered, and lapses after its last day', async () => {
    const room = await practice.room();
    const { entry } = await practice.waits(room, { to: WED, providerId: room.providerId });
    const change = (version: number, body: object) =>
      request<Json>('PATCH', `${practice.baseUrl}/v1/waitlist/${entry.id}`, body, {
        authorization: `Bearer ${practice.apiKey}`,
        'if-match': `"v${version}"`,
      });
    const changed = await change(1, { to: '2027-03-11', providerId: null, weekdays: [4], priority: 'urgent' });
    expect(changed.body).toMatchObject({ to: '2027-03-11', providerId: null, weekdays: [4], version: 2 });
    expect((await change(1, { to: WED })).status).toBe(412);
    expect((await change(2, { to: '2027-03-01' })).body.errors[0].pointer).toBe('/to');
    const list = async (query: string) =>
      (await practice.ok('GET', `waitlist?reasonId=${room.reasonId}&${query}`)).data.map(({ id }: Json) => id);
    expect(await list('status=waiting')).toEqual([entry.id]);
    expect(await list(`providerId=${room.providerId}`)).toEqual([]);
    clock.set(Date.parse('2027-03-11T06:00:00Z'));
    await run(workId('waitlist.lapse', `${entry.id}/${WED}`));
    expect((await practice.entry(entry)).status).toBe('waiting');
    clock.set(Date.parse('2027-03-12T06:00:00Z'));
    await run(workId('waitlist.lapse', `${entry.id}/2027-03-11`));
    expect(await practice.entry(entry)).toMatchObject({ status: 'lapsed', rank: null, rankReasons: [] });
  });
});
