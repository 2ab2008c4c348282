import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { EmailMessage, SmsMessage } from '@openchair/plugin-kit';
import { CONFIG, type Config } from '../config/index.js';
import { Consumers, Outbox, type DomainEvent, type EventType } from '../events/index.js';
import { PatientLinks, type LinkSubject } from '../identity/index.js';
import { CLOCK, Problem, type Clock, type TenantScope } from '../kernel/index.js';
import { UnitOfWork, type Tx } from '../persistence/index.js';
import { Connections, Plugins } from '../plugin-host/index.js';
import { DueWork, STANDARD_LADDER, WorkHandlers, type WorkContext } from '../queues/index.js';
import { mayWrite } from '../patients/index.js';
import { Appointments, OCCUPYING, WaitlistOffers } from '../scheduling/index.js';
import { calendarFile } from './calendar.js';
import { MessageFacts, type Gathered } from './facts.js';
import { MessageRepository, type Audience, type Message } from './message.schema.js';
import { renderMail, renderSms } from './rendering.js';
import type { TemplateKey } from './templates.js';

const SEND = 'message.send';
const SEND_MS = 20_000;
const LINK_DAYS_AFTER = 30 * 86_400_000;

/** Which events are told to patients and to the practice (null: not), and how. */
const TOLD: Partial<Record<EventType, { patient: TemplateKey; practice: TemplateKey | null }>> = {
  'appointment.booked': { patient: 'booked', practice: 'practice_notification' },
  'appointment.requested': { patient: 'requested', practice: 'practice_notification' },
  'appointment.declined': { patient: 'declined', practice: 'practice_notification' },
  'appointment.rescheduled': { patient: 'rescheduled', practice: 'practice_notification' },
  'appointment.cancelled': { patient: 'cancelled', practice: 'practice_notification' },
  'appointment.sync.conflict': { patient: 'conflict', practice: 'practice_conflict' },
  'waitlist.offered': { patient: 'offered', practice: null },
};

/** Messages that bring the patient's calendar up to date. */
const FOR_CALENDARS: readonly TemplateKey[] = ['booked', 'rescheduled', 'cancelled'];

/** Tells patients and practices what happened to their visits: each event, channel and audience once. */
@Injectable()
export class Messaging implements OnModuleInit {
  constructor(
    private readonly messages: MessageRepository,
    private readonly facts: MessageFacts,
    private readonly appointments: Appointments,
    private readonly offers: WaitlistOffers,
    private readonly links: PatientLinks,
    private readonly connections: Connections,
    private readonly plugins: Plugins,
    private readonly consumers: Consumers,
    private readonly handlers: WorkHandlers,
    private readonly work: DueWork,
    private readonly outbox: Outbox,
    private readonly unitOfWork: UnitOfWork,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.consumers.register({
      name: 'messaging',
      types: Object.keys(TOLD) as EventType[],
      handle: (event, scope, tx) => this.plan(event, scope, tx),
    });
    this.handlers.register({
      kind: SEND,
      transactional: false,
      ladder: STANDARD_LADDER,
      handle: (context) => this.send(context),
      exhausted: ({ row, scope }, tx) =>
        this.settle(
          scope,
          String(row.payload['messageId']),
          { state: 'failed', reason: row.lastError ?? 'retries_exhausted' },
          tx,
        ),
    });
  }

  /** Writes what is to be sent, in the transaction that is the event's receipt. */
  private async plan(event: DomainEvent, scope: TenantScope, tx: Tx): Promise<void> {
    const told = TOLD[event.type];
    // Staff call this patient themselves.
    if (!told || event.data['way'] === 'telephone') return;
    const subject = await this.subjectOf(event, scope, tx);
    const linkToken = await this.links.issue(scope, tx, subject);
    const wanted: [TemplateKey, Message['channel'], Audience][] = [
      [told.patient, 'email', 'patient'],
      [told.patient, 'sms', 'patient'],
    ];
    if (told.practice) wanted.push([told.practice, 'email', 'practice']);
    const messages = this.messages.forTenant(scope, tx);
    for (const [key, channel, audience] of wanted) {
      // The id names event, channel and audience, so the same event can never be told twice.
      const _id = `msg_${event._id.slice(4)}-${channel}-${audience}`;
      await messages.insert({
        _id,
        appointmentId: 'appointmentId' in subject ? subject.appointmentId : null,
        offerId: 'offerId' in subject ? subject.offerId : null,
        eventId: event._id,
        template: key,
        channel,
        audience,
        state: 'queued',
        reason: null,
        attempts: 0,
        sentAt: null,
        linkToken,
      });
      await this.work.add(scope, tx, [{ kind: SEND, key: _id, payload: { messageId: _id } }]);
    }
  }

  /** What an event is about, and how long a link to it is good. */
  private async subjectOf(
    event: DomainEvent,
    scope: TenantScope,
    tx: Tx,
  ): Promise<LinkSubject & { expiresAt: number }> {
    if (event.subject.kind !== 'appointment') {
      const { _id: offerId, end } = await this.offers.get(scope, String(event.data['offerId']), tx);
      return { offerId, expiresAt: end };
    }
    const { _id: appointmentId, end } = await this.appointments.get(scope, event.subject.id, tx);
    return { appointmentId, expiresAt: end + LINK_DAYS_AFTER };
  }

