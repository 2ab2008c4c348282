import type { EmulatedAnswer } from '@openchair/plugin-kit/conformance';
import type { Row } from './office.js';

/** An answer that ends a request. */
export class Refused extends Error {
  constructor(
    readonly answer: EmulatedAnswer,
    text: string,
  ) {
    super(text);
  }
}

export const badRequest = (text: string): Refused => new Refused({ status: 400, json: text }, text);
export const notFound = (text: string): Refused => new Refused({ status: 404, json: text }, text);

const DATE = /^\d{4}-\d\d-\d\d$/;
const DATE_TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;

type Check = (value: unknown) => boolean;
const text: Check = (value) => typeof value === 'string';
const number: Check = (value) => Number.isInteger(value);
const flag: Check = (value) => value === 'true' || value === 'false';
const matches =
  (pattern: RegExp): Check =>
  (value) =>
    typeof value === 'string' && pattern.test(value);
const oneOf =
  (...values: string[]): Check =>
  (value) =>
    values.includes(String(value));

const date = matches(DATE);
const dateTime = matches(DATE_TIME);
const numeral = matches(/^\d{1,18}$/);
const pattern = matches(/^[X/]+$/);

/** What each list may be asked. */
export const PARAMETERS: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  '/appointments': {
    PatNum: numeral,
    AptStatus: text,
    Op: numeral,
    date,
    dateStart: date,
    dateEnd: date,
    ClinicNum: numeral,
    DateTStamp: (value) => date(value) || dateTime(value),
    AppointmentTypeNum: numeral,
  },
  '/patients/Simple': {
    LName: text,
    FName: text,
    Birthdate: date,
    PatStatus: text,
    ClinicNum: numeral,
    DateTStamp: dateTime,
  },
  '/providers': { ClinicNum: numeral, DateTStamp: dateTime },
  '/operatories': { ClinicNum: numeral },
  '/schedules': {
    date,
    dateStart: date,
    dateEnd: date,
    SchedType: oneOf('Practice', 'Provider', 'Blockout', 'Employee', 'WebSchedASAP'),
    BlockoutDefNum: numeral,
    ProvNum: numeral,
    EmployeeNum: numeral,
  },
  '/recalls': { PatNum: numeral },
  '/recalltypes': {},
  '/carriers': {},
  '/appointmenttypes': {},
  '/procedurecodes': { DateTStamp: dateTime },
  '/definitions': { Category: numeral },
};

const APPOINTMENT: Readonly<Record<string, Check>> = {
  PatNum: number,
  Op: number,
  AptDateTime: dateTime,
  AptStatus: oneOf('Scheduled', 'Complete', 'UnschedList', 'Planned', 'PtNote', 'PtNoteCompleted'),
  Pattern: pattern,
  Confirmed: number,
  Note: text,
  ProvNum: number,
  ProvHyg: number,
  ClinicNum: number,
  IsHygiene: flag,
  IsNewPatient: flag,
  Priority: oneOf('Normal', 'ASAP'),
  AppointmentTypeNum: number,
  colorOverride: text,
  PatternSecondary: pattern,
  SecUserNumEntry: number,
  DateTimeArrived: dateTime,
  DateTimeSeated: dateTime,
  DateTimeDismissed: dateTime,
};

/** What may be written, by method and path; `{n}` stands for a key. */
export const FIELDS: Readonly<
  Record<string, { fields: Readonly<Record<string, Check>>; required: readonly string[] }>
> = {
  'POST /appointments': { fields: APPOINTMENT, required: ['PatNum', 'Op', 'AptDateTime'] },
  'PUT /appointments/{n}': { fields: APPOINTMENT, required: [] },
  'PUT /appointments/{n}/Break': {
    fields: { sendToUnscheduledList: flag, breakType: oneOf('Missed', 'Cancelled') },
    required: ['sendToUnscheduledList'],
  },
  'PUT /appointments/{n}/Note': { fields: { Note: text }, required: ['Note'] },
  'PUT /appointments/{n}/Confirm': {
    fields: { confirmVal: oneOf('None', 'Sent', 'Confirmed', 'Not Accepted', 'Failed'), defNum: number },
    required: [],
  },
  'POST /patients': {
    fields: {
      LName: text,
      FName: text,
      Birthdate: date,
      Email: text,
      WirelessPhone: text,
      HmPhone: text,
      WkPhone: text,
      ClinicNum: number,
      PriProv: number,
    },
    required: ['LName', 'FName'],
  },
};

/** Limit and Offset, and that every parameter is one of the list's. A blank in a query is `%20`. */
export function checkQuery(path: string, query: URLSearchParams, rawQuery: string, mostRows: number): void {
  if (rawQuery.includes('+')) throw badRequest('Blanks in parameters must be encoded as %20.');
  for (const [name, value] of query) {
    const check = name === 'Limit' || name === 'Offset' ? numeral : PARAMETERS[path]?.[name];
    if (!check) throw badRequest(`${name} is not a valid parameter.`);
    if (!check(value)) throw badRequest(`${name} is not in the correct format.`);
  }
  if (Number(query.get('Limit') ?? 0) > mostRows) throw badRequest(`Limit cannot exceed ${mostRows}.`);
}

/** The record of a body whose every field is known and of its type. */
export function checkBody(route: string, body: string): Row {
  const { fields, required } = FIELDS[route]!;
  let record: Row;
  try {
    record = JSON.parse(body) as Row;
  } catch {
    throw badRequest('Request body is not valid JSON.');
  }
  for (const [name, value] of Object.entries(record)) {
    const check = fields[name];
    if (!check) throw badRequest(`${name} is not a valid field.`);
    if (!check(value)) throw badRequest(`${name} is invalid.`);
  }
  for (const name of required) if (!(name in record)) throw badRequest(`${name} is required.`);
  return record;
}
