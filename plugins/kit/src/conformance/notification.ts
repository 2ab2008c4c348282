import assert from 'node:assert/strict';
import type { EmailMessage, NotificationAdapter, NotificationCapabilities, SmsMessage } from '../notification.js';
import type { EmailPlugin, SmsPlugin } from '../plugin.js';
import {
  type BaseStand,
  bindChecks,
  call,
  type Check,
  expiredCall,
  fails,
  honoursAbort,
  type TestFramework,
} from './check.js';

/** A message as the emulated provider holds it for the person. */
export interface Delivered {
  /** Contains our messageId. */
  readonly messageId: string;
  readonly to: string;
  /** Header names in lower case, for an e-mail; empty for a text message. */
  readonly headers: readonly string[];
  readonly text: string;
}

/** What the notification suite needs beside the adapter. */
export interface NotificationStand<M extends EmailMessage | SmsMessage> extends BaseStand<NotificationAdapter<M>> {
  /** A complete message with this id to a recipient the provider takes. */
  message(messageId: string): M;
  /** The same with a recipient that the provider refuses for good. */
  refused(messageId: string): M;
  /** What has reached people, oldest first. */
  delivered(): Promise<readonly Delivered[]>;
}

export type NotificationCheck = Check<
  NotificationCapabilities,
  NotificationStand<EmailMessage> | NotificationStand<SmsMessage>
>;
type AnyStand = NotificationStand<EmailMessage | SmsMessage>;
type RunStand = Parameters<NotificationCheck['run']>[0];

/** The suite treats a message as a whole, so it may forget which of the two kinds it is. */
const either = (stand: RunStand): AnyStand => stand as AnyStand;

