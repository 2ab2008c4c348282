import type { PmsAdapter, PmsAppointmentStatus } from '@openchair/plugin-kit';
import { isLocalDate } from '../../kernel/index.js';

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
/** Also one that is no time: a single record of nonsense is left out, it does not stop the others. */
const instant: Check = (value) => typeof value === 'number';
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const object = (fields: Fields): Check => {
  const entries = Object.entries(fields);
  return (value) =>
    typeof value === 'object' &&
    value !== null &&
    entries.every(([name, check]) => check((value as Record<string, unknown>)[name]));
};
const page = (record: Check): Check =>
  object({ records: listOf(record), asOf: Number.isFinite, nextCursor: optional(id) });

const provider = object({
  foreignId: id,
  firstName: text,
  lastName: text,
  active: flag,
  operatoryForeignIds: listOf(text),
});
const operatory = object({ foreignId: id, name: text, active: flag });
const hours = object({
  kind: (kind) => kind === 'hours',
  date: text,
  providerForeignId: id,
  intervals: listOf(object({ start: text, end: text })),
});
const blockout = object({ kind: (kind) => kind === 'blockout', date: text, start: text, end: text, type: text });
const visit = object({
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
});

const appointmentType = object({
  foreignId: id,
  name: text,
  minutes: optional(Number.isInteger),
  pattern: optional(text),
  colour: optional(text),
  procedureCodes: listOf(text),
  active: flag,
});

/** What an adapter's answer must look like before anything of it is taken over: plugins, too, may be wrong. */
const ANSWERS: { readonly [Method in keyof PmsAdapter]?: Check } = {
  pullProviders: page(provider),
  pullOperatories: page(operatory),
  pullSchedules: page((record) => hours(record) || blockout(record)),
  pullAppointments: page(visit),
  pullCarriers: page(object({ foreignId: id, name: text, payerId: optional(text), active: flag })),
  pullAppointmentTypes: page(appointmentType),
  pullProcedureCodes: page(object({ foreignId: id, code: id, description: text, active: flag })),
  pullRecalls: page(
    object({ foreignId: id, patientForeignId: id, type: text, dueOn: date, scheduledOn: optional(date) }),
  ),
  findOrCreatePatient: object({ foreignId: id }),
  createAppointment: visit,
  moveAppointment: visit,
  cancelAppointment: visit,
  confirmAppointment: visit,
  findByOurReference: (answer) => answer === null || visit(answer),
};

/** Whether an answer has the shape that the kit promises for `method`. */
export function isAnswerTo(method: keyof PmsAdapter, answer: unknown): boolean {
  return ANSWERS[method]?.(answer) ?? true;
}
