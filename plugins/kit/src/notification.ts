import type { Call } from './deps.js';
import type { InboundEvent, VerifyInbound } from './inbound.js';

export interface MailAddress {
  readonly name?: string;
  readonly address: string;
}

export interface MailAttachment {
  readonly filename: string;
  /** For example `text/calendar; method=PUBLISH`. */
  readonly contentType: string;
  readonly content: string | Uint8Array;
}

/** An e-mail, rendered. PHI throughout. */
export interface EmailMessage {
  /** Ours and deterministic (`[A-Za-z0-9._-]{1,120}`): a repeated send carries the same one. */
  readonly messageId: string;
  readonly from: MailAddress;
  readonly to: MailAddress;
  readonly replyTo?: MailAddress;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
  readonly attachments?: readonly MailAttachment[];
}

/** A text message, rendered. PHI throughout. */
export interface SmsMessage {
  readonly messageId: string;
  /** Number or sender id; left out: the connection's own. */
  readonly from?: string;
  /** E.164. */
  readonly to: string;
  readonly text: string;
}

export interface Accepted {
  /** The vendor's id of the message. */
  readonly providerMessageId: string;
  /** Epoch milliseconds. */
  readonly acceptedAt: number;
}

export type NotificationChannel = 'email' | 'sms';
/** `unknown` when the vendor cannot say. */
export type SendState = 'sent' | 'not_sent' | 'unknown';
export type NotificationTopic = 'delivered' | 'undelivered' | 'opted_out' | 'replied';

export interface NotificationCapabilities {
  readonly channel: NotificationChannel;
  /** "Did you do it?" can be asked: `lookup` is present. */
  readonly lookup: boolean;
  /** A repeated `send` with the same messageId reaches the person once, by the vendor's or the adapter's doing. */
  readonly deduplicates: boolean;
  readonly webhooks: boolean;
}

/** A connection to one provider of messages. */
export interface NotificationAdapter<Message> {
  /** Probe: reaches the provider and tries the credentials, sends nothing. */
  verify(call: Call): Promise<void>;
  send(call: Call, message: Message): Promise<Accepted>;
  /** By our messageId. */
  lookup?(call: Call, messageId: string): Promise<SendState>;
  verifyInbound?: VerifyInbound<InboundEvent<NotificationTopic>>;
}

export type EmailAdapter = NotificationAdapter<EmailMessage>;
export type SmsAdapter = NotificationAdapter<SmsMessage>;
