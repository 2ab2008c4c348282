import { createHmac, timingSafeEqual } from 'node:crypto';
import {
  asList,
  asObject,
  type InboundEvent,
  type InboundRequest,
  type PmsTopic,
  Rejected,
} from '@openchair/plugin-kit';
import type { NexHealthConfig } from './config.js';
import { FAILED_INSERTIONS, type FailedInsertion, type Insertions } from './insertions.js';
import { instantOf, refOf, type Row, textOf } from './rows.js';
import { referenceOf } from './visit-record.js';

/** What NexHealth's resources are to us, and under which names its messages carry the records. */
const RESOURCES: Readonly<Record<string, { topic: PmsTopic; one: string; many: string }>> = {
  Appointment: { topic: 'appointments', one: 'appointment', many: 'appointments' },
  Patient: { topic: 'patients', one: 'patient', many: 'patients' },
  Provider: { topic: 'providers', one: 'provider', many: 'providers' },
  WorkingHour: { topic: 'schedules', one: 'working_hour', many: 'working_hours' },
};

/**
 * Verifies the bytes, then reads them. NexHealth's messages have no ids: one is made of what happened to what and when, so that
 * a message that is sent again is the same event. A message about another location is none of ours.
 */
export async function readWebhook(
  { webhookSecret, locationId, subdomain }: Pick<NexHealthConfig, 'webhookSecret' | 'locationId' | 'subdomain'>,
  insertions: Insertions,
  { headers, body }: InboundRequest,
): Promise<InboundEvent<PmsTopic>[]> {
  verify(webhookSecret, headers, body);
  const { resource, name, time, records, institution } = messageOf(body);
  const kind = RESOURCES[resource];
  if (!kind || (institution !== undefined && institution !== subdomain)) return [];
  const ours = records.filter(({ location_id: at }) => at == null || at === locationId);
  if (kind.topic === 'appointments') await noteFailure(insertions, name, ours);
  const occurredAt = instantOf({ event_time: time }, 'event_time');
  return ours.map((record) => {
    const foreignId = refOf(record['id']);
    return {
      id: [name, time, foreignId ?? ''].join(' '),
      topic: kind.topic,
      ...(foreignId === undefined ? {} : { foreignId }),
      ...(occurredAt === undefined ? {} : { occurredAt }),
    };
  });
}

/** `signature` is the hexadecimal HMAC-SHA-256 of the `timestamp`, a dot and the bytes in Base64. */
function verify(secret: string | undefined, headers: InboundRequest['headers'], body: Uint8Array): void {
  const given = Buffer.from(headers['signature'] ?? '', 'hex');
  const signed = `${headers['timestamp'] ?? ''}.${Buffer.from(body).toString('base64')}`;
  const right = secret === undefined ? undefined : createHmac('sha256', secret).update(signed).digest();
  if (!right || given.length !== right.length || !timingSafeEqual(given, right)) throw new Rejected('bad_signature');
}

interface Message {
  readonly resource: string;
  readonly name: string;
  readonly time: string;
  readonly institution: string | undefined;
  readonly records: readonly Row[];
}

function messageOf(body: Uint8Array): Message {
  try {
    const message = asObject(JSON.parse(new TextDecoder().decode(body)));
    const resource = textOf(message['resource_type']);
    const name = textOf(message['event_name']);
    const time = textOf(message['event_time']);
    if (resource === undefined || name === undefined || time === undefined) throw new Rejected('bad_payload');
    const records = recordsOf(RESOURCES[resource], asObject(message['data'] ?? {}));
    return { resource, name, time, institution: textOf(message['subdomain']), records };
  } catch {
    throw new Rejected('bad_payload');
  }
}

/** One record under its name, or several; a message without any still says that something has changed. */
function recordsOf(kind: (typeof RESOURCES)[string] | undefined, data: Row): Row[] {
  if (!kind) return [];
  const one = data[kind.one];
  const many = data[kind.many];
  if (one != null) return [asObject(one)];
  return many == null ? [{}] : asList(many).map(asObject);
}

async function noteFailure(insertions: Insertions, name: string, records: readonly Row[]): Promise<void> {
  const [event, outcome] = name.split('.');
  if (event !== 'appointment_insertion' || !FAILED_INSERTIONS.includes(outcome as FailedInsertion)) return;
  for (const record of records) {
    const id = refOf(record['id']);
    if (id !== undefined && referenceOf(record) !== undefined) await insertions.note(id, outcome as FailedInsertion);
  }
}
