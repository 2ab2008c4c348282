import assert from 'node:assert/strict';
import { fails } from './check.js';
import type { PmsCheck, PmsStand } from './pms-stand.js';

const EVENTS = [
  { id: 'evt-1', topic: 'appointments', foreignId: '900001' },
  { id: 'evt-2', topic: 'appointments', foreignId: '900002' },
  { id: 'evt-3', topic: 'schedules' },
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
      const read = async (event: (typeof EVENTS)[number]) => {
        const bytes = body([event]);
        return stand.adapter.verifyInbound!({ headers: sign(bytes), body: bytes, receivedAt: 0 });
      };
      const ids = new Set<string>();
      for (const event of EVENTS) {
        const [told, ...more] = await read(event);
        assert.ok(told && more.length === 0, 'one event is one event');
        assert.equal(told.topic, event.topic);
        if ('foreignId' in event) assert.equal(told.foreignId, event.foreignId);
        assert.deepEqual(await read(event), [told], 'what comes again bears the same id');
        ids.add(told.id);
      }
      assert.equal(ids.size, EVENTS.length, 'each event has an id of its own');
    },
  },
  {
    name: "refuses bytes that are not the vendor's",
    when: ({ webhooks }) => webhooks,
    async run(stand) {
      const { body, sign, signsBody = true } = webhooksOf(stand);
      const bytes = body([EVENTS[0]]);
      const changed = Uint8Array.from(bytes, (byte, at) => (at === bytes.length - 3 ? byte ^ 1 : byte));
      const spoilt = Object.entries(sign(bytes)).map(([name, value]) => [name, `0${value}`]);
      const forged = [
        { headers: {}, body: bytes },
        { headers: Object.fromEntries(spoilt) as Record<string, string>, body: bytes },
        ...(signsBody
          ? [
              { headers: sign(bytes), body: changed },
              { headers: sign(changed), body: bytes },
            ]
          : []),
      ];
      for (const request of forged) {
        const error = await fails(
          stand.adapter.verifyInbound!({ ...request, receivedAt: 0 }),
          'rejected',
          stand.secrets,
        );
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
