import { createHmac } from 'node:crypto';
import type { Place } from '@openchair/plugin-kit/conformance';
import { blocks, LOCATION, patients, recalls, type Row, SUBDOMAIN, visits } from './practice.js';

/** A message to the webhook endpoint: its bytes, and the headers that sign them. */
export interface Message {
  readonly body: Uint8Array;
  readonly headers: Record<string, string>;
}

const BLANK: Row = {
  patient_id: null,
  provider_id: null,
  operatory_id: null,
  confirmed: false,
  patient_missed: false,
  cancelled: false,
  unavailable: false,
  checkin_at: null,
  checked_out: false,
  checked_out_at: null,
  sooner_if_possible: null,
  note: null,
  referrer: null,
  foreign_id: null,
  last_sync_time: null,
  timezone: 'America/Chicago',
  location_id: LOCATION,
  misc: { is_booked_on_nexhealth: false },
};
/** So long after it was accepted a visit is put into the practice system. */
const SOON_MS = 20;

/**
 * The practice system and NexHealth's copy of it. `prompt`: both follow each other at once, and a new visit gets over after a
 * moment; otherwise only when the cycles are run by hand.
 */
export class Office {
  readonly appointments = new Map<number, Row>();
  readonly patients = new Map<number, Row>(patients.map((row) => [Number(row['id']), row]));
  readonly recalls: Row[] = [...recalls];
  /** The truth: what the practice system holds, by its own ids. */
  readonly ehr = new Map<string, Row>();
  readonly messages: Message[] = [];
  readonly location: Row = { id: LOCATION, name: 'Harbor Dental', insert_appt_client: true, map_by_operatory: true };
  readonly sync: Row = {
    write_status: 'green',
    emr: { id: 1, name: 'dentrix', display_name: 'Dentrix', type: 'onprem' },
  };
  prompt = true;
  secret = '';
  private lastId = 1_000;
  private readonly timers = new Set<NodeJS.Timeout>();

  constructor(private readonly now: () => number) {
    for (const row of [...visits(), ...blocks]) this.read(this.enter(row), String(row['updated_at']));
  }

  /** Staff enter a visit in the practice system. Its id there. */
  enter(row: Row): string {
    const key = `e${this.nextId()}`;
    this.ehr.set(key, { ...BLANK, ...row });
    return key;
  }

  enterAt({ providerForeignId, operatoryForeignId, start, end }: Place): number {
    const key = this.enter({
      patient_id: 2001,
      provider_id: Number(providerForeignId),
      operatory_id: Number(operatoryForeignId),
      start_time: this.text(start),
      end_time: this.text(end),
    });
    return this.read(key);
  }

  /** Staff change a visit in the practice system. */
  change(key: string, changes: Row): void {
    this.ehr.set(key, { ...this.ehr.get(key), ...changes });
    if (this.prompt) this.read(key);
  }

  /** NexHealth reads a visit from the practice system. Its id at NexHealth. */
  read(key: string, updatedAt = this.text(this.now())): number {
    const known = [...this.appointments.values()].find((row) => row['foreign_id'] === key);
    const id = Number(known?.['id'] ?? this.nextId());
    const copy = { created_at: updatedAt, ...BLANK, ...known, ...this.ehr.get(key) };
    this.appointments.set(id, { ...copy, id, foreign_id: key, updated_at: updatedAt, last_sync_time: updatedAt });
    return id;
  }

  /** NexHealth accepts a visit. */
  accept(appt: Row): Row {
    const id = this.nextId();
    const now = this.text(this.now());
    const misc = { is_booked_on_nexhealth: true };
    const row = { ...BLANK, ...appt, ...normalTimes(appt), id, misc, created_at: now, updated_at: now };
    this.appointments.set(id, row);
    if (this.prompt) {
      const timer = setTimeout(() => (this.timers.delete(timer), this.insert(id)), SOON_MS);
      this.timers.add(timer);
    }
    return row;
  }

  /** NexHealth puts an accepted visit into the practice system, which does not take two at one time. */
  insert(id: number): void {
    const row = this.appointments.get(id);
    if (!row || row['cancelled'] === true || row['foreign_id'] !== null || !this.location['insert_appt_client']) return;
    if (this.isTaken(row)) return void this.tell('appointment_insertion.failed', row);
    const key = this.enter({ ...row, foreign_id: null });
    this.appointments.set(id, { ...row, foreign_id: key });
    this.read(key);
    this.tell('appointment_insertion.complete', this.appointments.get(id) as Row);
  }

  /** NexHealth changes its copy, and passes the change on. */
  patch(id: number, changes: Row): Row {
    const row = {
      ...this.appointments.get(id),
      ...changes,
      ...normalTimes(changes),
      updated_at: this.text(this.now()),
    };
    this.appointments.set(id, row);
    const key = (row as Row)['foreign_id'];
    if (typeof key === 'string') this.ehr.set(key, { ...this.ehr.get(key), ...changes, ...normalTimes(changes) });
    return row;
  }

  addPatient(patient: Row): Row {
    const id = this.nextId();
    const now = this.text(this.now());
    const row = { inactive: false, foreign_id: null, ...patient, id, location_ids: [LOCATION], updated_at: now };
    this.patients.set(id, row);
    return row;
  }

  /** Live visits that the practice system itself holds there. */
  countAt({ operatoryForeignId, start }: Place): number {
    return [...this.ehr.values()].filter(
      (row) =>
        !row['cancelled'] &&
        row['operatory_id'] === Number(operatoryForeignId) &&
        Date.parse(String(row['start_time'])) === start,
    ).length;
  }

  /** Sends a message about a visit. */
  tell(name: string, row: Row): void {
    const message = { resource_type: 'Appointment', event_name: name, data: { appointment: row } };
    this.messages.push(this.signed({ ...message, event_time: this.text(this.now()), subdomain: SUBDOMAIN }));
  }

  signed(message: object): Message {
    const body = new TextEncoder().encode(JSON.stringify(message));
    return { body, headers: this.sign(body) };
  }

  sign(body: Uint8Array): Record<string, string> {
    const timestamp = this.text(this.now());
    const signed = `${timestamp}.${Buffer.from(body).toString('base64')}`;
    return { timestamp, signature: createHmac('sha256', this.secret).update(signed).digest('hex') };
  }

  stop(): void {
    for (const timer of this.timers) clearTimeout(timer);
  }

  private isTaken(wanted: Row): boolean {
    const [start, end] = [String(wanted['start_time']), String(wanted['end_time'])];
    return [...this.ehr.values()].some(
      (row) =>
        !row['cancelled'] &&
        (row['provider_id'] === wanted['provider_id'] || row['operatory_id'] === wanted['operatory_id']) &&
        String(row['start_time']) < end &&
        String(row['end_time']) > start,
    );
  }

  private nextId(): number {
    return (this.lastId += 1);
  }

  private text(instant: number): string {
    return new Date(instant).toISOString();
  }
}

function normalTimes(row: Row): Row {
  const times = ['start_time', 'end_time', 'checkin_at'].filter((name) => typeof row[name] === 'string');
  return Object.fromEntries(times.map((name) => [name, new Date(String(row[name])).toISOString()]));
}
