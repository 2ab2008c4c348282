import { randomUUID } from 'node:crypto';
import { type EmulatedAnswer, type EmulatedRequest, Emulator, type Refusal } from '@openchair/plugin-kit/conformance';
import { foldName } from '@openchair/plugin-kit';
import {
  bodyOf,
  checkFields,
  checkQuery,
  cursors,
  isDate,
  isFlag,
  isInstant,
  isInteger,
  isPhone,
  isText,
  type Parameters,
  Refused,
} from './checks.js';
import { Office } from './office.js';
import {
  appointmentTypes,
  descriptors,
  LOCATION,
  operatories,
  plans,
  providers,
  type Row,
  workingHours,
} from './practice.js';

const VERSIONS = ['v3.0.0', 'v20240412'];
const HERE: Parameters = { 'location_id*': 'integer' };

interface Route {
  readonly method: string;
  readonly path: RegExp;
  readonly parameters: Parameters;
  readonly answer: (request: EmulatedRequest, id: number) => EmulatedAnswer;
}

const ok = (data: unknown, status = 200): EmulatedAnswer => ({ status, json: envelope(data) });
const envelope = (data: unknown) => ({ code: true, description: null, error: null, data });

/** NexHealth's Synchronizer API v3.0.0, as strict as its documents, over one location of one practice. */
export class NexHealthEmulator extends Emulator {
  readonly office = new Office(() => this.now());
  /** Parameters that came although their endpoint does not take them: NexHealth only warns of them. */
  readonly ignored: string[] = [];
  apiKey = 'test-key-of-the-developer';
  tokenLifeMs = 3_600_000;
  private readonly tokens = new Map<string, number>();

  protected override isWrite({ method, path }: EmulatedRequest): boolean {
    return method !== 'GET' && path !== '/authenticates';
  }

  protected refuse(_refusal: Refusal): EmulatedAnswer {
    return new Refused(401, 'Invalid Credentials').answer;
  }

  protected override limit(retryAfter: string): EmulatedAnswer {
    return { ...new Refused(429, 'Too many requests').answer, headers: { 'retry-after': retryAfter } };
  }

  protected override withRecords(json: unknown, change: (records: readonly unknown[]) => unknown[]): unknown {
    const { data, ...envelope } = json as { data?: unknown };
    return Array.isArray(data) ? { ...envelope, data: change(data) } : json;
  }

  protected handle(request: EmulatedRequest): EmulatedAnswer {
    try {
      return this.checked(request);
    } catch (error) {
      if (error instanceof Refused) return error.answer;
      throw error;
    }
  }

  override async stop(): Promise<void> {
    this.office.stop();
    await super.stop();
  }

  /** Tokens that were given out are worth nothing any more. */
  revokeTokens(): void {
    this.tokens.clear();
  }

  private checked(request: EmulatedRequest): EmulatedAnswer {
    const { method, path, headers } = request;
    if (!VERSIONS.includes(String(headers['nex-api-version']))) throw new Refused(404, 'Not Found');
    if (method === 'POST' && path === '/authenticates') return this.authenticate(headers.authorization);
    const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? '';
    if ((this.tokens.get(token) ?? 0) <= this.now()) throw new Refused(401, 'Invalid Credentials');
    for (const route of this.routes) {
      const match = method === route.method && route.path.exec(path);
      if (!match) continue;
      const ignored = checkQuery(request, route.parameters);
      this.ignored.push(...ignored.map((name) => `${method} ${path}: ${name}`));
      return route.answer(request, Number(match[1] ?? 0));
    }
    throw new Refused(404, 'Not Found');
  }

  private authenticate(key: string | undefined): EmulatedAnswer {
    if (key !== this.apiKey) throw new Refused(401, 'Invalid Credentials');
    const iat = Math.floor(this.now() / 1_000);
    const exp = iat + this.tokenLifeMs / 1_000;
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = [part({ alg: 'HS256' }), part({ sub: '1', iat, exp, jti: randomUUID() }), 'c2lnbmF0dXJl'].join('.');
    this.tokens.set(token, exp * 1_000);
    return ok({ token }, 201);
  }

