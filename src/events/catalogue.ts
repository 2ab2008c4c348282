/**
 * Every domain event, once. Names are `thing.happened`; data holds ids, states and instants, never PHI (law 8). Partners
 * receive these names: add, never rename.
 */
export const EVENTS = {
  'practice.created': 'A practice was created',
  'practice.went_live': 'The set-up is complete and the widget is open',
  'provider.changed': 'A provider was created, changed or removed',
  'operatory.changed': 'An operatory was created, changed or removed',
  'reason.changed': 'A reason for visit was created, changed or removed',
  'carrier.changed': 'An insurance carrier was created, changed or removed',
  'referrer.changed': 'A referrer was created, changed or removed',
  'insurance_settings.changed': 'How the practice asks about insurance was changed',
  'patient.created': 'A patient record was created',
  'patient.changed': 'A patient record was changed',
  'family.changed': 'A family was created, changed or removed',
  'appointment.requested': 'A patient asked for a time; the practice has to decide',
  'appointment.booked': 'A time was booked',
  'appointment.declined': 'The practice declined a request',
  'appointment.expired': 'A request was not decided in time',
  'appointment.confirmed': 'The patient or the practice confirmed',
  'appointment.unconfirmed': 'The practice took its confirmation back',
  'appointment.rescheduled': 'The appointment moved to another time',
  'appointment.cancelled': 'The appointment was cancelled',
  'appointment.arrived': 'The patient is in the house',
  'appointment.seated': 'The patient is in the chair',
  'appointment.completed': 'The visit is over',
  'appointment.no_show': 'The patient did not come',
  'appointment.sync.written': 'The practice system has the appointment as it is here',
  'appointment.sync.conflict': 'The practice system holds that time already; alternatives are in the record',
  'appointment.sync.failed': 'The practice system refused the write; the reason is in the record',
  'appointment.sync.timed_out': 'The practice system was not reached before the visit began',
  'sync.disconnected': 'The practice system has not been reached for some minutes; bookings wait',
  'sync.reconnected': 'The practice system is reached again',
  'waitlist.joined': 'A patient asked to be told of an earlier time',
  'connection.changed': 'A connection was created, changed or removed',
  'connection.down': 'A connection does not work; the reason is in its state',
  'connection.up': 'A connection works again',
  'message.sent': 'A message was handed to its provider',
  'message.failed': 'A message could not be sent; the reason is in the record',
} as const;

export type EventType = keyof typeof EVENTS;
