import assert from 'node:assert/strict';
import { fails } from './check.js';
import type { PmsCheck, PmsStand } from './pms-stand.js';

const EVENTS = [
  { id: 'evt-1', topic: 'appointments', foreignId: '900001' },
  { id: 'evt-2', topic: 'schedules' },
] as const;

function webhooksOf(stand: PmsStand): NonNullable<PmsStand['webhooks']> {
  assert.ok(stand.webhooks, 'the stand of a plugin that takes webhooks can make them');
  return stand.webhooks;
}

/** What the adapter makes of its vendor's webhooks. */
export const PMS_WEBHOOK_CHECKS: readonly PmsCheck[] = [
  {
    name: 'reads a signed webhook as it was sent, also when it comes again',
    when: ({ webhooks }) => webhooks,
    async run(stand) {
      const { body, sign } = webhooksOf(stand);
      const bytes = body(EVENTS);
      for (let time = 0; time < 2; time += 1) {
        const events = await stand.adapter.verifyInbound!({ headers: sign(bytes), body: bytes, receivedAt: 0 });
        assert.deepEqual(
          events.map(({ id, topic, foreignId }) => [id, topic, foreignId]),
          EVENTS.map((event) => [event.id, event.topic, 'foreignId' in event ? event.foreignId : undefined]),
        );
      }
    },
  },
  {
    name: "refuses bytes that are not the vendor's",
    when: ({ webhooks }) => webhooks,
    async run(stand) {
      const { body, sign } = webhooksOf(stand);
      const bytes = body(EVENTS);
      const changed = Uint8Array.from(bytes, (byte, at) => (at === bytes.length - 3 ? byte ^ 1 : byte));
      const forged = [
        { headers: {}, body: bytes },
        { headers: sign(bytes), body: changed },
        { headers: sign(changed), body: bytes },
      ];
      for (const request of forged) {
        const error = await fails(stand.adapter.verifyInbound!({ ...request, receivedAt: 0 }), 'rejected');
        assert.equal(error.reason, 'bad_signature');
      }
    },
  },
  {
    name: 'refuses a signed webhook that cannot be read',
    when: ({ webhooks }) => webhooks,
    async run(stand) {
      const { sign } = webhooksOf(stand);
      for (const text of ['', 'not json', '{"events":[{}]}']) {
        const body = new TextEncoder().encode(text);
        const error = await fails(
          stand.adapter.verifyInbound!({ headers: sign(body), body, receivedAt: 0 }),
          'rejected',
        );
        assert.equal(error.reason, 'bad_payload');
      }
    },
  },
];
