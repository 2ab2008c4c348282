import {
  areTooMany,
  type Page,
  type PmsAdapter,
  type PmsAppointmentStatus,
  type UnreadableRecord,
} from '@openchair/plugin-kit';
import { isLocalDate } from '../../kernel/index.js';
import { LONGEST_MS } from './visit.js';

type Check = (answer: unknown) => boolean;
type Fields = Readonly<Record<string, Check>>;

const STATUSES: readonly PmsAppointmentStatus[] = [
  'scheduled',
  'arrived',
  'in_chair',
  'completed',
  'cancelled',
  'missed',
  'deleted',
];

const text: Check = (value) => typeof value === 'string';
const id: Check = (value) => typeof value === 'string' && value !== '';
const date: Check = (value) => typeof value === 'string' && isLocalDate(value);
const flag: Check = (value) => typeof value === 'boolean';
const instant: Check = Number.isFinite;
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
/** What is wrong with a record; undefined: nothing. */
type Fault = Pick<UnreadableRecord, 'field' | 'reason'> | undefined;
type FaultOf = (record: unknown) => Fault;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
const faultIn =
  (fields: Fields): FaultOf =>
  (record) => {
    if (!isObject(record)) return { field: 'record', reason: 'malformed' };
    for (const field in fields) {
      if (!fields[field]!(record[field])) return { field, reason: record[field] == null ? 'missing' : 'malformed' };
    }
    return undefined;
  };
const object = (fields: Fields): Check => {
  const faultOf = faultIn(fields);
  return (value) => faultOf(value) === undefined;
};

const providerFault = faultIn({
  foreignId: id,
  firstName: text,
  lastName: text,
  active: flag,
  operatoryForeignIds: listOf(text),
});
const operatoryFault = faultIn({ foreignId: id, name: text, active: flag });
const hoursFault = faultIn({
  kind: (kind) => kind === 'hours',
  date: text,
  providerForeignId: id,
  intervals: listOf(object({ start: text, end: text })),
});
const blockoutFault = faultIn({ date: text, start: text, end: text, type: text });
const scheduleFault: FaultOf = (record) =>
  isObject(record) && record['kind'] === 'blockout' ? blockoutFault(record) : hoursFault(record);
const visitFields: Fields = {
  foreignId: id,
  reference: optional(text),
  providerForeignId: text,
  operatoryForeignId: text,
  start: instant,
  end: instant,
  pattern: optional(text),
  status: (status) => (STATUSES as readonly unknown[]).includes(status),
  confirmed: flag,
  updatedAt: instant,
};
const visit = object(visitFields);
const visitShape = faultIn(visitFields);
const visitFault: FaultOf = (record) => {
  const fault = visitShape(record);
  if (fault) return fault;
  const { start, end } = record as { start: number; end: number };
  return end < start || end - start > LONGEST_MS ? { field: 'end', reason: 'impossible' } : undefined;
};

/** What may be wrong with single records of a list. */
const RECORDS: { readonly [Method in keyof PmsAdapter]?: FaultOf } = {
  pullProviders: providerFault,
  pullOperatories: operatoryFault,
  pullSchedules: scheduleFault,
  pullAppointments: visitFault,
  pullCarriers: faultIn({ foreignId: id, name: text, payerId: optional(text), active: flag }),
  pullAppointmentTypes: faultIn({
    foreignId: id,
    name: text,
    minutes: optional(Number.isInteger),
    pattern: optional(text),
    colour: optional(text),
    procedureCodes: listOf(text),
    active: flag,
  }),
  pullProcedureCodes: faultIn({ foreignId: id, code: id, description: text, active: flag }),
  pullRecalls: faultIn({ foreignId: id, patientForeignId: id, type: text, dueOn: date, scheduledOn: optional(date) }),
};
const envelope = object({
  records: Array.isArray,
  asOf: instant,
  nextCursor: optional(id),
  unreadable: optional(listOf(object({ foreignId: optional(text), field: text, reason: text }))),
});

/** What an adapter's answer must look like before anything of it is taken over: plugins, too, may be wrong. */
const ANSWERS: { readonly [Method in keyof PmsAdapter]?: Check } = {
  findOrCreatePatient: object({ foreignId: id }),
  createAppointment: visit,
  moveAppointment: visit,
  cancelAppointment: visit,
  confirmAppointment: visit,
  findByOurReference: (answer) => answer === null || visit(answer),
};

/** What is left of a page when the records that cannot be read are set apart. */
export interface Sifted<T> {
  readonly records: readonly T[];
  readonly unreadable: readonly UnreadableRecord[];
}

/** Lists that are short and never empty: one of which nothing can be read is no list with some odd records. */
const PEOPLE: readonly (keyof PmsAdapter)[] = ['pullProviders', 'pullOperatories'];

/**
 * Whether an answer has the shape that the kit promises for `method`. Single records may be unreadable; with too many of them
 * the answer is not to be trusted as a whole.
 */
export function isAnswerTo(method: keyof PmsAdapter, answer: unknown): boolean {
  if (!RECORDS[method]) return ANSWERS[method]?.(answer) ?? true;
  if (!envelope(answer)) return false;
  const { records, unreadable } = siftedPage(method, answer as Page<unknown>);
  if (PEOPLE.includes(method) && records.length === 0 && unreadable.length > 0) return false;
  return !areTooMany(unreadable.length, records.length + unreadable.length);
}

/** A page as it is taken over: what its plugin could not read, and what is not as the kit promises, stands apart. */
export function siftedPage<T>(method: keyof PmsAdapter, page: Page<T>): Sifted<T> {
  const faultOf = RECORDS[method];
  const records: T[] = [];
  const unreadable = (page.unreadable ?? []).map(told);
  for (const record of page.records) {
    const fault = faultOf?.(record);
    if (fault) unreadable.push(told({ ...(record as { foreignId?: string } | null), ...fault }));
    else records.push(record);
  }
  return { records, unreadable };
}

const MOST_ID = 200;

/** Codes only: a plugin, too, may name something else. */
function told({ foreignId, field, reason }: UnreadableRecord): UnreadableRecord {
  const named = typeof foreignId === 'string' && foreignId !== '' && foreignId.length <= MOST_ID;
  return {
    ...(named ? { foreignId } : {}),
    field: /^[A-Za-z][\w.]{0,59}$/.test(field) ? field : 'record',
    reason: /^[a-z][a-z0-9_]{0,59}$/.test(reason) ? reason : 'malformed',
  };
}