/** Everything a notification plugin promises. */
export const NOTIFICATION_CHECKS: readonly NotificationCheck[] = [
  {
    name: 'has the methods of its capabilities and no others',
    async run({ adapter }, capabilities) {
      assert.equal(typeof adapter.lookup === 'function', capabilities.lookup, 'lookup');
      assert.equal(typeof adapter.verifyInbound === 'function', capabilities.webhooks, 'verifyInbound');
    },
  },
  {
    name: 'verifies the connection and sends nothing by it',
    async run(stand) {
      await stand.adapter.verify(call());
      assert.equal((await stand.delivered()).length, 0);
    },
  },
  {
    name: 'delivers a message once, with our id',
    async run(given) {
      const stand = either(given);
      const message = stand.message('msg-1');
      const accepted = await stand.adapter.send(call('msg-1'), message);
      assert.ok(accepted.providerMessageId.length > 0 && Number.isInteger(accepted.acceptedAt));
      const delivered = await stand.delivered();
      assert.equal(delivered.length, 1);
      assert.ok(delivered[0]!.messageId.includes('msg-1'), 'the id of the message is ours');
      assert.equal(delivered[0]!.to, typeof message.to === 'string' ? message.to : message.to.address);
      assert.ok(delivered[0]!.text.includes(message.text.trim()), 'the text arrives unchanged');
    },
  },
  {
    name: 'delivers a repeated message once',
    when: ({ deduplicates }) => deduplicates,
    async run(given) {
      const stand = either(given);
      const first = await stand.adapter.send(call('msg-2'), stand.message('msg-2'));
      const again = await stand.adapter.send(call('msg-2'), stand.message('msg-2'));
      assert.equal(again.providerMessageId, first.providerMessageId);
      assert.equal((await stand.delivered()).length, 1);
    },
  },
  {
    name: 'gives a repeated message the same id, so that mail servers see it is the same',
    when: ({ deduplicates }) => !deduplicates,
    async run(given) {
      const stand = either(given);
      await stand.adapter.send(call('msg-2'), stand.message('msg-2'));
      await stand.adapter.send(call('msg-2'), stand.message('msg-2'));
      assert.equal(new Set((await stand.delivered()).map((message) => message.messageId)).size, 1);
    },
  },
  {
    name: 'knows what it sent and what it did not',
    when: ({ lookup }) => lookup,
    async run(given) {
      const stand = either(given);
      await stand.adapter.send(call('msg-3'), stand.message('msg-3'));
      assert.equal(await stand.adapter.lookup!(call(), 'msg-3'), 'sent');
      assert.equal(await stand.adapter.lookup!(call(), 'msg-never'), 'not_sent');
    },
  },
  {
    name: 'reports a lost acknowledgement with an unknown outcome, which lookup settles',
    async run(given) {
      const stand = either(given);
      await stand.fault('lose_acknowledgement');
      const { outcome } = await fails(stand.adapter.send(call('msg-4'), stand.message('msg-4')), 'retryable');
      assert.equal(outcome, 'unknown');
      await stand.fault('none');
      if (stand.adapter.lookup) assert.equal(await stand.adapter.lookup(call(), 'msg-4'), 'sent');
    },
  },
  {
    name: 'gives up when the signal is aborted, and starts nothing after the deadline',
    async run(given) {
      const stand = either(given);
      await assert.rejects(stand.adapter.send(expiredCall('msg-5'), stand.message('msg-5')));
      assert.equal((await stand.delivered()).length, 0);
      await stand.fault('slow');
      await honoursAbort((aborted) => stand.adapter.send(aborted, stand.message('msg-6')));
      await honoursAbort((aborted) => stand.adapter.verify(aborted));
    },
  },
  {
    name: 'reports a rate limit with the time to wait',
    async run(given) {
      const stand = either(given);
      await stand.fault('rate_limited');
      const limited = await fails(stand.adapter.send(call('msg-7'), stand.message('msg-7')), 'rate_limited');
      assert.ok(Number.isFinite(limited.retryAfterMs) && limited.retryAfterMs > 0);
    },
  },
  {
    name: 'reports a provider that is down as retryable, and recovers',
    async run(given) {
      const stand = either(given);
      await stand.fault('down');
      await fails(stand.adapter.send(call('msg-8'), stand.message('msg-8')), 'retryable');
      await stand.fault('none');
      await stand.adapter.send(call('msg-8'), stand.message('msg-8'));
      assert.equal((await stand.delivered()).length, 1);
    },
  },
  {
    name: 'tells bad credentials apart',
    async run(stand) {
      await stand.fault('unauthorized');
      await fails(stand.adapter.verify(call()), 'unauthorized');
    },
  },
  {
    name: 'reports a refused recipient as rejected and does not show who it is',
    async run(given) {
      const stand = either(given);
      const message = stand.refused('msg-9');
      const recipient = typeof message.to === 'string' ? message.to : message.to.address;
      await fails(stand.adapter.send(call('msg-9'), message), 'rejected', [recipient, message.text]);
      assert.equal((await stand.delivered()).length, 0);
    },
  },
  {
    name: 'lets nobody add a header or a recipient through a field',
    when: ({ channel }) => channel === 'email',
    async run(given) {
      const stand = given as NotificationStand<EmailMessage>;
      const plain = stand.message('msg-10');
      const evil = 'x\r\nBcc: thief@example.com\r\nX-Evil: yes';
      const address = 'pat@example.com>\r\nRCPT TO:<thief@example.com';
      const attempts: EmailMessage[] = [
        { ...plain, subject: evil },
        { ...plain, to: { ...plain.to, name: evil } },
        { ...plain, from: { ...plain.from, name: evil } },
        { ...plain, replyTo: { name: evil, address: 'office@example.com' } },
        { ...plain, attachments: [{ filename: evil, contentType: `text/plain; name="${evil}"`, content: 'x' }] },
        { ...plain, messageId: `msg-10\r\nX-Evil: yes` },
        { ...plain, to: { address } },
        { ...plain, to: { address: 'pat@example.com, thief@example.com' } },
      ];
      for (const attempt of attempts) {
        await stand.adapter.send(call('msg-10'), attempt).catch(async (error: unknown) => {
          await fails(Promise.reject(error as Error), 'rejected');
        });
      }
      for (const message of await stand.delivered()) {
        assert.ok(!message.headers.includes('x-evil') && !message.headers.includes('bcc'), 'no header was added');
        assert.equal(message.to, plain.to.address, 'no recipient was added');
      }
    },
  },
];

/** Registers the suite for one plugin; returns the number of checks that apply to its capabilities. */
export function describeNotificationConformance<P extends EmailPlugin | SmsPlugin>(
  plugin: P,
  start: () => Promise<NotificationStand<P extends EmailPlugin ? EmailMessage : SmsMessage>>,
  framework: TestFramework,
): number {
  return bindChecks(
    `${plugin.id} keeps the notification contract`,
    NOTIFICATION_CHECKS,
    plugin.capabilities as NotificationCapabilities,
    start as () => Promise<RunStand>,
    framework,
  );
}
