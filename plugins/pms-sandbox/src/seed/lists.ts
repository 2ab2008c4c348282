import type { PmsAppointmentType, PmsCarrier, PmsPatient, PmsProcedureCode, PmsRecall } from '@openchair/plugin-kit';
import { addDays } from '../dates.js';
import { Random } from './random.js';

/** The lists beside the book, by the capability that reads them. */
export interface SandboxLists {
  readonly carriers: readonly PmsCarrier[];
  readonly appointment_types: readonly PmsAppointmentType[];
  readonly procedure_codes: readonly PmsProcedureCode[];
  readonly recalls: readonly PmsRecall[];
}

export type SandboxList = keyof SandboxLists;

const CARRIERS: readonly [name: string, payerId: string | null, active: boolean][] = [
  ['Bluewater Dental', 'BW101', true],
  ['Evergreen Benefit', 'EG220', true],
  ['First Lakes Insurance', null, true],
  ['Meridian Dental Plan', 'MD310', true],
  ['Old Harbor Mutual', 'OH045', false],
];

const PROCEDURES: readonly [code: string, description: string][] = [
  ['D0120', 'Periodic exam'],
  ['D0140', 'Limited exam'],
  ['D0150', 'Comprehensive exam'],
  ['D0210', 'Full mouth x-rays'],
  ['D1110', 'Adult cleaning'],
  ['D1120', 'Child cleaning'],
  ['D2391', 'Composite filling, one surface'],
  ['D2740', 'Ceramic crown'],
  ['D3330', 'Root canal, molar'],
  ['D4341', 'Scaling and root planing'],
];

const TYPES: readonly [name: string, pattern: string, colour: string, ...codes: string[]][] = [
  ['New patient', 'XXXXXXXXXXXX', '#2f6fde', 'D0150', 'D0210'],
  ['Cleaning', 'XXXXXXXXXXXX', '#d9822b', 'D1110', 'D0120'],
  ['Child cleaning', 'XXXXXXXXX', '#c2478f', 'D1120'],
  ['Filling', '/XXXXXXXXXX/', '#1f9d78', 'D2391'],
  ['Emergency', 'XXXXXX', '#c0392b', 'D0140'],
];

const RECALL_SHARE = 0.5;
const RECALL_TYPES = ['Prophy', 'Prophy', 'Prophy', 'Perio'] as const;
/** Due days lie in the years around this one, so that every range of some weeks has some. */
const FIRST_DUE = '2025-01-01';
const CYCLE_DAYS = 182;
const CYCLES = 12;

export function seedCarriers(): PmsCarrier[] {
  return CARRIERS.map(([name, payerId, active], index) => ({
    foreignId: String(301 + index),
    name,
    ...(payerId === null ? {} : { payerId }),
    active,
  }));
}

export function seedProcedureCodes(): PmsProcedureCode[] {
  return PROCEDURES.map(([code, description], index) => ({
    foreignId: String(401 + index),
    code,
    description,
    active: true,
  }));
}

export function seedAppointmentTypes(): PmsAppointmentType[] {
  return TYPES.map(([name, pattern, colour, ...procedureCodes], index) => ({
    foreignId: String(501 + index),
    name,
    pattern,
    minutes: pattern.length * 5,
    colour,
    procedureCodes,
    active: true,
  }));
}

/** Half of the patients are due twice a year, each on a day of their own. */
export function seedRecalls(seed: string, patients: readonly PmsPatient[]): PmsRecall[] {
  const random = new Random(`${seed}/recalls`);
  return patients.flatMap((patient) => {
    const [wanted, offset, type] = [random.next() < RECALL_SHARE, random.below(CYCLE_DAYS), random.pick(RECALL_TYPES)];
    if (!wanted || !patient.active) return [];
    return Array.from({ length: CYCLES }, (_, cycle) => ({
      foreignId: `r${patient.foreignId}-${cycle}`,
      patientForeignId: patient.foreignId,
      type,
      dueOn: addDays(FIRST_DUE, offset + cycle * CYCLE_DAYS),
    }));
  });
}