  private readonly routes: readonly Route[] = [
    this.get('/sync_status', { 'location_ids[]': 'integers' }, () => this.syncStatus()),
    this.get('/locations/(\\d+)', {}, (_request, id) => ok(found(id === LOCATION && this.office.location))),
    this.get('/locations/(\\d+)/appointment_descriptors', { descriptor_type: 'text' }, ({ query }, id) => {
      found(id === LOCATION);
      return ok(descriptors.filter((row) => row['descriptor_type'] === query.get('descriptor_type')));
    }),
    this.get('/providers', cursors({ location_id: 'integer', 'include[]': 'text' }), (request) => {
      const include = request.query.getAll('include[]').includes('availabilities');
      const hoursOf = (row: Row) => workingHours.filter((hours) => hours['provider_id'] === row['id']);
      return paged(request, include ? providers.map((row) => ({ ...row, availabilities: hoursOf(row) })) : providers);
    }),
    this.get('/operatories', cursors(HERE), (request) => paged(request, operatories)),
    this.get('/working_hours', cursors({ ...HERE, source: 'text', active: 'boolean' }), (request) => {
      const wanted = { source: request.query.get('source'), active: request.query.get('active') !== 'false' };
      return paged(
        request,
        workingHours.filter(({ source, active }) => source === wanted.source && active === wanted.active),
      );
    }),
    this.get('/appointment_types', { location_id: 'integer', 'include[]': 'text' }, () => ok(appointmentTypes)),
    this.get('/insurance_plans', cursors({}), (request) => paged(request, plans)),
    this.get('/patient_recalls', cursors({ ...HERE, due_after: 'instant', sort: 'text' }), (request) => {
      const from = request.query.get('due_after')?.slice(0, 10) ?? '';
      return paged(
        request,
        this.office.recalls.filter((row) => String(row['date_due']) >= from),
      );
    }),
    this.get('/patients', cursors(PATIENT_FILTERS), (request) => paged(request, this.patients(request))),
    this.get('/patients/(\\d+)', {}, (_request, id) => ok(found(this.office.patients.get(id)))),
    this.get('/appointments', cursors(VISIT_FILTERS), (request) => paged(request, this.visits(request))),
    this.get('/appointments/(\\d+)', {}, (_request, id) => ok(found(this.office.appointments.get(id)))),
    { method: 'POST', path: /^\/patients$/, parameters: HERE, answer: (request) => this.addPatient(request) },
    {
      method: 'POST',
      path: /^\/appointments$/,
      parameters: { ...HERE, notify_patient: 'boolean' },
      answer: (request) => this.book(request),
    },
    {
      method: 'PATCH',
      path: /^\/appointments\/(\d+)$/,
      parameters: {},
      answer: (request, id) => this.edit(request, id),
    },
  ];

  private get(path: string, parameters: Parameters, answer: Route['answer']): Route {
    return { method: 'GET', path: new RegExp(`^${path}$`), parameters, answer };
  }

  private syncStatus(): EmulatedAnswer {
    const at = new Date(this.now()).toISOString();
    const status = { institution_id: 1, read_status: 'green', read_status_at: at, write_status_at: at };
    return ok([{ ...status, ...this.office.sync, locations: [{ id: LOCATION, name: 'Harbor Dental' }] }]);
  }

  private patients({ query }: EmulatedRequest): Row[] {
    const words = (query.get('name') ?? '').split(/\s+/).map(foldName);
    const phone = query.get('phone_number');
    const since = Date.parse(query.get('updated_since') ?? '1970-01-01T00:00:00Z');
    return [...this.office.patients.values()].filter((row) => {
      const name = foldName(`${String(row['first_name'])}${String(row['last_name'])}`);
      const phones = Object.values(row['bio'] as Row).map((value) => String(value).replace(/\D/g, ''));
      const isNamed = words.every((word) => name.includes(word)) && !this.isPassing(row);
      return isNamed && (phone === null || phones.includes(phone)) && Date.parse(String(row['updated_at'])) >= since;
    });
  }

  /** A record that the practice system does not have yet is shown while a visit is to come. */
  private isPassing({ id, bio }: Row): boolean {
    const isBooked = [...this.office.appointments.values()].some((row) => row['patient_id'] === id);
    return (bio as Row)['new_patient'] === true && !isBooked;
  }

  private visits({ query }: EmulatedRequest): Row[] {
    const [start, end] = ['start', 'end'].map((name) => Date.parse(query.get(name) ?? ''));
    if (query.get('location_id') === null) throw new Refused(400, 'location_id, foreign_id are missing');
    const since = Date.parse(query.get('updated_since') ?? '1970-01-01T00:00:00Z');
    const people = query.getAll('patient_ids[]').map(Number);
    const is = (row: Row, name: string) => query.get(name) === null || String(row[name]) === query.get(name);
    return [...this.office.appointments.values()].filter((row) => {
      const at = Date.parse(String(row['start_time']));
      const isIn = at >= (start as number) && at <= (end as number) && Date.parse(String(row['updated_at'])) >= since;
      const isTheirs = people.length === 0 || people.includes(Number(row['patient_id']));
      return isIn && isTheirs && is(row, 'cancelled') && is(row, 'unavailable');
    });
  }

