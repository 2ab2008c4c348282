import { ADA, IRIS, type ExamplePractice } from '../practice.js';
import type { Room } from '../tour.js';

const LEO = { firstName: 'Leo', lastName: 'Holm', dateOfBirth: '2021-09-14', phone: IRIS.phone };

interface Options {
  days: { options: { slots: { id: string }[] }[] }[];
}

/** The slots of the first option. */
const firstOf = ({ days }: Options) => days[0]?.options[0]?.slots.map(({ id }) => id);

/** Visits that go together: a family's, at one time, and a series'. */
export const groups: Room = async (tour) => {
  const practice = await tour.practice();
  const { api, reasonId, patientId } = practice;
  await addChair(practice);
  const childId = (await practice.make('patients', LEO)).id as string;
  const family = (from: string) => ({
    body: {
      members: [{ reasonId }, { reasonId, dateOfBirth: LEO.dateOfBirth }],
      arrangement: 'parallel',
      from,
      days: 1,
      optionsPerDay: 2,
    },
  });
  const series = (from: string) => ({
    body: { every: { reasonId, weeks: 2, count: 3, toleranceDays: 1 }, from, days: 1, optionsPerDay: 2 },
  });

  const slotIds = firstOf(await tour.show('searchGroups', api, family('2030-03-13')));
  await tour.show('searchSeries', api, series('2030-03-13'));
  const { id: first } = await tour.show('createGroupHold', api, { body: { slotIds } });
  await tour.show('extendGroupHold', api, { path: { groupHoldId: first } });
  await tour.show('releaseGroupHold', api, { path: { groupHoldId: first } });
  const { id: groupHoldId } = await practice.make('holds/groups', { slotIds });
  const { id: groupId } = await tour.show('bookAppointmentGroup', api, {
    body: {
      groupHoldId,
      visits: [
        { patientId, patientType: 'returning' },
        { patientId: childId, patientType: 'new', note: 'His first visit to a dentist.' },
      ],
    },
  });
  await tour.show('cancelAppointmentGroup', api, { path: { groupId }, body: { reason: 'patient_ill' } });

  const visitor = await practice.visitor();
  const offered = firstOf(await tour.show('searchWidgetGroups', visitor, family('2030-03-14')));
  await tour.show('searchWidgetSeries', visitor, series('2030-03-14'));
  const { id: given } = await tour.show('createWidgetGroupHold', visitor, { body: { slotIds: offered } });
  await tour.show('releaseWidgetGroupHold', visitor, { path: { groupHoldId: given } });
  const held = await visitor.ok('POST', '/v1/widget/holds/groups', { slotIds: offered });
  const person = ({ firstName, lastName, dateOfBirth }: typeof LEO) => ({ firstName, lastName, dateOfBirth });
  await tour.show('createWidgetGroupBooking', visitor, {
    body: {
      groupHoldId: held.id,
      contact: { email: IRIS.email, phone: IRIS.phone },
      visits: [
        { patientType: 'returning', patient: person(IRIS) },
        { patientType: 'returning', patient: person(LEO) },
      ],
      consent: { treatment: true, email: true },
    },
  });
};

/** A second dentist in a second room, for the same reason. */
async function addChair(practice: ExamplePractice): Promise<void> {
  const { locationId, operatoryId, providerId, reasonId } = practice;
  const room = await practice.make('operatories', { name: 'Chair 2', locationId });
  const ben = { displayName: 'Dr. Ben Wood', firstName: 'Ben', lastName: 'Wood', email: 'ben.wood@elm.example' };
  const { id } = await practice.make('providers', {
    ...{ ...ADA, ...ben },
    ...{ locationIds: [locationId], operatoryIds: [room.id] },
  });
  const places = { providerIds: [providerId, id], operatoryIds: [operatoryId, room.id] };
  await practice.api.ok('PATCH', `/v1/reasons/${reasonId}`, places);
}
