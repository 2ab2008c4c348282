import type { PluginZone } from '@openchair/plugin-kit';
import { type EmulatedAnswer, type EmulatedRequest, Emulator, type Refusal } from '@openchair/plugin-kit/conformance';
import { KEYS, Office, type Row, type Table } from './office.js';
import { badRequest, checkBody, checkQuery, notFound, PARAMETERS, Refused } from './rules.js';

const BASE = '/api/v1';
/** The remote API gives no more in one answer. */
const MOST_ROWS = 100;
/** Nine hours. */
const MOST_MARKS = 108;
const CONFIRMATIONS: Readonly<Record<string, readonly [number, string]>> = {
  None: [19, 'Not Called'],
  Sent: [20, 'eConfirm Sent'],
  Confirmed: [21, 'Appointment Confirmed'],
  'Not Accepted': [22, 'Declined'],
  Failed: [23, 'eConfirm Failed'],
};

/** Which lists tell the office's clock in every record. */
const TELL_TIME: readonly Table[] = ['appointments', 'patients', 'providers'];

/** Open Dental's remote API, as its pages describe it, and as strict. */
export class OpenDentalEmulator extends Emulator {
  readonly office: Office;
  /** Notes of appointments cannot be changed. */
  locksNotes = false;
  /** The office charts missed and cancelled visits as procedures. */
  breakProcedures = false;

  constructor(
    clock: { now(): number },
    zone: PluginZone,
    private readonly keys: { developerKey: string; customerKey: string },
  ) {
    super(clock);
    this.office = new Office(zone, () => this.now());
  }

  get baseUrl(): string {
    return `${this.url}${BASE}`;
  }

  protected handle(request: EmulatedRequest): EmulatedAnswer {
    try {
      const { developerKey, customerKey } = this.keys;
      if (request.headers.authorization !== `ODFHIR ${developerKey}/${customerKey}`) return this.refuse('wrong');
      return this.answer(request, request.path.slice(BASE.length));
    } catch (error) {
      if (error instanceof Refused) return error.answer;
      throw error;
    }
  }

  protected refuse(refusal: Refusal): EmulatedAnswer {
    const why = refusal === 'wrong' ? 'Invalid Authorization header.' : 'The API key has been disabled by the office.';
    return { status: 401, json: `${why} (${this.keys.customerKey})` };
  }

  private answer(request: EmulatedRequest, path: string): EmulatedAnswer {
    if (!request.path.startsWith(BASE)) throw notFound('Resource not found');
    if (request.method === 'GET' && path in PARAMETERS) return this.list(path, request);
    const route = `${request.method} ${path.replace(/\d+/, '{n}')}`;
    const key = Number(/\d+/.exec(path)?.[0] ?? 0);
    switch (route) {
      case 'GET /appointments/{n}':
        return { status: 200, json: this.shown('appointments', this.appointment(key)) };
      case 'POST /appointments':
        return this.create(checkBody(route, request.body));
      case 'PUT /appointments/{n}':
        return this.change(key, checkBody(route, request.body));
      case 'PUT /appointments/{n}/Break':
        return this.break(key, checkBody(route, request.body));
      case 'PUT /appointments/{n}/Note':
        return this.append(key, checkBody(route, request.body));
      case 'PUT /appointments/{n}/Confirm':
        return this.confirm(key, checkBody(route, request.body));
      case 'POST /patients':
        return this.admit(checkBody(route, request.body));
      default:
        throw notFound('Resource not found');
    }
  }

  private list(path: string, { query, rawQuery }: EmulatedRequest): EmulatedAnswer {
    checkQuery(path, query, rawQuery, MOST_ROWS);
    const table = path.split('/')[1] as Table;
    const rows = this.office.rows(table).filter((row) => this.isAskedFor(table, row, query));
    if (table === 'schedules') rows.sort((a, b) => String(a['StartTime']).localeCompare(String(b['StartTime'])));
    const offset = Number(query.get('Offset') ?? 0);
    const page = rows.slice(offset, offset + Number(query.get('Limit') ?? MOST_ROWS));
    return { status: 200, json: page.map((row) => this.shown(table, row)) };
  }

