import { type PmsPatient, Unreadable } from '@openchair/plugin-kit';
import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js';
import { instantOf, type Patient } from '../fhir/resources.js';
import { contactOf, nameOf } from './people.js';

/** A patient. Identifiers (SSN among them), addresses and extensions stay behind. */
export function patientOf(patient: Patient, country: string): PmsPatient {
  if (patient.id === undefined) throw new Unreadable('id', 'missing');
  const { firstName, lastName } = nameOf(patient.name);
  const email = contactOf(patient.telecom, 'email');
  const phone = e164(contactOf(patient.telecom, 'phone', 'sms'), country);
  return {
    foreignId: patient.id,
    firstName,
    lastName,
    // FHIR allows a year or a month alone: no day of birth then.
    ...(/^\d{4}-\d\d-\d\d$/.test(patient.birthDate ?? '') ? { dateOfBirth: patient.birthDate! } : {}),
    ...(email === undefined ? {} : { email }),
    ...(phone === undefined ? {} : { phone }),
    active: patient.active !== false && !isGone(patient),
    updatedAt: instantOf(patient.meta?.lastUpdated) ?? 0,
  };
}

/** Deceased, or merged into another record: nobody books for it any more. */
export function isGone({ deceasedBoolean, deceasedDateTime, link }: Patient): boolean {
  return (
    deceasedBoolean === true ||
    deceasedDateTime !== undefined ||
    (link ?? []).some(({ type }) => type === 'replaced-by')
  );
}

function e164(text: string | undefined, country: string): string | undefined {
  const number = text === undefined ? undefined : parsePhoneNumberFromString(text, country as CountryCode);
  return number?.isPossible() ? number.number : undefined;
}
