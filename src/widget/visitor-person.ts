import { invalid } from '../kernel/index.js';
import type { VisitorPerson } from '../patients/index.js';
import type { BookingConsent, BookingPatient } from './dto/booking.dto.js';

/** Version of the words that the booking page shows beside its boxes. */
const CONSENT_TEXT = '2026-11';

/** The consents of a booking; the treatment's is needed. Boxes that were not shown decide nothing. */
export function consentsOf(consent: BookingConsent): NonNullable<VisitorPerson['consents']> {
  if (!consent.treatment)
    throw invalid('/consent/treatment', 'required', 'Without this consent nothing can be booked.');
  const given = {
    treatment_contact: consent.treatment,
    sms: consent.sms,
    email: consent.email,
    marketing: consent.marketing,
  };
  return Object.entries(given).flatMap(([kind, value]) =>
    value === undefined ? [] : [{ kind: kind as 'sms', given: value, textVersion: CONSENT_TEXT }],
  );
}

/** Who a visitor says to be. */
export function personOf(
  patient: BookingPatient,
  patientType: 'new' | 'returning',
  sessionId: string,
  consents: VisitorPerson['consents'],
): VisitorPerson {
  if (patient.email === undefined && patient.phone === undefined)
    throw invalid('/patient/email', 'required', 'Give an e-mail address or a telephone number.');
  return { ...patient, patientType, channel: 'widget', sessionId, consents };
}
