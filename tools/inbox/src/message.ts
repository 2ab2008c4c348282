/** A file that came with an e-mail. Its bytes are read from the raw message on demand. */
export interface Attachment {
  readonly filename: string;
  readonly contentType: string;
  /** Bytes. */
  readonly size: number;
}

/** What the inbox keeps of a message. */
export interface StoredMessage {
  /** `m` and a rising number: sorts by arrival. */
  readonly id: string;
  readonly kind: 'email' | 'sms';
  /** The sender's: a Message-ID without brackets, or the id that came with a text message. */
  readonly messageId: string;
  /** Epoch milliseconds of the first delivery. */
  readonly receivedAt: number;
  /** How often the same message came; shown once, as mailbox servers do. */
  readonly deliveries: number;
  readonly from: { readonly name: string; readonly address: string };
  /** Addresses of the envelope, or a phone number. */
  readonly to: readonly string[];
  readonly replyTo?: string;
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
  readonly attachments: readonly Attachment[];
}

/** A message that has just come in. */
export type IncomingMessage = Omit<StoredMessage, 'id' | 'receivedAt' | 'deliveries'>;
