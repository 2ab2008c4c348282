import type { Room } from '../tour.js';
import { IRIS } from '../practice.js';

const THURSDAY = '2030-03-14';

/** What a page on a practice's site does, from the first look to the booked visit. */
export const visitors: Room = async (tour) => {
  const practice = await tour.practice();
  const { reasonId, providerId, locationId } = practice;
  const { id: carrierId } = await practice.make('carriers', { name: 'Delta Dental' });
  const { key } = await practice.make('widget-keys', { name: 'Our site', origins: ['https://www.elm.example'] });
  const site = tour.house.anyone.from('https://www.elm.example');
  const { token } = await tour.show('createWidgetSession', site, {
    body: {
      key,
      page: 'https://www.elm.example/book',
      utm: { source: 'newsletter', campaign: 'spring' },
      referrer: 'https://search.example/',
    },
  });
  const visitor = site.as(token);
  await tour.show('listWidgetReasons', visitor, { query: { patientType: 'new', dateOfBirth: IRIS.dateOfBirth } });
  await tour.show('listWidgetProviders', visitor, { query: { reasonId } });
  await tour.show('listWidgetCarriers', visitor, { query: { q: 'delta' } });
  await tour.show('checkWidgetInsurance', visitor, { body: { carrierId } });
  const { days } = await tour.show('getWidgetSlots', visitor, {
    query: { reasonId, locationId, from: THURSDAY, days: 1, patientType: 'new' },
  });
  const [first, second] = days[0].slots;
  await tour.show('recordWidgetEvents', visitor, {
    body: {
      events: [
        { step: 'reason_selected', reasonId },
        { step: 'provider_selected', providerId },
      ],
    },
  });
  const { id: holdId } = await tour.show('createWidgetHold', visitor, {
    body: { slotId: first.id, patientType: 'new' },
  });
  await tour.show('releaseWidgetHold', visitor, { path: { holdId } });
  const held = await visitor.ok('POST', '/v1/widget/holds', { slotId: second.id, patientType: 'new' });
  const consent = { treatment: true, email: true };
  await tour.show('createWidgetBooking', visitor, {
    body: { holdId: held.id, patientType: 'new', patient: IRIS, insurance: { carrierId }, consent },
  });
  await tour.show('joinWidgetWaitlist', visitor, {
    body: {
      reasonId,
      patientType: 'new',
      patient: { ...IRIS, firstName: 'Noa', email: 'noa.holm@example.com' },
      consent,
      from: '2030-03-12',
      to: '2030-03-29',
      dayParts: ['morning'],
    },
  });
};

/** What a patient does by the link of a visit. */
export const visits: Room = async (tour) => {
  const practice = await tour.practice();
  const linkToken = await practice.bookAsVisitor(THURSDAY);
  const { anyone } = tour.house;
  const path = { linkToken };
  await tour.show('getWidgetVisit', anyone, { path });
  await tour.show('confirmWidgetVisit', anyone, { path });
  const { days } = await tour.show('getWidgetVisitSlots', anyone, { path, query: { from: '2030-03-15', days: 1 } });
  await tour.show('rescheduleWidgetVisit', anyone, { path, body: { slotId: days[0].slots[0].id } });
  await tour.show('cancelWidgetVisit', anyone, { path, body: { reason: 'patient_cannot_come' } });
};
