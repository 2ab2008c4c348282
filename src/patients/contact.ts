import { consentState } from './consents.js';
import type { Patient } from './patient.schema.js';

/** Text messages need a yes; e-mails about the patient's own visits need that nobody said no. */
export function mayWrite({ consents }: Pick<Patient, 'consents'>, channel: 'email' | 'sms'): boolean {
  const given = consentState(consents)[channel];
  return channel === 'sms' ? given === true : given !== false;
}

/** Whether a message about the patient's own visits would get through. */
export function isReachable(patient: Pick<Patient, 'consents' | 'email' | 'phone' | 'status'>): boolean {
  if (patient.status !== 'active') return false;
  return (patient.email !== null && mayWrite(patient, 'email')) || (patient.phone !== null && mayWrite(patient, 'sms'));
}
