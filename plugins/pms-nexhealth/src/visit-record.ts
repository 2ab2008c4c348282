import type { PmsAppointment, PmsAppointmentStatus } from '@openchair/plugin-kit';
import { idOf, instantOf, refOf, requiredInstantOf, type Row, textOf } from './rows.js';

const MINUTE = 60_000;
const OURS = 'urn:openchair:appointment:';

/** Our reference as NexHealth keeps it: in `referrer`, which no practice system overwrites. */
export function referrerOf(reference: string): string {
  return `${OURS}${encodeURIComponent(reference)}`;
}

/** Our reference of a visit that was made through us. */
export function referenceOf(row: Row): string | undefined {
  const referrer = textOf(row['referrer']);
  if (!referrer?.startsWith(OURS)) return undefined;
  try {
    return decodeURIComponent(referrer.slice(OURS.length));
  } catch {
    return undefined;
  }
}

/** Whether the practice system has the visit: until then NexHealth has no id of it. */
export function isInserted(row: Row): boolean {
  return textOf(row['foreign_id']) !== undefined;
}

export function isCancelled(row: Row): boolean {
  return row['cancelled'] === true;
}

/**
 * A visit. NexHealth says neither patterns nor procedures of a list, nor whether the patient sits in the chair; whether the
 * patient came, left or stayed away only for some practice systems.
 */
export function visitOf(row: Row): PmsAppointment {
  const reference = referenceOf(row);
  const note = textOf(row['note']);
  const asap = row['sooner_if_possible'];
  const type = refOf(row['appointment_type_id']);
  return {
    foreignId: idOf(row),
    ...(reference === undefined ? {} : { reference }),
    patientForeignId: refOf(row['patient_id']) ?? '',
    providerForeignId: refOf(row['provider_id']) ?? '',
    operatoryForeignId: refOf(row['operatory_id']) ?? '',
    start: Math.floor(requiredInstantOf(row, 'start_time') / MINUTE) * MINUTE,
    end: Math.ceil(requiredInstantOf(row, 'end_time') / MINUTE) * MINUTE,
    status: statusOf(row),
    confirmed: row['confirmed'] === true,
    ...(typeof asap === 'boolean' ? { asap } : {}),
    ...(type === undefined ? {} : { appointmentTypeForeignId: type }),
    ...(note === undefined ? {} : { note }),
    updatedAt: requiredInstantOf(row, 'updated_at'),
  };
}

/** `cancelled_at` stays when a cancelled visit is taken back: only the flag counts. */
function statusOf(row: Row): PmsAppointmentStatus {
  if (row['patient_missed'] === true) return 'missed';
  if (isCancelled(row)) return 'cancelled';
  if (row['checked_out'] === true || instantOf(row, 'checked_out_at') !== undefined) return 'completed';
  return instantOf(row, 'checkin_at') === undefined ? 'scheduled' : 'arrived';
}
