import { createHash, timingSafeEqual } from 'node:crypto';
import { asList, type InboundEvent, type InboundRequest, type PmsTopic, Rejected } from '@openchair/plugin-kit';
import { refOf, type Row, rowOf, textOf } from './rows.js';

/** The tables that may be watched, with the key of their rows. Events of others are none of ours. */
const TABLES: Readonly<Record<string, readonly [topic: PmsTopic, key: string]>> = {
  Appointment: ['appointments', 'AptNum'],
  AppointmentDeleted: ['appointments', 'AptNum'],
  Patient: ['patients', 'PatNum'],
  Provider: ['providers', 'ProvNum'],
  Operatory: ['operatories', 'OperatoryNum'],
  Schedule: ['schedules', 'ScheduleNum'],
};

/**
 * What a subscription sends: rows of one table. They are not signed; the office shows that it knows the customer key, and what it
 * says is a hint to read again. The same state of a row is the same event.
 */
export function readWebhook(customerKey: string, { headers, body }: InboundRequest): InboundEvent<PmsTopic>[] {
  if (!isSame(headers['authorization'] ?? '', customerKey)) throw new Rejected('bad_signature');
  const table = (headers['event-type'] ?? '').replace(/^WatchTable:\s*/i, '').trim();
  const known = TABLES[table];
  const rows = rowsOf(body);
  if (!known) return [];
  const [topic, key] = known;
  return rows.map((row) => {
    const foreignId = refOf(row, key);
    if (foreignId === undefined) throw new Rejected('bad_payload');
    const state = [table, foreignId, textOf(row, 'DateTStamp')].join(' ');
    return { id: createHash('sha256').update(state).digest('hex').slice(0, 32), topic, foreignId };
  });
}

function rowsOf(body: Uint8Array): Row[] {
  try {
    return asList(JSON.parse(new TextDecoder().decode(body))).map(rowOf);
  } catch {
    throw new Rejected('bad_payload');
  }
}

/** In constant time, whatever their lengths. */
function isSame(given: string, right: string): boolean {
  const [one, other] = [given, right].map((text) => createHash('sha256').update(text).digest()) as [Buffer, Buffer];
  return timingSafeEqual(one, other);
}