  private isAskedFor(table: Table, row: Row, query: URLSearchParams): boolean {
    const day = String(row[table === 'schedules' ? 'SchedDate' : 'AptDateTime'] ?? '').slice(0, 10);
    for (const [name, value] of query) {
      if (name === 'Limit' || name === 'Offset') continue;
      if (name === 'date' && day !== value) return false;
      if (name === 'dateStart' && day < value) return false;
      if (name === 'dateEnd' && day > value) return false;
      // Altered after that time, not at it.
      if (name === 'DateTStamp' && String(row['DateTStamp']) <= value) return false;
      if (name in row && name !== 'DateTStamp' && !sameText(row[name], value)) return false;
    }
    return true;
  }

  /** The schedules send every number as text; some lists tell the time. */
  private shown(table: Table, row: Row): Row {
    if (table === 'schedules') {
      return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value)]));
    }
    return TELL_TIME.includes(table) ? { serverDateTime: this.office.wallTime, ...row } : row;
  }

  private appointment(key: number): Row {
    const row = this.office.find('appointments', key);
    if (!row) throw notFound('Appointment not found');
    return row;
  }

  private create(record: Row): EmulatedAnswer {
    this.mustExist(record);
    const type = this.office.find('appointmenttypes', Number(record['AppointmentTypeNum'] ?? 0));
    const ProcDescript = String(type?.['CodeStr'] ?? '');
    const row = this.office.enter({ ProvNum: 1, ProcDescript, ...cut(record) });
    return this.created('appointments', row);
  }

  private change(key: number, record: Row): EmulatedAnswer {
    this.appointment(key);
    this.mustExist(record);
    this.office.update('appointments', key, cut(record));
    return DONE;
  }

  private break(key: number, { sendToUnscheduledList, breakType }: Row): EmulatedAnswer {
    if (this.appointment(key)['AptStatus'] !== 'Scheduled')
      throw badRequest('Only Scheduled appointments can be broken.');
    if (breakType !== undefined && !this.breakProcedures) throw badRequest('breakType is not enabled by the office.');
    const AptStatus = sendToUnscheduledList === 'true' ? 'UnschedList' : 'Broken';
    this.office.update('appointments', key, { AptStatus });
    return DONE;
  }

  private append(key: number, { Note }: Row): EmulatedAnswer {
    if (this.locksNotes) throw badRequest('Appointment notes are locked.');
    const before = String(this.appointment(key)['Note']);
    this.office.update('appointments', key, { Note: before + String(Note) });
    return DONE;
  }

  private confirm(key: number, record: Row): EmulatedAnswer {
    if (Object.keys(record).length !== 1) throw badRequest('Either confirmVal or defNum is required, not both.');
    this.appointment(key);
    const [Confirmed, confirmed] = CONFIRMATIONS[String(record['confirmVal'])] ?? [Number(record['defNum']), ''];
    this.office.update('appointments', key, { Confirmed, confirmed });
    return DONE;
  }

  private admit(record: Row): EmulatedAnswer {
    const row = this.office.insert('patients', { PatStatus: 'Patient', SSN: '', Birthdate: '0001-01-01', ...record });
    return this.created('patients', row);
  }

  private created(table: Table, row: Row): EmulatedAnswer {
    const location = `${this.baseUrl}/${table}/${String(row[KEYS[table]])}`;
    return { status: 201, headers: { location }, json: this.shown(table, row) };
  }

  private mustExist(record: Row): void {
    const isThere = (table: Table, field: string) =>
      !(field in record) || record[field] === 0 || this.office.find(table, Number(record[field])) !== undefined;
    if (!isThere('patients', 'PatNum')) throw notFound('Patient not found');
    if (!isThere('appointmenttypes', 'AppointmentTypeNum')) throw notFound('AppointmentType not found');
    if (!isThere('operatories', 'Op')) throw notFound('Operatory not found');
    if (!isThere('providers', 'ProvNum') || !isThere('providers', 'ProvHyg')) throw notFound('Provider not found');
  }
}

/** PUT methods say no more than that. */
const DONE: EmulatedAnswer = { status: 200, text: 'OK', headers: { 'content-type': 'text/plain' } };

function cut(record: Row): Row {
  const { Pattern } = record;
  return typeof Pattern === 'string' ? { ...record, Pattern: Pattern.slice(0, MOST_MARKS) } : record;
}

/** The database compares without regard to case and accents. */
function sameText(value: unknown, wanted: string): boolean {
  return String(value).localeCompare(wanted, 'en', { sensitivity: 'base' }) === 0;
}
