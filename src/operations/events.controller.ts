import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { EventFeed, EVENTS, SETTLED_MS, type DomainEvent, type EventType } from '../events/index.js';
import { Allow, Id, Instant, Int, mapPage, Nested, OneOf, PageOf, PageQuery, Tenant, Text } from '../http/index.js';
import { formatInstant, type TenantScope } from '../kernel/index.js';

const EVENT_TYPES = Object.keys(EVENTS) as EventType[];
const NAME = /^[a-z][a-z_]*$/;
const ANY_ID = /^[a-z]{3}_[0-9a-z]{26}$/;
const ACTORS = ['user', 'api_key', 'patient', 'system'] as const;

class EventQuery extends PageQuery {
  @Id('event', { optional: true, description: 'Only events after this one: the last one that you have seen' })
  after?: string;

  @OneOf(EVENT_TYPES, { optional: true })
  type?: EventType;

  @Text({ max: 40, pattern: NAME, optional: true, example: 'appointment' })
  subjectKind?: string;

  @Text({ max: 30, pattern: ANY_ID, optional: true, description: 'Id of what it happened to' })
  subjectId?: string;
}

class EventSubject {
  @Text({ max: 40, example: 'appointment' })
  kind!: string;

  @Text({ max: 60 })
  id!: string;
}

class EventActor {
  @OneOf(ACTORS)
  kind!: string;

  @Text({ max: 60 })
  id!: string;
}

class EventView {
  @Id('event')
  id!: string;

  @OneOf(EVENT_TYPES)
  type!: EventType;

  @Nested(() => EventSubject)
  subject!: EventSubject;

  @Int({ min: 1, max: 1_000_000_000, description: 'Grows with each event of one subject: its version after the event' })
  sequence!: number;

  @ApiProperty({
    type: 'object',
    description: 'Ids, states and instants; never data of a person',
    additionalProperties: { oneOf: [{ type: 'string' }, { type: 'number' }, { type: 'boolean' }, { type: 'null' }] },
  })
  data!: DomainEvent['data'];

  @Nested(() => EventActor)
  actor!: EventActor;

  @Instant()
  occurredAt!: string;
}

@ApiTags('events')
@Controller('v1/events')
export class EventsController {
  constructor(private readonly feed: EventFeed) {}

  @Get()
  @Allow('events:read')
  @ApiOperation({
    summary: 'What has happened in the practice, oldest first',
    description:
      `An event is here ${SETTLED_MS / 1_000} seconds after it happened. ` +
      'Ask again with `after` set to the last id that you have seen, and you miss none.',
  })
  @PageOf(EventView)
  async list(@Tenant() scope: TenantScope, @Query() query: EventQuery) {
    return mapPage(await this.feed.page(scope, query), view);
  }
}

function view({ _id, type, subject, sequence, data, actor, occurredAt }: DomainEvent): EventView {
  return { id: _id, type, subject, sequence, data, actor, occurredAt: formatInstant(occurredAt) };
}
