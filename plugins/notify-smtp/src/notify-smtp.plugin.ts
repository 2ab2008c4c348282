import { definePlugin, type EmailAdapter } from '@openchair/plugin-kit';
import { type SmtpConfig, smtpConfigSchema } from './config.js';
import { failureOf } from './failures.js';
import { mailOf, messageIdHeader } from './mail.js';
import { deliver, knock } from './transport.js';

/** E-mail through any SMTP server. */
export const plugin = definePlugin<SmtpConfig>({
  id: 'notify-smtp',
  kind: 'notification',
  name: 'E-mail over SMTP',
  version: '1.0.0',
  compatibility: '^1.0',
  capabilities: { channel: 'email', lookup: false, deduplicates: false, webhooks: false },
  configSchema: smtpConfigSchema,
  secrets: ['password'],
  create: (config, { clock, resolve }): EmailAdapter => ({
    async verify({ signal }) {
      signal.throwIfAborted();
      await knock(config, resolve, signal).catch((error: unknown) => Promise.reject(failureOf(error, signal)));
    },
    async send({ signal }, message) {
      signal.throwIfAborted();
      const mail = mailOf(config, message);
      await deliver(config, resolve, mail, signal).catch((error: unknown) => Promise.reject(failureOf(error, signal)));
      return { providerMessageId: messageIdHeader(config, message.messageId), acceptedAt: clock.now() };
    },
  }),
});
