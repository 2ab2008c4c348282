import { call, fails, type Place } from '@openchair/plugin-kit/conformance';
import type { Stored } from './emulator/outcome.js';
import { type FhirStand, OPERATIONS, type StandOptions, startFhirStand } from './stand.js';

const without = (...names: string[]) => OPERATIONS.filter((name) => !names.includes(name));

describe('what is written to a FHIR server', () => {
  let stand: FhirStand;
  const begin = async (options: StandOptions = {}) => (stand = await startFhirStand(options));
  const beginMedplum = (options: StandOptions = {}) =>
    begin({ alg: 'ES384', operations: OPERATIONS, withSlots: false, ...options });
  afterEach(() => stand.stop());

  const instant = (local: string) => stand.deps.zone.toInstant(local);
  const placeAt = (from: string, to: string, more: Partial<Place> = {}): Place => ({
    providerForeignId: '101',
    operatoryForeignId: 'r1',
    start: instant(from),
    end: instant(to),
    ...more,
  });
  const book = (reference: string, place: Place, more: object = {}) =>
    stand.adapter.createAppointment!(call(reference), { reference, patientForeignId: 'p1', ...place, ...more });
  const stored = (id: string) => stand.emulator.store.get('Appointment', id);
  /** The Slots of a day in a Schedule: `09:00-10:00 busy`. */
  const slotsOf = (schedule: string, date: string) => {
    const time = (text: string) => stand.deps.zone.toLocal(Date.parse(text)).slice(11);
    const isOn = ({ schedule: { reference }, start }: Stored) =>
      reference === `Schedule/${schedule}` && stand.deps.zone.toLocal(Date.parse(start)).startsWith(date);
    return stand.emulator.store
      .list('Slot', isOn)
      .map(({ start, end, status }) => `${time(start)}-${time(end)} ${status}`)
      .sort();
  };
  const writes = () =>
    stand.emulator.requests.filter(
      ({ method, path }) => method !== 'GET' && !path.endsWith('_search') && !path.startsWith('/oauth2'),
    );

  it('writes the appointment and its Slots in one transaction, with our reference', async () => {
    await begin();
    const place = placeAt('2027-03-16T10:30', '2027-03-16T11:30');
    const visit = await book('apt_1', place, { note: 'Window seat', procedureCodes: ['D0140'] });
    expect(visit).toMatchObject({
      ...place,
      reference: 'apt_1',
      note: 'Window seat',
      procedureCodes: ['D0140'],
      confirmed: false,
      status: 'scheduled',
    });
    expect(writes().map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /fhir/r4']);
    expect(stored(visit.foreignId)).toMatchObject({
      identifier: [{ system: 'urn:openchair:appointment', value: 'apt_1' }],
      slot: [{}, {}, {}],
    });
    expect(slotsOf('s-r1', '2027-03-16')).toEqual([
      '08:00-09:00 free',
      '09:00-10:00 busy',
      '10:00-10:30 free',
      '10:30-11:30 busy',
      '11:30-14:00 free',
      '14:00-14:30 busy',
      '14:30-18:00 free',
    ]);
    expect(slotsOf('s-101', '2027-03-16').slice(2, 6)).toEqual([
      '10:00-10:30 free',
      '10:30-11:00 busy',
      '11:00-11:30 busy',
      '11:30-12:00 free',
    ]);
  });

  it('moves a visit over its own time, and frees what it leaves', async () => {
    await begin();
    const { foreignId } = await book('apt_1', placeAt('2027-03-16T10:30', '2027-03-16T11:30'));
    const later = placeAt('2027-03-16T11:00', '2027-03-16T12:00');
    expect(await stand.adapter.moveAppointment!(call(), { foreignId, ...later })).toMatchObject({
      foreignId,
      ...later,
    });
    expect(slotsOf('s-101', '2027-03-16').slice(3, 6)).toEqual([
      '10:30-11:00 free',
      '11:00-11:30 busy',
      '11:30-12:00 busy',
    ]);
    const visit = await stand.adapter.moveAppointment!(call(), {
      foreignId,
      start: instant('2027-03-17T11:00'),
      end: instant('2027-03-17T11:30'),
      operatoryForeignId: 'r2',
      providerForeignId: '102',
    });
    expect(visit).toMatchObject({
      foreignId,
      providerForeignId: '102',
      operatoryForeignId: 'r2',
      patientForeignId: 'p1',
    });
    expect(stored(foreignId).participant).toHaveLength(3);
    await stand.adapter.cancelAppointment!(call(), { foreignId, as: 'cancelled' });
    for (const schedule of ['s-101', 's-r1', 's-102']) {
      const own = slotsOf(schedule, schedule === 's-102' ? '2027-03-17' : '2027-03-16').filter(
        (slot) => slot.startsWith('11:') && slot.endsWith('busy'),
      );
      expect(own).toEqual([]);
    }
    expect(stored(foreignId)).toMatchObject({ status: 'cancelled' });
  });

  it('refuses what is taken between its look and its write, writes nothing then, and names other times', async () => {
    await begin();
    const place = placeAt('2027-03-16T10:30', '2027-03-16T11:00');
    stand.emulator.meanwhile = () => void stand.desk.enter(place);
    const { alternatives, reason } = await fails(book('apt_1', place), 'conflict');
    expect(reason).toBe('slot_taken');
    expect(alternatives).toHaveLength(3);
    for (const other of alternatives) expect(stand.desk.isFree({ ...place, ...other })).toBe(true);
    expect(await stand.adapter.findByOurReference!(call(), 'apt_1')).toBeNull();
    // Outside of what is open, and onto leave.
    expect((await fails(book('apt_2', placeAt('2027-03-16T11:30', '2027-03-16T12:30')), 'conflict')).reason).toBe(
      'outside_hours',
    );
    stand.desk.block('s-101', instant('2027-03-17T00:00'), instant('2027-03-18T00:00'));
    await fails(book('apt_3', placeAt('2027-03-17T10:30', '2027-03-17T11:00')), 'conflict');
  });

  it('is not put off by somebody who takes another part of the same Slot', async () => {
    await begin();
    stand.emulator.meanwhile = () => void stand.desk.enter(placeAt('2027-03-16T16:00', '2027-03-16T16:30'));
    const place = placeAt('2027-03-16T15:00', '2027-03-16T15:30');
    expect(await book('apt_1', place)).toMatchObject(place);
    expect(slotsOf('s-r1', '2027-03-16').slice(-4)).toEqual([
      '15:00-15:30 busy',
      '15:30-16:00 free',
      '16:00-16:30 busy',
      '16:30-18:00 free',
    ]);
  });

  it('keeps what staff change between its look and its write, and what it does not know', async () => {
    await begin();
    const { foreignId } = await book('apt_1', placeAt('2027-03-16T10:30', '2027-03-16T11:00'), { note: 'One' });
    const extension = [{ url: 'http://vendor.example.com/colour', valueString: 'teal' }];
    stand.emulator.meanwhile = () =>
      void stand.desk.change('Appointment', foreignId, {
        comment: 'One\nStaff were here',
        extension,
        reasonCode: [{ text: 'Pain' }],
      });
    const noted = await stand.adapter.addAppointmentNote!(call(), { foreignId, text: 'Two' });
    expect(noted.note).toBe('One\nStaff were here\nTwo');
    await stand.adapter.confirmAppointment!(call(), { foreignId, confirmed: true });
    await stand.adapter.moveAppointment!(call(), { foreignId, ...placeAt('2027-03-16T15:00', '2027-03-16T15:30') });
    expect(stored(foreignId)).toMatchObject({
      extension,
      reasonCode: [{ text: 'Pain' }],
      participant: [{ status: 'accepted' }, {}, {}],
    });
  });

  it('moves those who have to come along, and leaves everybody else where they are', async () => {
    await begin({ deafTo: ['actor'] });
    const there = ['Patient/p1', 'PractitionerRole/role-2', 'Practitioner/103', 'Location/site', 'Location/r2'];
    const participant = there.map((reference) => ({ actor: { reference }, status: 'accepted' }));
    const from = placeAt('2027-03-20T10:00', '2027-03-20T10:30', {
      providerForeignId: '102',
      operatoryForeignId: 'r2',
    });
    const { id: foreignId } = stand.desk.enter(from, { more: { participant } });
    const who = () =>
      (stored(foreignId).participant as { actor: { reference: string } }[]).map(({ actor }) => actor.reference);
    await stand.adapter.moveAppointment!(call(), {
      foreignId,
      start: from.start + 3_600_000,
      end: from.end + 3_600_000,
    });
    expect(who()).toEqual(there);
    await stand.adapter.moveAppointment!(call(), { foreignId, ...placeAt('2027-03-20T10:00', '2027-03-20T10:30') });
    expect(who()).toEqual(['Patient/p1', 'Practitioner/103', 'Location/site', 'Practitioner/101', 'Location/r1']);
    // A visit without a room may be moved too, and clashes with no other that has none.
    const alone = (hour: number, person: string) =>
      stand.desk.enter(placeAt(`2027-03-27T${hour}:00`, `2027-03-27T${hour}:30`), {
        more: { participant: [participant[0], { actor: { reference: person }, status: 'accepted' }], slot: undefined },
      });
    const first = alone(10, 'PractitionerRole/role-2');
    alone(11, 'Practitioner/103');
    const later = { start: instant('2027-03-27T11:00'), end: instant('2027-03-27T11:30') };
    const moved = await stand.adapter.moveAppointment!(call(), { foreignId: first.id, ...later });
    expect(moved).toMatchObject({ ...later, providerForeignId: '102', operatoryForeignId: '' });
  });

  it('gives up against somebody who changes the record all the time', async () => {
    await begin();
    const { foreignId } = await book('apt_1', placeAt('2027-03-16T10:30', '2027-03-16T11:00'));
    const interfere = () => {
      stand.desk.change('Appointment', foreignId, {});
      stand.emulator.meanwhile = interfere;
    };
    stand.emulator.meanwhile = interfere;
    const before = writes().length;
    const { reason } = await fails(stand.adapter.addAppointmentNote!(call(), { foreignId, text: 'Two' }), 'conflict');
    expect([reason, writes().length - before]).toEqual(['changed_meanwhile', 3]);
  });

  it('does not move what has ended, and takes a no-show and an error of staff for what they are', async () => {
    await begin();
    const { adapter, desk } = stand;
    const [first, second] = [
      await book('apt_1', placeAt('2027-03-16T10:30', '2027-03-16T11:00')),
      await book('apt_2', placeAt('2027-03-16T11:00', '2027-03-16T11:30')),
    ];
    const missed = { foreignId: first.foreignId, as: 'missed' } as const;
    for (let round = 0; round < 2; round += 1)
      expect((await adapter.cancelAppointment!(call(), missed)).status).toBe('missed');
    const moved = adapter.moveAppointment!(call(), {
      foreignId: first.foreignId,
      ...placeAt('2027-03-16T15:00', '2027-03-16T15:30'),
    });
    expect((await fails(moved, 'rejected')).reason).toBe('visit_has_ended');
    desk.change('Appointment', second.foreignId, { status: 'entered-in-error' });
    expect((await adapter.cancelAppointment!(call(), { foreignId: second.foreignId, as: 'cancelled' })).status).toBe(
      'deleted',
    );
    expect((await adapter.findByOurReference!(call(), 'apt_2'))?.status).toBe('deleted');
  });

  it('only names Slots to a server that marks them itself', async () => {
    await begin({ ownsSlots: true });
    const visit = await book('apt_1', placeAt('2027-03-16T10:30', '2027-03-16T11:00'));
    expect(writes().map(({ path }) => path)).toEqual(['/fhir/r4/Appointment']);
    expect(writes()[0]!.headers['if-none-exist']).toBe('identifier=urn:openchair:appointment|apt_1');
    expect(stored(visit.foreignId).slot).toHaveLength(2);
    expect(slotsOf('s-101', '2027-03-16')).toContain('10:30-11:00 busy');
    await fails(book('apt_2', placeAt('2027-03-16T10:30', '2027-03-16T11:00')), 'conflict');
  });

  it('writes plainly where it is told to, and looks for visits where there are no Slots', async () => {
    await beginMedplum({ config: { scheduling: 'plain' } });
    const place = placeAt('2027-03-16T10:30', '2027-03-16T11:00');
    await book('apt_1', place);
    expect(writes().some(({ path }) => path.includes('$'))).toBe(false);
    expect(slotsOf('s-101', '2027-03-16')).toContain('10:30-11:00 busy');
    for (const slot of stand.emulator.store.list('Slot', () => true)) stand.emulator.store.delete('Slot', slot.id);
    await fails(book('apt_2', place), 'conflict');
  });

  it('books what has the length of the visit and most of its procedures', async () => {
    await beginMedplum();
    stand.emulator.store.create(
      {
        ...stand.emulator.store.get('HealthcareService', 'exam'),
        id: undefined as never,
        meta: undefined as never,
        type: [{ coding: [{ system: 'http://www.ada.org/cdt', code: 'D9999' }] }],
      },
      { id: 'special' },
    );
    for (const id of ['s-101', 's-r1']) {
      const { serviceType } = stand.emulator.store.get('Schedule', id);
      const more = JSON.parse(
        JSON.stringify(serviceType[0]).replace('HealthcareService/exam', 'HealthcareService/special'),
      ) as object;
      stand.desk.change('Schedule', id, { serviceType: [...serviceType, more] });
    }
    const serviceOf = ({ foreignId }: { foreignId: string }) =>
      JSON.stringify(stored(foreignId).serviceType).match(/HealthcareService\/\w+/)![0];
    const plain = await book('apt_1', placeAt('2027-03-16T10:30', '2027-03-16T11:00'));
    const special = await book('apt_2', placeAt('2027-03-16T11:00', '2027-03-16T11:30'), { procedureCodes: ['D9999'] });
    const long = await book('apt_3', placeAt('2027-03-16T15:00', '2027-03-16T16:00'));
    expect([plain, special, long].map(serviceOf)).toEqual([
      'HealthcareService/exam',
      'HealthcareService/special',
      'HealthcareService/cleaning',
    ]);
    expect((await fails(book('apt_4', placeAt('2027-03-17T10:30', '2027-03-17T11:10')), 'rejected')).reason).toBe(
      'no_service_of_this_length',
    );
    expect(
      (
        await fails(
          book(
            'apt_5',
            placeAt('2027-03-17T10:30', '2027-03-17T11:00', { providerForeignId: '999', operatoryForeignId: 'r9' }),
          ),
          'rejected',
        )
      ).reason,
    ).toBe('no_schedule');
  });

  it('holds and confirms where nothing books at once, also when the confirmation did not get through', async () => {
    await beginMedplum({ operations: without('book') });
    const place = placeAt('2027-03-16T10:30', '2027-03-16T11:00');
    const visit = await book('apt_1', place);
    expect(stored(visit.foreignId).status).toBe('booked');
    expect(writes().map(({ path }) => path.split('/').at(-1))).toEqual(['$hold', '$confirm']);
    const other = placeAt('2027-03-16T11:00', '2027-03-16T11:30');
    stand.emulator.meanwhile = () => void stand.emulator.fault('down');
    await fails(book('apt_2', other), 'retryable');
    await stand.emulator.fault('none');
    expect((await stand.adapter.findByOurReference!(call(), 'apt_2'))?.status).toBe('scheduled');
    const again = await book('apt_2', other);
    expect([stored(again.foreignId).status, stand.desk.at(other).length]).toEqual(['booked', 1]);
  });

  it('does without the operations that a server lacks', async () => {
    await beginMedplum({ operations: ['book'] });
    const { foreignId } = await book('apt_1', placeAt('2027-03-16T10:30', '2027-03-16T11:00'));
    const later = placeAt('2027-03-16T11:00', '2027-03-16T11:30');
    expect(await stand.adapter.moveAppointment!(call(), { foreignId, ...later })).toMatchObject({
      foreignId,
      ...later,
    });
    expect(slotsOf('s-101', '2027-03-16')).toContain('11:00-11:30 busy');
    await fails(book('apt_2', later), 'conflict');
    expect((await stand.adapter.cancelAppointment!(call(), { foreignId, as: 'cancelled' })).status).toBe('cancelled');
    expect((await book('apt_3', later)).status).toBe('scheduled');
  });

  it('finds the one of a name who was born on the day, not one who was merged or has died', async () => {
    await begin();
    const { adapter, desk, newcomer, emulator } = stand;
    const { foreignId } = await adapter.findOrCreatePatient!(call(), newcomer);
    const again = { ...newcomer, reference: 'pat_2' };
    expect(await adapter.findOrCreatePatient!(call(), again)).toEqual({ foreignId, created: false });
    desk.change('Patient', foreignId, { link: [{ other: { reference: 'Patient/p1' }, type: 'replaced-by' }] });
    const second = await adapter.findOrCreatePatient!(call(), again);
    expect(second.created).toBe(true);
    desk.change('Patient', second.foreignId, { deceasedDateTime: '2027-01-01' });
    expect((await adapter.findOrCreatePatient!(call(), { ...newcomer, reference: 'pat_3' })).created).toBe(true);
    const odd = { reference: 'pat_4', firstName: 'Ann, Mary', lastName: 'Back\\slash|Pipe', phone: '+12025550199' };
    const made = await adapter.findOrCreatePatient!(call(), odd);
    expect(await adapter.findOrCreatePatient!(call(), { ...odd, reference: 'pat_5' })).toEqual({
      ...made,
      created: false,
    });
    expect(emulator.store.get('Patient', made.foreignId)).toMatchObject({
      name: [{ family: 'Back\\slash|Pipe', given: ['Ann, Mary'] }],
    });
  });
});
