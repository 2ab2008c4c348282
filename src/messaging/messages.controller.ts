import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow, Id, Instant, Int, mapPage, OneOf, PageOf, PageQuery, Tenant, Text } from '../http/index.js';
import { formatInstant, type TenantScope } from '../kernel/index.js';
import type { Filter } from '../persistence/index.js';
import { MessageRepository, type Message } from './message.schema.js';
import { TEMPLATES } from './templates.js';

const STATES = ['queued', 'sent', 'failed', 'suppressed'] as const;
const CHANNELS = ['email', 'sms'] as const;

class MessagesQuery extends PageQuery {
  @Id('appointment', { optional: true })
  appointmentId?: string;

  @OneOf(STATES, { optional: true })
  state?: (typeof STATES)[number];

  @OneOf(CHANNELS, { optional: true })
  channel?: (typeof CHANNELS)[number];
}

class MessageView {
  @Text({ max: 80 })
  id!: string;

  @Id('appointment', { nullable: true, description: 'The visit that it is about' })
  appointmentId!: string | null;

  @Id('waitlistOffer', { nullable: true, description: 'The offer that it is about' })
  offerId!: string | null;

  @OneOf(Object.keys(TEMPLATES))
  template!: string;

  @OneOf(CHANNELS)
  channel!: string;

  @OneOf(['patient', 'practice'])
  audience!: string;

  @OneOf(STATES)
  state!: string;

  @Text({ max: 200, nullable: true, description: 'Why it failed or was not sent' })
  reason!: string | null;

  @Int({ min: 0, max: 1_000 })
  attempts!: number;

  @Instant({ nullable: true })
  sentAt!: string | null;

  @Instant()
  createdAt!: string;
}

@ApiTags('messages')
@Controller('v1/messages')
export class MessagesController {
  constructor(private readonly messages: MessageRepository) {}

  @Get()
  @Allow('messages:read')
  @ApiOperation({ summary: 'Messages about visits, with what became of them; never their texts' })
  @PageOf(MessageView)
  async list(@Tenant() scope: TenantScope, @Query() query: MessagesQuery) {
    const { limit, cursor, ...asked } = query;
    const filter = Object.fromEntries(
      Object.entries(asked).filter(([, value]) => value !== undefined),
    ) as Filter<Message>;
    return mapPage(await this.messages.forTenant(scope).page({ filter, sort: '-_id', limit, cursor }), view);
  }
}

function view({
  _id,
  appointmentId,
  offerId,
  template,
  channel,
  audience,
  state,
  reason,
  attempts,
  sentAt,
  createdAt,
}: Message): MessageView {
  return {
    id: _id,
    appointmentId,
    offerId: offerId ?? null,
    template,
    channel,
    audience,
    state,
    reason,
    attempts,
    sentAt: sentAt === null ? null : formatInstant(sentAt),
    createdAt: formatInstant(createdAt),
  };
}
