import { type ConfigSchema, definePlugin, Rejected, type SmsAdapter } from '@openchair/plugin-kit';
import { InboxClient } from './inbox-client.js';

/** Configuration of a connection to the inbox. */
export interface ConsoleConfig {
  readonly inboxUrl: string;
  readonly sender: string;
}

interface Kept {
  readonly id: string;
}

const E164 = /^\+[1-9]\d{6,14}$/;

const configSchema: ConfigSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  title: 'Text messages to the inbox',
  additionalProperties: false,
  required: ['inboxUrl'],
  properties: {
    inboxUrl: {
      type: 'string',
      title: 'Inbox address',
      description: 'Where the inbox page of this machine answers, for example http://127.0.0.1:8025.',
      format: 'uri',
      pattern: '^https?://',
      maxLength: 300,
    },
    sender: {
      type: 'string',
      title: 'Sender number',
      description: 'Shown as the sender when a message names none.',
      pattern: '^\\+[1-9]\\d{6,14}$',
      default: '+12025550100',
    },
  },
};

/** Text messages that go to the inbox page in place of a phone: for trying the platform and for demonstrations. */
export const plugin = definePlugin<ConsoleConfig>({
  id: 'notify-console',
  kind: 'notification',
  name: 'Text messages to the inbox page',
  version: '1.0.0',
  compatibility: '^1.0',
  capabilities: { channel: 'sms', lookup: true, deduplicates: true, webhooks: false },
  configSchema,
  secrets: [],
  create: ({ inboxUrl, sender }, deps): SmsAdapter => {
    const inbox = new InboxClient(inboxUrl, deps);
    const find = async (messageId: string, signal: AbortSignal) => {
      const query = new URLSearchParams({ messageId });
      return (await inbox.get<{ data: Kept[] }>(`/api/messages?${query}`, signal)).data;
    };
    return {
      async verify({ signal }) {
        await find('probe', signal);
      },
      async send({ signal }, { messageId, from = sender, to, text }) {
        if (!E164.test(to)) throw new Rejected('bad_number');
        const { id } = await inbox.post<Kept>('/api/sms', { messageId, from, to, text }, signal);
        return { providerMessageId: id, acceptedAt: deps.clock.now() };
      },
      async lookup({ signal }, messageId) {
        return (await find(messageId, signal)).length > 0 ? 'sent' : 'not_sent';
      },
    };
  },
});
