import type { PmsOperatory, PmsPatient, PmsProvider } from '@openchair/plugin-kit';
import type { LocalTimes } from './local-times.js';
import { colourOf, dateOf, flagOf, keyOf, known, refOf, type Row, textOf } from './rows.js';

const SPECIALIST = /endo|perio|ortho|surg|pedo|pediatric|prostho|radiol|patholog/i;

/** An operatory with the people whom it belongs to when their schedule names none. */
export interface Operatory extends PmsOperatory {
  readonly dentist?: string;
  readonly hygienist?: string;
}

export function operatoryOf(row: Row): Operatory {
  return {
    foreignId: keyOf(row, 'OperatoryNum'),
    name: textOf(row, 'OpName'),
    abbreviation: textOf(row, 'Abbrev') || textOf(row, 'OpName'),
    hygiene: flagOf(row, 'IsHygiene'),
    order: Math.max(0, Number(textOf(row, 'ItemOrder')) || 0),
    active: !flagOf(row, 'IsHidden'),
    ...known({ dentist: refOf(row, 'ProvDentist'), hygienist: refOf(row, 'ProvHygienist') }),
  };
}

/** `specialties`: names by the number of their definition. SSN, licences and tax numbers stay behind. */
export function providerOf(
  row: Row,
  operatories: readonly Operatory[],
  specialties: ReadonlyMap<string, string>,
): PmsProvider {
  const foreignId = keyOf(row, 'ProvNum');
  const specialty = specialties.get(textOf(row, 'Specialty'));
  const linked = operatories.filter(({ dentist, hygienist }) => dentist === foreignId || hygienist === foreignId);
  return {
    foreignId,
    abbreviation: textOf(row, 'Abbr'),
    firstName: textOf(row, 'FName'),
    lastName: textOf(row, 'LName'),
    role: roleOf(row, specialty),
    operatoryForeignIds: linked.map((operatory) => operatory.foreignId),
    active: !flagOf(row, 'IsHidden') && textOf(row, 'ProvStatus') !== 'Deleted',
    ...known({ suffix: textOf(row, 'Suffix'), specialty, colour: colourOf(row, 'provColor') }),
  };
}

function roleOf(row: Row, specialty: string | undefined): PmsProvider['role'] {
  if (flagOf(row, 'IsNotPerson')) return 'other';
  if (flagOf(row, 'IsSecondary')) return 'hygienist';
  return specialty !== undefined && SPECIALIST.test(specialty) ? 'specialist' : 'dentist';
}

/** Records that are nobody to book for. */
const GONE = ['Deleted', 'Deceased'];

/** A patient, or null for one who is deleted (also by a merge) or deceased. */
export function patientOf(row: Row, times: LocalTimes, now: number): PmsPatient | null {
  const status = textOf(row, 'PatStatus');
  if (GONE.includes(status)) return null;
  const stamp = textOf(row, 'DateTStamp');
  return {
    foreignId: keyOf(row, 'PatNum'),
    firstName: textOf(row, 'FName'),
    lastName: textOf(row, 'LName'),
    active: status === 'Patient' || status === 'Prospective',
    updatedAt: (stamp === '' ? undefined : times.changedAt(stamp, now)) ?? now,
    ...known({ dateOfBirth: dateOf(row, 'Birthdate'), email: textOf(row, 'Email'), phone: phoneOf(row) }),
  };
}

function phoneOf(row: Row): string | undefined {
  const numbers = ['WirelessPhone', 'HmPhone', 'WkPhone'].map((field) => e164Of(textOf(row, field)));
  return numbers.find((number) => number !== undefined);
}

/** Offices write numbers as they like; without a country code they are North American. */
export function e164Of(text: string): string | undefined {
  const digits = text.replace(/\D/g, '');
  if (text.startsWith('+')) return /^[1-9]\d{6,14}$/.test(digits) ? `+${digits}` : undefined;
  const national = digits.length === 11 && digits.startsWith('1') ? digits.slice(1) : digits;
  return /^[2-9]\d{9}$/.test(national) ? `+1${national}` : undefined;
}

/** A number as Open Dental shows it. */
export function phoneText(e164: string): string {
  const [, area, exchange, line] = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(e164) ?? [];
  return area === undefined ? e164 : `(${area})${exchange}-${line}`;
}