  private addPatient(request: EmulatedRequest): EmulatedAnswer {
    const body = checkFields(
      bodyOf(request),
      { 'provider*': Boolean, 'patient*': Boolean, return_existing_if_match: isFlag },
      'body',
    );
    const { provider_id: provider } = checkFields(body['provider'], { 'provider_id*': isInteger }, 'provider');
    if (!providers.some(({ id }) => id === provider)) throw new Refused(404, 'Provider not found');
    const names = { 'first_name*': isText, 'last_name*': isText, 'email*': isText, 'bio*': Boolean };
    const patient = checkFields(body['patient'], names, 'patient');
    const bio = checkFields(patient['bio'], { 'date_of_birth*': isDate, 'phone_number*': isPhone }, 'patient[bio]');
    const twin = [...this.office.patients.values()].find((row) => {
      const known = row['bio'] as Row;
      const isSame = (name: string) => foldName(String(row[name])) === foldName(String(patient[name]));
      const isPerson = isSame('first_name') && isSame('last_name') && known['date_of_birth'] === bio['date_of_birth'];
      return isPerson && known['phone_number'] === bio['phone_number'];
    });
    if (!twin) return ok({ user: this.office.addPatient(patient) }, 201);
    if (body['return_existing_if_match'] === true) return ok({ user: twin });
    throw new Refused(400, `A patient with that information already exists - id=${String(twin['id'])}`);
  }

  private book(request: EmulatedRequest): EmulatedAnswer {
    const { appt: wanted } = checkFields(bodyOf(request), { 'appt*': Boolean }, 'body');
    const appt = checkFields(wanted, BOOKING, 'appt');
    if (!this.office.patients.has(Number(appt['patient_id']))) throw new Refused(404, 'Patient not found');
    for (const [name, list] of Object.entries({ provider_id: providers, operatory_id: operatories })) {
      if (!list.some(({ id }) => id === appt[name])) throw new Refused(404, `${name} not found`);
    }
    const type = appt['appointment_type_id'];
    if (type !== undefined && !appointmentTypes.some(({ id }) => id === type)) {
      throw new Refused(404, 'appointment_type_id not found');
    }
    if (String(appt['note'] ?? '').length > 128) throw new Refused(400, 'appt[note] is too long');
    const [start, end] = [Date.parse(String(appt['start_time'])), Date.parse(String(appt['end_time']))];
    if (start <= this.now() || end <= start) throw new Refused(400, 'Start time must be in the future');
    return ok({ appt: this.office.accept(appt) }, 201);
  }

  private edit(request: EmulatedRequest, id: number): EmulatedAnswer {
    const { appt: wanted } = checkFields(bodyOf(request), { 'appt*': Boolean }, 'body');
    const changes = checkFields(wanted, EDIT, 'appt');
    const row = found(this.office.appointments.get(id)) as Row;
    if (changes['confirmed'] === false && row['confirmed'] === true) throw new Refused(400, 'Cannot be unconfirmed');
    return ok({ appt: this.office.patch(id, changes) });
  }
}

const PATIENT_FILTERS: Parameters = {
  ...HERE,
  sort: 'text',
  name: 'text',
  email: 'text',
  phone_number: 'integer',
  date_of_birth: 'date',
  inactive: 'boolean',
  non_patient: 'boolean',
  new_patient: 'boolean',
  location_strict: 'boolean',
  updated_since: 'instant',
};
const VISIT_FILTERS: Parameters = {
  location_id: 'integer',
  'start*': 'instant',
  'end*': 'instant',
  cancelled: 'boolean',
  unavailable: 'boolean',
  nex_only: 'boolean',
  updated_since: 'instant',
  'patient_ids[]': 'integers',
};
const BOOKING = {
  'patient_id*': isInteger,
  'provider_id*': isInteger,
  'operatory_id*': isInteger,
  'start_time*': isInstant,
  end_time: isInstant,
  appointment_type_id: isInteger,
  note: isText,
  referrer: isText,
  descriptor_ids: (value: unknown) => Array.isArray(value) && value.every(isInteger),
};
const EDIT = {
  confirmed: isFlag,
  cancelled: isFlag,
  checkin_at: isInstant,
  start_time: isInstant,
  end_time: isInstant,
  operatory_id: isInteger,
  note: isText,
};

function found<T>(value: T | false | undefined): T {
  if (value === undefined || value === false) throw new Refused(404, 'Resource not found');
  return value;
}

/** Rows of the page after `end_cursor`, which is the place of the last one that was seen. */
function paged({ query }: EmulatedRequest, rows: readonly Row[]): EmulatedAnswer {
  const [cursor, perPage] = [query.get('end_cursor'), Number(query.get('per_page') ?? 5)];
  const seen = cursor === null ? '' : Buffer.from(cursor, 'base64').toString();
  if (cursor !== null && !/^[\d-]*\|\d+$/.test(seen)) throw new Refused(400, 'end_cursor is invalid');
  const placeOf = (row: Row) => `${String(row['date_due'] ?? '')}|${String(row['id']).padStart(12, '0')}`;
  const rest = [...rows].sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1)).filter((row) => placeOf(row) > seen);
  const page = rest.slice(0, perPage);
  const last = page.at(-1);
  const info = {
    has_previous_page: cursor !== null,
    has_next_page: rest.length > page.length,
    end_cursor: last ? Buffer.from(placeOf(last)).toString('base64') : null,
  };
  return { status: 200, json: { ...envelope(page), page_info: info } };
}
