import { createHmac, timingSafeEqual } from 'node:crypto';
import { type InboundEvent, type InboundRequest, PMS_READS, type PmsTopic, Rejected } from '@openchair/plugin-kit';

const SIGNATURE = 'x-sandbox-signature';
const TOPICS: readonly string[] = PMS_READS;

function signatureOf(secret: string, body: Uint8Array): Buffer {
  return createHmac('sha256', secret).update(body).digest();
}

/** The headers of a webhook over these bytes, as the sandbox sends them. */
export function signWebhook(secret: string, body: Uint8Array): Record<string, string> {
  return { [SIGNATURE]: signatureOf(secret, body).toString('hex') };
}

/** The body of a webhook. */
export function webhookBody(events: readonly InboundEvent<PmsTopic>[]): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ events }));
}

/** Verifies the bytes, then reads them. */
export function readWebhook(secret: string | undefined, { headers, body }: InboundRequest): InboundEvent<PmsTopic>[] {
  const given = Buffer.from(headers[SIGNATURE] ?? '', 'hex');
  const right = secret === undefined ? undefined : signatureOf(secret, body);
  if (!right || given.length !== right.length || !timingSafeEqual(given, right)) throw new Rejected('bad_signature');
  try {
    const { events } = JSON.parse(new TextDecoder().decode(body)) as { events: InboundEvent<PmsTopic>[] };
    if (events.every(({ id, topic }) => typeof id === 'string' && TOPICS.includes(topic))) return events;
  } catch {
    throw new Rejected('bad_payload');
  }
  throw new Rejected('bad_payload');
}
