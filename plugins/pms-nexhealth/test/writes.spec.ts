import { call, fails, readAll } from '@openchair/plugin-kit/conformance';
import { LOCATION, type Row, SUBDOMAIN } from './practice.js';
import { type NexHealthStand, NOW, RANGE, requestAt, startStand } from './stand.js';

const MINUTE = 60_000;

describe('what is written through NexHealth', () => {
  let stand: NexHealthStand;

  beforeEach(async () => {
    stand = await startStand();
  });
  afterEach(() => stand.stop());

  const asked = (method: string, path: string) =>
    stand.emulator.requests.filter((one) => one.method === method && one.path === path);
  const visits = () => readAll((next) => stand.adapter.pullAppointments!(call(), { ...RANGE, ...next }));
  const place = async (index = 0) => (await stand.freePlaces(index + 1))[index]!;
  const book = async (reference: string) =>
    stand.adapter.createAppointment!(call(), await requestAt(stand, await place(), reference));

  describe('a visit that is accepted', () => {
    const write = async (reference = 'apt_1', index = 0) => {
      const request = await requestAt(stand, await place(index), reference);
      return stand.adapter.createAppointment!(call(reference), request);
    };
    const lookUp = (reference = 'apt_1') => stand.adapter.findByOurReference!(call(), reference);
    const ourRow = (at = -1) => [...stand.emulator.office.appointments.values()].at(at) as Row & { id: number };
    const pending = async (promise: Promise<unknown>) => {
      const { reason, outcome } = await fails(promise, 'retryable');
      expect([reason, outcome]).toEqual(['insertion_pending', 'accepted']);
    };
    const hear = async () => {
      const heard = [];
      for (const { body, headers } of stand.emulator.office.messages.splice(0))
        heard.push(...(await stand.adapter.verifyInbound!({ body, headers, receivedAt: 0 })));
      return heard;
    };

    beforeEach(() => {
      stand.emulator.office.prompt = false;
    });

    it('is pending until the practice system has it, and is asked for once', async () => {
      await pending(write());
      await pending(write());
      await pending(lookUp());
      expect(asked('POST', '/appointments')).toHaveLength(1);
      expect((await visits()).some(({ reference }) => reference === 'apt_1')).toBe(false);
      stand.emulator.office.insert(ourRow().id);
      expect(await hear()).toMatchObject([{ topic: 'appointments', foreignId: String(ourRow().id) }]);
      expect(await lookUp()).toMatchObject({ status: 'scheduled', reference: 'apt_1' });
      expect((await write()).foreignId).toBe(String(ourRow().id));
      expect((await visits()).filter(({ reference }) => reference === 'apt_1')).toHaveLength(1);
    });

    it('holds its time for others while it is pending, when it was booked elsewhere', async () => {
      const { start, end } = await place();
      const times = { start_time: new Date(start).toISOString(), end_time: new Date(end).toISOString() };
      const { id } = stand.emulator.office.accept({ patient_id: 2001, provider_id: 101, operatory_id: 181, ...times });
      expect((await visits()).some(({ foreignId }) => foreignId === String(id))).toBe(true);
    });

    it('is a conflict when the front desk was quicker, and can be asked for again', async () => {
      const { office } = stand.emulator;
      await pending(write());
      const rival = office.enterAt(await place());
      office.insert(ourRow(-2).id);
      await hear();
      const failed = ourRow(-2);
      expect(await lookUp()).toBeNull();
      expect(failed['id'] !== rival && office.appointments.get(failed.id)?.['cancelled']).toBe(true);
      expect((await fails(write(), 'conflict')).reason).toBe('slot_taken');
      expect(asked('POST', '/appointments')).toHaveLength(1);
      office.insert(failed.id);
      expect(office.countAt(await place())).toBe(1);
      await pending(write('apt_1', 1));
      office.insert(ourRow().id);
      expect(await lookUp()).toMatchObject({ start: (await place(1)).start });
    });

    it('is another one when another time was chosen meanwhile', async () => {
      await pending(write());
      stand.emulator.office.tell('appointment_insertion.failed', ourRow());
      await hear();
      expect(await lookUp()).toBeNull();
      await pending(write('apt_1', 1));
      expect(asked('POST', '/appointments')).toHaveLength(2);
      stand.emulator.office.insert(ourRow().id);
      expect(await write('apt_1', 1)).toMatchObject({ start: (await place(1)).start, status: 'scheduled' });
    });

    it('is refused when nobody knows why it failed', async () => {
      await pending(write());
      stand.emulator.office.tell('appointment_insertion.incomplete', ourRow());
      await hear();
      expect((await fails(write(), 'rejected')).reason).toBe('insertion_incomplete');
      expect(ourRow()['cancelled']).toBe(true);
    });

    it('has failed when its time has passed, or other writes got through meanwhile, also without a webhook', async () => {
      const { office } = stand.emulator;
      await pending(write());
      stand.deps.clock.time += 40 * MINUTE;
      office.sync['write_status'] = 'red';
      await pending(lookUp());
      office.sync['write_status_at'] = new Date(NOW + 20 * MINUTE).toISOString();
      office.sync['write_status'] = 'green';
      await pending(lookUp());
      delete office.sync['write_status_at'];
      expect(await lookUp()).toBeNull();
      expect((await fails(write(), 'rejected')).reason).toBe('insertion_failed');

      await pending(write('apt_2', 1));
      stand.deps.clock.time = (await place(1)).start;
      expect(await lookUp('apt_2')).toBeNull();
      expect(ourRow()['cancelled']).toBe(true);
    });

    it('is not sent where NexHealth would keep it to itself, nor when it is too late', async () => {
      stand.emulator.office.location['insert_appt_client'] = false;
      expect((await fails(write(), 'rejected')).reason).toBe('location_takes_no_visits');
      stand.emulator.office.location['insert_appt_client'] = true;
      const request = await requestAt(stand, await place(), 'apt_1');
      const past = { ...request, start: NOW - MINUTE, end: NOW };
      expect((await fails(stand.adapter.createAppointment!(call(), past), 'rejected')).reason).toBe('start_passed');
      expect(asked('POST', '/appointments')).toHaveLength(0);
    });

    it('bears our mark, its procedures and a note that is not too long, and no messages go to the patient', async () => {
      const request = await requestAt(stand, await place(), 'apt_ünï/1');
      const more = { note: 'x'.repeat(200), procedureCodes: ['D0120', 'D9999'] };
      await pending(stand.adapter.createAppointment!(call(), { ...request, ...more }));
      expect(ourRow()).toMatchObject({ descriptor_ids: [13, 14], operatory_id: 181 });
      expect(String(ourRow()['note'])).toHaveLength(128);
      expect(asked('POST', '/appointments')[0]?.query.get('notify_patient')).toBe('false');
      stand.emulator.office.insert(ourRow().id);
      expect((await lookUp('apt_ünï/1'))?.reference).toBe('apt_ünï/1');
    });
  });

  describe('what a practice system does not take through NexHealth', () => {
    const runs = (name: string, display: string) => {
      stand.emulator.office.sync['emr'] = { id: 9, name, display_name: display, type: 'onprem' };
    };

    it('refuses to cancel or move where only the copy would change', async () => {
      const { foreignId } = await book('ref-limits');
      const cancel = () => stand.adapter.cancelAppointment!(call(), { foreignId, as: 'cancelled' });
      const move = async () => stand.adapter.moveAppointment!(call(), { foreignId, ...(await place(1)) });
      runs('curve2', 'Curve');
      expect((await fails(cancel(), 'rejected')).reason).toBe('cancel_not_supported_by_pms');
      runs('denticon', 'Denticon');
      expect((await fails(move(), 'rejected')).reason).toBe('move_not_supported_by_pms');
      runs('dentrix_enterprise', 'Dentrix Enterprise');
      expect((await move()).start).toBe((await place(1)).start);
      runs('denticon', 'Denticon');
      expect((await cancel()).status).toBe('cancelled');
      expect((await fails(move(), 'rejected')).reason).toBe('visit_cancelled');
    });

    it('refuses another provider, a no-show, and visits that are blocks', async () => {
      const { foreignId } = await book('ref-limits');
      const other = { ...(await place(1)), providerForeignId: '103' };
      const moved = stand.adapter.moveAppointment!(call(), { foreignId, ...other });
      expect((await fails(moved, 'rejected')).reason).toBe('provider_change_not_supported');
      const missed = stand.adapter.cancelAppointment!(call(), { foreignId, as: 'missed' });
      expect((await fails(missed, 'rejected')).reason).toBe('no_show_not_supported');
      const block = [...stand.emulator.office.appointments.values()].find((row) => row['unavailable'])!;
      const cancelled = { foreignId: String(block['id']), as: 'cancelled' } as const;
      await fails(stand.adapter.cancelAppointment!(call(), cancelled), 'not_found');
    });
  });

  describe('patients', () => {
    const findOrCreate = (more: object = {}) =>
      stand.adapter.findOrCreatePatient!(call(), { ...stand.newcomer, ...more });

    it.each(['dateOfBirth', 'phone', 'email'])('are not made without %s, but found', async (field) => {
      const { reason } = await fails(findOrCreate({ [field]: undefined }), 'rejected');
      expect(reason).toBe(`patient_needs_${field === 'dateOfBirth' ? 'date_of_birth' : field}`);
      const { foreignId } = await findOrCreate();
      expect(await findOrCreate({ [field]: undefined, reference: 'pat_2' })).toEqual({ foreignId, created: false });
    });

    it('go to the provider who takes newcomers, with a number as NexHealth writes it', async () => {
      await findOrCreate();
      await stand.connect({ intakeProviderId: 103 }).findOrCreatePatient!(call(), {
        ...stand.newcomer,
        reference: 'pat_3',
        firstName: 'Mira',
      });
      const bodies = asked('POST', '/patients').map(({ body }) => JSON.parse(body) as Row);
      expect(bodies.map(({ provider }) => provider)).toEqual([{ provider_id: 101 }, { provider_id: 103 }]);
      expect(bodies[0]).toMatchObject({ patient: { bio: { phone_number: '3125550147' } } });
    });

    it('are found where NexHealth finds them and the search does not', async () => {
      const { office } = stand.emulator;
      const { foreignId } = await findOrCreate();
      const row = office.patients.get(Number(foreignId))!;
      // A record that the practice system does not have yet is shown once a visit is booked for it.
      office.patients.set(Number(foreignId), { ...row, bio: { ...(row['bio'] as Row), new_patient: true } });
      expect(await findOrCreate({ reference: 'pat_4' })).toEqual({ foreignId, created: false });
      expect(asked('POST', '/patients')).toHaveLength(2);
      expect(office.patients.size).toBe(231);
    });

    it('are found again when the practice system has made a record of its own', async () => {
      const { office } = stand.emulator;
      const { foreignId } = await findOrCreate();
      const passing = office.patients.get(Number(foreignId))!;
      office.patients.delete(Number(foreignId));
      const request = { ...(await place()), reference: 'ref-heir', patientForeignId: foreignId };
      const lost = await fails(stand.adapter.createAppointment!(call(), request), 'not_found');
      expect(lost.reason).toBe('patient_not_found');
      const heir = office.addPatient(passing);
      const visit = await stand.adapter.createAppointment!(call(), request);
      expect(visit.patientForeignId).toBe(String(heir['id']));
      expect(await findOrCreate()).toEqual({ foreignId: String(heir['id']), created: false });
    });
  });

  describe('the emulator', () => {
    const GOOD = { 'nex-api-version': 'v3.0.0', 'content-type': 'application/json' };
    const HERE = `subdomain=${SUBDOMAIN}&location_id=${LOCATION}`;
    const DAY = 'start=2027-03-08T00:00:00Z&end=2027-03-09T00:00:00Z';
    const token = async () => {
      const headers = { ...GOOD, authorization: stand.emulator.apiKey };
      const answer = await fetch(`${stand.emulator.url}/authenticates`, { method: 'POST', headers });
      return ((await answer.json()) as { data: { token: string } }).data.token;
    };
    const BOOKING = {
      patient_id: 2001,
      provider_id: 101,
      operatory_id: 181,
      start_time: '2027-03-09T19:00:00Z',
      end_time: '2027-03-09T19:30:00Z',
    };

    it.each<[string, string, string, object | undefined, object, number]>([
      ['no version', 'GET', `/operatories?${HERE}`, undefined, { 'nex-api-version': 'v2' }, 404],
      ['no token', 'GET', `/operatories?${HERE}`, undefined, { authorization: 'Bearer x' }, 401],
      ['the bare key', 'GET', `/operatories?${HERE}`, undefined, { authorization: 'test-key-of-the-developer' }, 401],
      ['no subdomain', 'GET', `/operatories?location_id=${LOCATION}`, undefined, {}, 400],
      ['another subdomain', 'GET', `/operatories?subdomain=x&location_id=${LOCATION}`, undefined, {}, 403],
      ['no location', 'GET', `/operatories?subdomain=${SUBDOMAIN}`, undefined, {}, 400],
      ['another location', 'GET', `/operatories?subdomain=${SUBDOMAIN}&location_id=1`, undefined, {}, 403],
      ['a day for an instant', 'GET', `/appointments?${HERE}&start=2027-03-08&end=2027-03-09`, undefined, {}, 400],
      ['too long a page', 'GET', `/appointments?${HERE}&${DAY}&per_page=1001`, undefined, {}, 400],
      ['a strange cursor', 'GET', `/appointments?${HERE}&${DAY}&end_cursor=AAAA`, undefined, {}, 400],
      ['an unknown path', 'GET', `/slots?${HERE}`, undefined, {}, 404],
      ['an unknown field', 'POST', `/appointments?${HERE}`, { appt: { ...BOOKING, color: 'red' } }, {}, 400],
      ['a field that is missing', 'POST', `/appointments?${HERE}`, { appt: { patient_id: 1 } }, {}, 400],
      [
        'a time without zone',
        'POST',
        `/appointments?${HERE}`,
        { appt: { ...BOOKING, start_time: '2027-03-09T19:00' } },
        {},
        400,
      ],
      [
        'a time that has passed',
        'POST',
        `/appointments?${HERE}`,
        { appt: { ...BOOKING, start_time: '2027-03-01T19:00:00Z' } },
        {},
        400,
      ],
      ['nobody', 'POST', `/appointments?${HERE}`, { appt: { ...BOOKING, patient_id: 1 } }, {}, 404],
      ['no JSON', 'POST', `/appointments?${HERE}`, { appt: BOOKING }, { 'content-type': 'text/plain' }, 400],
    ])('answers %s as NexHealth does', async (_what, method, path, body, headers, status) => {
      const all = { ...GOOD, authorization: `Bearer ${await token()}`, ...headers };
      const init = { method, headers: all, ...(body ? { body: JSON.stringify(body) } : {}) };
      const answer = await fetch(stand.emulator.url + path, init);
      expect(answer.status).toBe(status);
      expect(await answer.json()).toMatchObject({ code: false, data: null, error: [expect.any(String)] });
    });

    it('notices parameters that an endpoint does not take, and tokens that have ended', async () => {
      const headers = { ...GOOD, authorization: `Bearer ${await token()}` };
      const ask = (path: string) => fetch(stand.emulator.url + path, { headers });
      expect((await ask(`/patients/2001?${HERE}`)).status).toBe(200);
      expect(stand.emulator.ignored.splice(0)).toEqual(['GET /patients/2001: location_id']);
      stand.deps.clock.time += 61 * MINUTE;
      expect((await ask(`/patients/2001?subdomain=${SUBDOMAIN}`)).status).toBe(401);
    });
  });
});
