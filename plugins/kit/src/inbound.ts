/** A vendor's webhook as it came in: nothing parsed, nothing trusted. */
export interface InboundRequest {
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The raw bytes, which signatures are made over. */
  readonly body: Uint8Array;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
}

/**
 * What a verified webhook means. An event of a PMS is a hint to read again, not the truth; `id` is the vendor's and
 * lets the host drop duplicates.
 */
export interface InboundEvent<Topic extends string> {
  readonly id: string;
  readonly topic: Topic;
  /** The record it is about: an appointment, a message of ours, a payment. */
  readonly foreignId?: string;
  /** Epoch milliseconds at the vendor, when told. */
  readonly occurredAt?: number;
}

/**
 * Verifies the raw bytes first (constant time), then reads them. Throws `Rejected('bad_signature')` when they are not
 * the vendor's, `Rejected('bad_payload')` when they cannot be read. Events to ignore give an empty list.
 */
export type VerifyInbound<Event> = (request: InboundRequest) => Promise<readonly Event[]>;
