import type { PmsAppointmentType, PmsCarrier, PmsProcedureCode, PmsRecall } from '@openchair/plugin-kit';
import { colourOf, dateOf, flagOf, keyOf, known, marksOf, type Row, textOf } from './rows.js';

export function carrierOf(row: Row): PmsCarrier {
  return {
    foreignId: keyOf(row, 'CarrierNum'),
    name: textOf(row, 'CarrierName'),
    active: !flagOf(row, 'IsHidden'),
    ...known({ payerId: textOf(row, 'ElectID') }),
  };
}

/** A type without a pattern takes as long as its procedures: the list does not say how long. */
export function appointmentTypeOf(row: Row): PmsAppointmentType {
  const pattern = marksOf(row, 'Pattern');
  return {
    foreignId: keyOf(row, 'AppointmentTypeNum'),
    name: textOf(row, 'AppointmentTypeName'),
    procedureCodes: codesOf(textOf(row, 'CodeStr')),
    active: !flagOf(row, 'IsHidden'),
    ...(pattern === undefined ? {} : { pattern, minutes: pattern.length * 5 }),
    ...known({ colour: colourOf(row, 'AppointmentTypeColor') }),
  };
}

function codesOf(list: string): string[] {
  return list
    .split(',')
    .map((code) => code.trim())
    .filter((code) => code !== '');
}

export function procedureCodeOf(row: Row): PmsProcedureCode {
  return {
    foreignId: keyOf(row, 'CodeNum'),
    code: textOf(row, 'ProcCode'),
    description: textOf(row, 'LaymanTerm') || textOf(row, 'Descript'),
    active: true,
  };
}

/** A recall, or null for one that is switched off or has no due date. `types`: names by RecallTypeNum. */
export function recallOf(row: Row, types: ReadonlyMap<string, string>): PmsRecall | null {
  const dueOn = dateOf(row, 'DateDue');
  if (dueOn === undefined || flagOf(row, 'IsDisabled')) return null;
  const type = textOf(row, 'RecallTypeNum');
  return {
    foreignId: keyOf(row, 'RecallNum'),
    patientForeignId: keyOf(row, 'PatNum'),
    type: types.get(type) ?? `Type ${type}`,
    dueOn,
    ...known({ scheduledOn: dateOf(row, 'DateScheduled') }),
  };
}
