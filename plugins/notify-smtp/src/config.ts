import type { ConfigSchema } from '@openchair/plugin-kit';

/** Configuration of an SMTP connection. */
export interface SmtpConfig {
  readonly host: string;
  readonly port: number;
  readonly security: 'starttls' | 'tls' | 'none';
  readonly user?: string;
  readonly password?: string;
  readonly fromAddress: string;
  readonly fromName?: string;
  readonly messageIdDomain?: string;
}

export const smtpConfigSchema: ConfigSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  title: 'SMTP server',
  additionalProperties: false,
  required: ['host', 'port', 'fromAddress'],
  properties: {
    host: {
      type: 'string',
      title: 'Server',
      description: 'Host name of the outgoing mail server.',
      minLength: 1,
      maxLength: 253,
      pattern: '^[A-Za-z0-9.:-]+$',
    },
    port: {
      type: 'integer',
      title: 'Port',
      description: '587 for STARTTLS, 465 for TLS.',
      minimum: 1,
      maximum: 65_535,
      default: 587,
    },
    security: {
      type: 'string',
      title: 'Security',
      description: 'starttls and tls never send anything in clear; none is for servers on the same machine.',
      enum: ['starttls', 'tls', 'none'],
      default: 'starttls',
    },
    user: { type: 'string', title: 'User', description: 'Left out: no login.', maxLength: 320 },
    password: {
      type: 'string',
      title: 'Password',
      description: 'Password or app password of the user.',
      maxLength: 1024,
    },
    fromAddress: {
      type: 'string',
      title: 'Sender address',
      description: 'The address this server may send for. Every message carries it.',
      format: 'email',
      maxLength: 320,
    },
    fromName: {
      type: 'string',
      title: 'Sender name',
      description: 'Shown when a message names no sender.',
      maxLength: 120,
    },
    messageIdDomain: {
      type: 'string',
      title: 'Message-ID domain',
      description: 'Right side of the Message-ID; left out: the domain of the sender address.',
      maxLength: 253,
      pattern: '^[A-Za-z0-9.-]+$',
    },
  },
};
