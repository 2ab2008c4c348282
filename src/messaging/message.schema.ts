import { Injectable } from '@nestjs/common';
import { defineCollection, Persistence, sealed, TenantRepository, type TenantDocument } from '../persistence/index.js';
import type { TemplateKey } from './templates.js';

export type MessageState = 'queued' | 'sent' | 'failed' | 'suppressed';
export type Audience = 'patient' | 'practice';

/** One message to one audience about one event. No address and no text are kept: both are made when it is sent. */
export interface Message extends TenantDocument {
  /** What it is about: a visit, or the offer of a time. */
  appointmentId: string | null;
  offerId: string | null;
  eventId: string;
  template: TemplateKey;
  channel: 'email' | 'sms';
  audience: Audience;
  state: MessageState;
  /** PHI-free code of why it failed or was not sent. */
  reason: string | null;
  attempts: number;
  sentAt: number | null;
  /** Token of the patient's link, sealed: it opens what the message is about. */
  linkToken: string | null;
}

const messageCollection = defineCollection<Message>({
  name: 'messages',
  owner: 'tenantId',
  fields: {
    appointmentId: String,
    offerId: String,
    eventId: { type: String, required: true },
    template: { type: String, required: true },
    channel: { type: String, required: true },
    audience: { type: String, required: true },
    state: { type: String, required: true },
    reason: String,
    attempts: { type: Number, required: true },
    sentAt: Number,
    linkToken: sealed,
  },
  sealed: ['linkToken'],
  indexes: [{ key: { tenantId: 1, appointmentId: 1, _id: 1 } }, { key: { tenantId: 1, state: 1, _id: 1 } }],
});

@Injectable()
export class MessageRepository extends TenantRepository<Message> {
  constructor(persistence: Persistence) {
    super(persistence, messageCollection);
  }
}
