import type { Call } from './deps.js';
import type { InboundEvent, VerifyInbound } from './inbound.js';

/** Whole minor units of an ISO 4217 currency in upper case: `{amount: 2500, currency: 'USD'}` is 25 dollars. */
export interface PaymentMoney {
  readonly amount: number;
  readonly currency: string;
}

/** Where a payment stands. `authorized` money is reserved and waits for `capture`. */
export type PaymentState = 'requires_action' | 'authorized' | 'captured' | 'refunded' | 'cancelled' | 'failed';
export type PaymentTopic = 'authorized' | 'captured' | 'refunded' | 'failed' | 'disputed';

export interface PaymentIntentRequest {
  /** Our id of the payment; the same reference again is the same intent. */
  readonly reference: string;
  readonly money: PaymentMoney;
  /** `automatic` takes the money at once, `manual` waits for `capture`. */
  readonly capture: 'automatic' | 'manual';
}

export interface Payment {
  readonly foreignId: string;
  readonly reference: string;
  readonly state: PaymentState;
  readonly money: PaymentMoney;
  /** Minor units taken and given back so far. */
  readonly captured: number;
  readonly refunded: number;
  /** What the payer's page needs to finish; a secret of this one payment. */
  readonly clientSecret?: string;
}

export interface PaymentCapabilities {
  readonly manualCapture: boolean;
  readonly partialRefund: boolean;
  readonly webhooks: boolean;
}

/** A connection to one payment processor. Card data never passes through it. */
export interface PaymentAdapter {
  /** Probe: tries the credentials, moves no money. */
  verify(call: Call): Promise<void>;
  createIntent(call: Call, request: PaymentIntentRequest): Promise<Payment>;
  /** Takes `money` or, left out, all that is authorized. */
  capture?(call: Call, request: { foreignId: string; money?: PaymentMoney }): Promise<Payment>;
  /** Gives back `money`; `reference` is our id of the refund. */
  refund(call: Call, request: { foreignId: string; reference: string; money: PaymentMoney }): Promise<Payment>;
  /** "Did you do it?": by our reference, or null. */
  lookup(call: Call, reference: string): Promise<Payment | null>;
  verifyInbound?: VerifyInbound<InboundEvent<PaymentTopic>>;
}