  private async send({ scope, row }: WorkContext): Promise<void> {
    const messageId = String(row.payload['messageId']);
    const message = await this.messages.forTenant(scope).getById(messageId, 'message');
    if (message.state !== 'queued') return;
    const gathered = await this.facts.gather(scope, message);
    if (this.isPast(message, gathered)) return this.suppress(scope, messageId, 'settled');
    const addressed = addressOf(message, gathered);
    if (addressed.length === 0) return this.suppress(scope, messageId, 'no_address');
    if (message.audience === 'patient' && !mayWrite(gathered.patient, message.channel))
      return this.suppress(scope, messageId, 'no_consent');
    const connection = await this.connections.of(scope, 'notification', {
      channel: message.channel,
      locationId: gathered.locationId,
    });
    if (!connection) return this.suppress(scope, messageId, 'no_connection');
    for (const [place, to] of addressed.entries()) {
      // After a crash the outcome may be unknown: the same id lets the other side drop a repetition.
      const id = place === 0 ? messageId : `${messageId}-${place}`;
      const content =
        message.channel === 'email' ? this.mail(id, to, message, gathered) : sms(id, to, message, gathered);
      const result = await this.plugins.call(scope, connection._id, 'send', [content], {
        deadlineMs: SEND_MS,
        idempotencyKey: id,
      });
      if (result.ok) continue;
      if (result.failure.kind === 'rejected')
        return this.settle(scope, messageId, { state: 'failed', reason: result.failure.reason });
      throw new Problem('unavailable', `The message was not taken: ${result.failure.reason}.`);
    }
    await this.settle(scope, messageId, { state: 'sent', reason: null });
  }

  private mail(
    messageId: string,
    to: string,
    message: Message,
    { appointment, settings, facts }: Gathered,
  ): EmailMessage {
    const { subject, html, text } = renderMail(message.template, facts, {
      color: settings.brand.primaryColor,
      logoUrl: settings.brand.logoUrl,
    });
    const { hostname } = new URL(this.config.BASE_URL);
    const summary = `${facts.reason_name} at ${facts.practice_name}`;
    const words = { summary, location: facts.location_address, domain: hostname, stamp: this.clock.now() };
    const address = settings.messages.replyTo ?? settings.brand.email ?? `no-reply@${hostname}`;
    return {
      messageId,
      from: { name: settings.messages.senderName ?? facts.practice_name, address },
      to: { address: to },
      subject,
      html,
      text,
      ...(appointment && FOR_CALENDARS.includes(message.template)
        ? { attachments: [calendarFile(appointment, words)] }
        : {}),
    };
  }

  /** Whether what was to be told does not hold any more: it would only confuse. */
  private isPast({ template }: Message, { appointment, offer }: Gathered): boolean {
    if (offer) return offer.state !== 'open' || offer.expiresAt <= this.clock.now();
    if (!appointment || (template !== 'conflict' && template !== 'practice_conflict')) return false;
    return appointment.sync.state !== 'conflict' || !OCCUPYING.includes(appointment.status);
  }

  private suppress(scope: TenantScope, messageId: string, reason: string): Promise<void> {
    return this.settle(scope, messageId, { state: 'suppressed', reason });
  }

  /** The end of a message, and the event that tells of it. */
  private async settle(
    scope: TenantScope,
    messageId: string,
    end: Pick<Message, 'state' | 'reason'>,
    tx?: Tx,
  ): Promise<void> {
    if (!tx) return this.unitOfWork.run((own) => this.settle(scope, messageId, end, own));
    const sentAt = end.state === 'sent' ? this.clock.now() : null;
    const message = await this.messages
      .forTenant(scope, tx)
      .update(messageId, { $set: { ...end, sentAt }, $inc: { attempts: 1 } }, { state: 'queued' });
    if (!message || end.state === 'suppressed') return;
    const data = {
      appointmentId: message.appointmentId,
      offerId: message.offerId ?? null,
      template: message.template,
      channel: message.channel,
      reason: end.reason,
    };
    await this.outbox.record(scope, tx, {
      type: end.state === 'sent' ? 'message.sent' : 'message.failed',
      subject: { kind: 'message', id: messageId },
      sequence: message.version,
      data,
    });
  }
}

function addressOf(message: Message, { patient, settings, providerEmail }: Gathered): string[] {
  if (message.audience === 'practice')
    return [...new Set([...settings.messages.practiceNotificationEmails, ...(providerEmail ? [providerEmail] : [])])];
  const address = message.channel === 'email' ? patient.email : patient.phone;
  return address ? [address] : [];
}

function sms(messageId: string, to: string, message: Message, { facts }: Gathered): SmsMessage {
  return { messageId, to, text: renderSms(message.template, facts) };
}
