import {
  type Call,
  isPluginError,
  PMS_METHODS,
  PMS_READS,
  type PmsBlockout,
  type PmsHours,
} from '@openchair/plugin-kit';
import {
  call,
  CONFORMANCE_COUNTS,
  describePmsConformance,
  fails,
  readAll,
  readPages,
} from '@openchair/plugin-kit/conformance';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { plugin } from '../src/index.js';
import { LOCATION, OTHER_LOCATION, type Row, SUBDOMAIN } from './practice.js';
import { type NexHealthStand, NOW, RANGE, requestAt, startStand } from './stand.js';

const MINUTE = 60_000;

const checks = describePmsConformance(plugin, startStand, { describe, it }, { http: true });

console.log(`pms-nexhealth: ${checks} checks`);

describe('NexHealth', () => {
  let stand: NexHealthStand;

  beforeEach(async () => {
    stand = await startStand();
  });
  afterEach(() => stand.stop());

  const asked = (method: string, path: string) =>
    stand.emulator.requests.filter((one) => one.method === method && one.path === path);
  const visits = (range = RANGE) => readAll((next) => stand.adapter.pullAppointments!(call(), { ...range, ...next }));
  const schedule = (from: string, to = from) =>
    readAll((next) => stand.adapter.pullSchedules!(call(), { from, to, ...next }));
  const hoursOf = async (provider: string, from: string, to = from) =>
    (await schedule(from, to)).filter(
      (one): one is PmsHours => one.kind === 'hours' && one.providerForeignId === provider,
    );
  const place = async (index = 0) => (await stand.freePlaces(index + 1))[index]!;

  it('leaves out only what it does not declare', () => {
    const all = CONFORMANCE_COUNTS.pms + CONFORMANCE_COUNTS.pmsHttp;
    expect(checks).toBeGreaterThan(all - 8);
    expect(plugin.capabilities.write).not.toContain('note');
  });

  it('describes its configuration in a schema that takes the good and refuses the unknown', () => {
    const ajv = new Ajv2020({ strict: true });
    addFormats.default(ajv as never);
    const validate = ajv.compile(plugin.configSchema);
    const good = { apiKey: 'k'.repeat(20), subdomain: 'harbor-dental', locationId: 348 };
    expect(validate(good)).toBe(true);
    for (const bad of [{ locationId: '348' }, { subdomain: 'a/b' }, { workingHours: 'both' }, { zone: 'x' }])
      expect(validate({ ...good, ...bad })).toBe(false);
    expect(plugin.secrets).toEqual(['apiKey', 'webhookSecret']);
  });

  describe('its session', () => {
    it('asks for a token once, anew shortly before it ends, and sends the key nowhere else', async () => {
      const after = async (minutes: number) => {
        stand.deps.clock.time = NOW + minutes * MINUTE;
        await stand.adapter.probe(call());
        return asked('POST', '/authenticates').length;
      };
      expect([await after(0), await after(54), await after(56), await after(57)]).toEqual([1, 1, 2, 2]);
      for (const { path, headers, rawQuery } of stand.emulator.requests) {
        expect(rawQuery).not.toContain(stand.emulator.apiKey);
        expect(headers.authorization === stand.emulator.apiKey).toBe(path === '/authenticates');
        expect(headers['nex-api-version']).toBe('v3.0.0');
      }
    });

    it('keeps a token for its own time, whatever the clocks say', async () => {
      stand.emulator.tokenLifeMs = 24 * 3_600_000;
      stand.emulator.skewMs = -3_600_000;
      await stand.adapter.probe(call());
      stand.deps.clock.time += 23 * 3_600_000;
      await stand.adapter.probe(call());
      expect(asked('POST', '/authenticates')).toHaveLength(1);
    });

    it('renews a token that was refused before its time, and writes once', async () => {
      const free = await place();
      const request = await requestAt(stand, free, 'ref-renewed');
      stand.emulator.revokeTokens();
      await stand.adapter.createAppointment!(call(), request);
      expect(asked('POST', '/authenticates')).toHaveLength(2);
      expect(stand.emulator.office.countAt(free)).toBe(1);
    });

    it('tells a withdrawn key from a place that the key does not open', async () => {
      const elsewhere = stand.connect({ subdomain: 'another-practice' });
      expect((await fails(elsewhere.pullProviders!(call(), {}), 'unauthorized')).reason).toBe('forbidden');
      stand.emulator.apiKey = 'another-key';
      expect((await fails(stand.connect().probe(call()), 'unauthorized')).reason).toBe('api_key_refused');
      expect(asked('POST', '/authenticates')).toHaveLength(2);
    });

    it('says which practice system it reaches, and that a location is not synced', async () => {
      expect(await stand.adapter.probe(call())).toMatchObject({ description: 'Dentrix through NexHealth' });
      stand.emulator.office.sync['write_status'] = 'red';
      expect((await stand.adapter.probe(call())).description).toBe('Dentrix through NexHealth, writes down');
      const other = stand.connect({ locationId: OTHER_LOCATION });
      expect((await fails(other.probe(call()), 'rejected')).reason).toBe('location_not_synced');
    });
  });

  describe('what it reads', () => {
    it('knows roles by licence codes, and chairs by working hours', async () => {
      const { records } = await stand.adapter.pullProviders!(call(), {});
      expect(records.map(({ role, specialty, operatoryForeignIds }) => [role, specialty, operatoryForeignIds])).toEqual(
        [
          ['dentist', undefined, ['181']],
          ['specialist', 'Endodontics', ['182']],
          ['hygienist', undefined, ['183']],
          ['other', undefined, ['182']],
        ],
      );
      expect(records[0]).toMatchObject({ abbreviation: 'Dr. Harbor', firstName: 'Grace', lastName: 'Harbor' });
    });

    it('makes one carrier of the plans of a company, and one code of its descriptors', async () => {
      const carriers = (await stand.adapter.pullCarriers!(call(), {})).records;
      expect(carriers.map(({ foreignId, name, payerId }) => [foreignId, name, payerId])).toEqual([
        ['17', 'Delta Dental', '94276'],
        ['19', 'Delta Dental', undefined],
        ['21', 'Cigna', '62308'],
      ]);
      const codes = (await stand.adapter.pullProcedureCodes!(call(), {})).records;
      expect(codes.map(({ code }) => code)).toEqual(['D1110', 'D0120']);
      const [cleaning] = (await stand.adapter.pullAppointmentTypes!(call(), {})).records;
      expect(cleaning).toMatchObject({ name: 'Cleaning', minutes: 60, procedureCodes: ['D1110'] });
    });

    it('tells on which day a recall is booked, with one question for a page', async () => {
      const { office } = stand.emulator;
      const booked = [...office.appointments.values()].find((row) =>
        String(row['start_time']).startsWith('2027-03-09'),
      )!;
      office.recalls.push({
        id: 900,
        patient_id: booked['patient_id'],
        date_due: '2027-04-02',
        recall_type: null,
        appointment_id: booked['id'],
      });
      const found = await readAll((next) => stand.adapter.pullRecalls!(call(), { ...RANGE, ...next }));
      expect(found).toContainEqual({
        foreignId: '900',
        patientForeignId: String(booked['patient_id']),
        type: 'Recall',
        dueOn: '2027-04-02',
        scheduledOn: '2027-03-09',
      });
      expect(asked('GET', '/patient_recalls').length).toBe(2);
      expect(asked('GET', '/appointments').length).toBe(1);
    });

    it('reads phone numbers and days of birth that are there, and whose record is inactive', async () => {
      const patients = await readAll((next) => stand.adapter.pullPatients!(call(), next));
      expect(patients).toHaveLength(230);
      expect(asked('GET', '/patients').map(({ query }) => query.get('per_page'))).toEqual(['200', '200']);
      expect(patients[0]).toMatchObject({ phone: '+13125550199' });
      expect(patients[0]).not.toHaveProperty('dateOfBirth');
      expect(patients[0]).not.toHaveProperty('email');
      expect(patients[1]).toMatchObject({ phone: '+13125550101', email: 'patient1@example.com', active: true });
      expect(patients[39]?.active).toBe(false);
    });

    it('has one time of reading for all pages of a pull', async () => {
      const first = await stand.adapter.pullAppointments!(call(), RANGE);
      stand.deps.clock.time += 10 * MINUTE;
      const second = await stand.adapter.pullAppointments!(call(), { ...RANGE, cursor: first.nextCursor! });
      expect([first.records.length, second.asOf]).toEqual([200, first.asOf]);
      await fails(stand.adapter.pullAppointments!(call(), { ...RANGE, cursor: 'x' }), 'rejected');
    });

    it.each<[Row, string]>([
      [{}, 'scheduled'],
      [{ cancelled: true, cancelled_at: '2027-03-08T12:00:00.000Z' }, 'cancelled'],
      [{ cancelled: false, cancelled_at: '2027-03-08T12:00:00.000Z' }, 'scheduled'],
      [{ patient_missed: true, cancelled: true }, 'missed'],
      [{ checkin_at: '2027-03-09T13:58:00.000Z' }, 'arrived'],
      [{ checkin_at: '2027-03-09T13:58:00.000Z', checked_out: true }, 'completed'],
      [{ checked_out: null, checked_out_at: '2027-03-09T15:00:00.000Z' }, 'completed'],
    ])('reads %j as %s', async (marks, status) => {
      const { office } = stand.emulator;
      const id = office.enterAt(await place());
      office.appointments.set(id, { ...office.appointments.get(id), ...marks });
      expect((await visits()).find(({ foreignId }) => foreignId === String(id))?.status).toBe(status);
    });

    it('does not guess at a time without its zone', async () => {
      const { office } = stand.emulator;
      const id = office.enterAt(await place());
      office.appointments.set(id, { ...office.appointments.get(id), end_time: '2027-03-09T14:30:00' });
      const { records, unreadable } = await readPages((next) =>
        stand.adapter.pullAppointments!(call(), { ...RANGE, ...next }),
      );
      expect(unreadable).toEqual([{ foreignId: String(id), field: 'end_time', reason: 'malformed' }]);
      expect(records.length).toBeGreaterThan(0);
    });

    it('fails in the words of the kit, whatever is broken in an answer', async () => {
      const junk = fc.constantFrom<unknown>(
        null,
        0,
        -1.5,
        '',
        'x',
        true,
        [],
        {},
        [null],
        { id: 'x' },
        '2027-13-40T99:00:00Z',
      );
      const spoil = (value: unknown, at: number, by: unknown): unknown => {
        let left = at;
        const walk = (node: unknown): unknown => {
          left -= 1;
          if (left === 0) return by;
          if (Array.isArray(node)) return node.slice(0, 3).map(walk);
          if (typeof node !== 'object' || node === null) return node;
          return Object.fromEntries(Object.entries(node).map(([name, child]) => [name, walk(child)]));
        };
        return walk(value);
      };
      const property = fc.asyncProperty(fc.integer({ min: 1, max: 120 }), junk, async (at, by) => {
        const adapter = stand.connect(
          {},
          {
            fetch: async (url, init) => {
              const answer = await fetch(url, init);
              const body = (await answer.json()) as unknown;
              const spoilt = String(url).includes('/authenticates') ? body : spoil(body, at, by);
              return Response.json(spoilt, { status: answer.status });
            },
          },
        );
        for (const kind of PMS_READS) {
          const pull = adapter[PMS_METHODS.read[kind][0]] as (one: Call, query: object) => Promise<unknown>;
          const failure = await pull(call(), RANGE).then(
            () => null,
            (error: unknown) => error,
          );
          if (failure !== null && !isPluginError(failure)) throw new Error(`${kind}: ${String(failure)}`);
        }
      });
      await fc.assert(property, { numRuns: 60 });
    });

    it('takes a refusal in a good status for what it is', async () => {
      const fetch = async () => Response.json({ code: false, data: null, error: ['No'] });
      await fails(stand.connect({}, { fetch }).probe(call()), 'retryable');
      const signed = async (url: string | URL | Request) =>
        Response.json(
          String(url).includes('authenticates')
            ? { code: true, data: { token: 'no.jwt' } }
            : { code: false, data: null, error: ['No'] },
        );
      const refused = await fails(stand.connect({}, { fetch: signed }).probe(call()), 'rejected');
      expect(refused.reason).toBe('refused');
    });
  });

  describe('working hours and blocks', () => {
    const spans = (records: PmsHours[]) =>
      records.map(({ date, intervals }) => [date, intervals.map(({ start, end }) => `${start}-${end}`).join(' ')]);

    it('joins what touches, and reads either what is synced or what was entered by hand', async () => {
      expect(spans(await hoursOf('101', '2027-03-15', '2027-03-16'))).toEqual([
        ['2027-03-15', '08:00-12:30 13:00-17:00'],
        ['2027-03-16', '08:00-12:00 13:00-17:00'],
      ]);
      const manual = stand.connect({ workingHours: 'manual' });
      const { records } = await manual.pullSchedules!(call(), { from: '2027-03-16', to: '2027-03-16' });
      expect(records).toMatchObject([{ kind: 'hours', intervals: [{ start: '06:00', end: '20:00' }] }]);
    });

    it('counts weeks and months from their first day, and knows midnight as an end', async () => {
      const tuesdays = spans(await hoursOf('102', '2027-02-23', '2027-04-05')).map(([date]) => date);
      expect(tuesdays).toEqual(['2027-03-02', '2027-03-16', '2027-03-30']);
      expect(spans(await hoursOf('104', '2027-01-01', '2027-05-31')).map(([date]) => date)).toEqual([
        '2027-01-31',
        '2027-03-31',
        '2027-05-31',
      ]);
      const [saturday] = await hoursOf('103', '2027-03-20');
      expect(saturday).toMatchObject({ intervals: [{ start: '08:00', end: '24:00' }] });
      expect(saturday).not.toHaveProperty('operatoryForeignId');
    });

    it('keeps wall time when the clocks change', async () => {
      expect(spans(await hoursOf('101', '2027-03-12'))).toEqual([['2027-03-12', '08:00-12:00 13:00-17:00']]);
      const days = await Promise.all(
        ['2027-03-12', '2027-03-15'].map(async (day) => (await visits({ from: day, to: day }))[0]!.start),
      );
      expect(days.map((start) => stand.deps.zone.toLocal(start).slice(11))).toEqual(['08:00', '08:00']);
      expect(days[1]! - days[0]!).toBe(3 * 86_400_000 - 3_600_000);
    });

    it('asks for whole local days, also for one of 23 hours', async () => {
      await visits({ from: '2027-03-14', to: '2027-03-14' });
      const { query } = asked('GET', '/appointments').at(-1)!;
      expect([query.get('start'), query.get('end')]).toEqual(['2027-03-14T06:00:00Z', '2027-03-15T04:59:59Z']);
    });

    it('makes blockouts of blocks, day by day, and of hours under a label', async () => {
      const blockouts = (await schedule('2027-03-08', '2027-03-28')).filter(
        (one): one is PmsBlockout => one.kind === 'blockout',
      );
      const shown = (type: string) =>
        blockouts
          .filter((one) => one.type === type)
          .map(({ date, start, end, providerForeignId, operatoryForeignId }) =>
            [date, `${start}-${end}`, providerForeignId ?? '', operatoryForeignId ?? ''].join(' '),
          );
      const closed = ['2027-03-26 12:00-24:00', '2027-03-27 00:00-24:00', '2027-03-28 00:00-24:00'];
      expect(shown('Unavailable').sort()).toEqual(
        [
          '2027-03-08 00:00-24:00  182',
          '2027-03-09 00:00-10:00  182',
          '2027-03-10 15:00-16:00 101 ',
          ...closed.flatMap((day) => ['181', '182', '183'].map((room) => `${day}  ${room}`)),
        ].sort(),
      );
      expect(shown('New patient')).toEqual(['10', '17', '24'].map((day) => `2027-03-${day} 08:00-10:00 103 183`));
      expect(new Set(blockouts.map(({ foreignId }) => foreignId)).size).toBe(blockouts.length);
      expect((await visits()).every(({ patientForeignId }) => patientForeignId !== '')).toBe(true);
    });
  });

  describe('webhooks', () => {
    const hear = (message: object, adapter = stand.adapter) => {
      const { body, headers } = stand.emulator.office.signed(message);
      return adapter.verifyInbound!({ body, headers, receivedAt: 0 });
    };
    const message = {
      resource_type: 'Appointment',
      event_name: 'appointment_updated',
      event_time: '2027-03-08T15:00:00.000Z',
      subdomain: SUBDOMAIN,
      data: { appointment: { id: 7, location_id: LOCATION } },
    };

    it('name every record of a message, and when it happened', async () => {
      const data = { appointments: [7, 8].map((id) => ({ id, location_id: LOCATION })) };
      expect(await hear({ ...message, data })).toEqual(
        ['7', '8'].map((foreignId) => ({
          id: `appointment_updated 2027-03-08T15:00:00.000Z ${foreignId}`,
          topic: 'appointments',
          foreignId,
          occurredAt: NOW,
        })),
      );
      const patient = { resource_type: 'Patient', event_name: 'patient_created', data: { patients: [{ id: 9 }] } };
      expect(await hear({ ...message, ...patient })).toMatchObject([{ topic: 'patients', foreignId: '9' }]);
    });

    it('of other locations, institutions and resources are none of ours', async () => {
      const elsewhere = { appointment: { id: 7, location_id: OTHER_LOCATION } };
      expect(await hear({ ...message, data: elsewhere })).toEqual([]);
      expect(await hear({ ...message, subdomain: 'another-practice' })).toEqual([]);
      expect(await hear({ ...message, resource_type: 'FormRequest', data: { form: {} } })).toEqual([]);
    });

    it('are refused without a secret, under another time, and when a visit was not ours nothing is kept', async () => {
      const { body, headers } = stand.emulator.office.signed(message);
      const bare = stand.connect({ webhookSecret: undefined });
      expect((await fails(hear(message, bare), 'rejected')).reason).toBe('bad_signature');
      const late = { ...headers, timestamp: '2027-03-08T15:00:01.000Z' };
      const forged = stand.adapter.verifyInbound!({ body, headers: late, receivedAt: 0 });
      expect((await fails(forged, 'rejected')).reason).toBe('bad_signature');
      await hear({ ...message, event_name: 'appointment_insertion.failed' });
      expect(await stand.deps.store.list('insertion/')).toEqual([]);
    });
  });
});
