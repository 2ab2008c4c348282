import type { EmulatedAnswer, EmulatedRequest } from '@openchair/plugin-kit/conformance';
import { LOCATION, type Row, SUBDOMAIN } from './practice.js';

/** A refusal in NexHealth's envelope. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }

  get answer(): EmulatedAnswer {
    return { status: this.status, json: { code: false, description: null, data: null, error: [this.message] } };
  }
}

type Kind = 'text' | 'integer' | 'boolean' | 'date' | 'instant' | 'integers';

const FORMATS: Record<Kind, RegExp> = {
  text: /^.+$/s,
  integer: /^\d+$/,
  integers: /^\d+$/,
  boolean: /^(true|false)$/,
  date: /^\d{4}-\d\d-\d\d$/,
  instant: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d{4})$/,
};

/** Parameters of an endpoint: their kinds; those that end in `*` must be there. */
export type Parameters = Readonly<Record<string, Kind>>;

const PAGED: Parameters = { per_page: 'integer', end_cursor: 'text', start_cursor: 'text' };
export const cursors = (own: Parameters): Parameters => ({ ...own, ...PAGED });

/** Looks at every parameter of a request. Those that the endpoint does not take are named in the result. */
export function checkQuery({ query }: EmulatedRequest, own: Parameters): string[] {
  const kinds: Parameters = { 'subdomain*': 'text', ...own };
  const names = new Map(Object.keys(kinds).map((name) => [name.replace('*', ''), name]));
  for (const [name, declared] of names) {
    const values = query.getAll(name);
    if (values.length === 0 && declared.endsWith('*')) throw new Refused(400, `${name} is missing`);
    const format = FORMATS[kinds[declared] as Kind];
    if (!values.every((value) => format.test(value))) throw new Refused(400, `${name} is invalid`);
    if (values.length > 1 && !name.endsWith('[]')) throw new Refused(400, `${name} is invalid`);
  }
  if (query.get('subdomain') !== SUBDOMAIN) throw new Refused(403, "You don't have access to perform this action.");
  const location = query.get('location_id');
  if (location !== null && Number(location) !== LOCATION) {
    throw new Refused(403, "You don't have access to perform this action.");
  }
  const perPage = Number(query.get('per_page') ?? 5);
  if (perPage < 1 || perPage > 1_000) throw new Refused(400, 'per_page does not have a valid value');
  if (query.getAll('patient_ids[]').length > 25) throw new Refused(400, 'patient_ids does not have a valid value');
  return [...new Set(query.keys())].filter((name) => !names.has(name));
}

type Check = (value: unknown) => boolean;
export const isInteger: Check = (value) => Number.isInteger(value);
export const isText: Check = (value) => typeof value === 'string' && value !== '';
export const isFlag: Check = (value) => typeof value === 'boolean';
export const isInstant: Check = (value) => typeof value === 'string' && FORMATS.instant.test(value);
export const isDate: Check = (value) => typeof value === 'string' && FORMATS.date.test(value);
export const isPhone: Check = (value) => typeof value === 'string' && /^\d{10,15}$/.test(value);

/** Looks at every field of an object; those that end in `*` must be there, others than the named ones are refused. */
export function checkFields(object: unknown, checks: Readonly<Record<string, Check>>, path: string): Row {
  if (typeof object !== 'object' || object === null || Array.isArray(object))
    throw new Refused(400, `${path} is missing`);
  const fields = object as Row;
  const names = new Map(Object.keys(checks).map((name) => [name.replace('*', ''), name]));
  for (const name of Object.keys(fields)) {
    if (!names.has(name)) throw new Refused(400, `${path}[${name}] is not allowed`);
  }
  for (const [name, declared] of names) {
    if (fields[name] === undefined && declared.endsWith('*')) throw new Refused(400, `${path}[${name}] is missing`);
    if (fields[name] !== undefined && !checks[declared]?.(fields[name])) {
      throw new Refused(400, `${path}[${name}] is invalid`);
    }
  }
  return fields;
}

export function bodyOf({ headers, body }: EmulatedRequest): Row {
  if (!headers['content-type']?.startsWith('application/json')) throw new Refused(400, 'content type is invalid');
  try {
    return JSON.parse(body) as Row;
  } catch {
    throw new Refused(400, 'Problem parsing JSON');
  }
}
