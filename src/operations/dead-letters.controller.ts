import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { DeadLetters } from '../events/index.js';
import { Allow, Instant, Int, mapPage, OneOf, PageOf, PageQuery, Tenant, Text } from '../http/index.js';
import { formatInstant, type TenantScope } from '../kernel/index.js';
import type { WorkRow } from '../queues/index.js';

const KIND = /^[a-z][a-z0-9_.-]*$/;
const STATES = ['dead', 'ready'] as const;

class DeadLetterQuery extends PageQuery {
  @Text({ max: 80, pattern: KIND, optional: true, description: 'Only work of this kind' })
  kind?: string;
}

class DeadLetterParams {
  @Text({ max: 300, pattern: /^[a-z][a-z0-9_.-]*:[\x21-\x7e]+$/ })
  deadLetterId!: string;
}

class DeadLetterView {
  @Text({ max: 300 })
  id!: string;

  @Text({ max: 80, example: 'consume.messaging' })
  kind!: string;

  @OneOf(STATES, { description: 'ready: it was sent round again' })
  state!: string;

  @ApiProperty({
    type: 'object',
    description: 'What it is about: ids, never data of a person',
    additionalProperties: { oneOf: [{ type: 'string' }, { type: 'number' }, { type: 'boolean' }, { type: 'null' }] },
  })
  about!: WorkRow['payload'];

  @Int({ min: 0, max: 1_000 })
  attempts!: number;

  @Text({ max: 1_000, nullable: true, description: 'Why the last attempt failed' })
  lastError!: string | null;

  @Instant()
  createdAt!: string;

  @Instant({ description: 'When it was given up' })
  updatedAt!: string;
}

@ApiTags('dead-letters')
@Controller('v1/dead-letters')
export class DeadLettersController {
  constructor(private readonly deadLetters: DeadLetters) {}

  @Get()
  @Allow('events:read')
  @ApiOperation({ summary: 'Work that was given up after its last attempt' })
  @PageOf(DeadLetterView)
  async list(@Tenant() scope: TenantScope, @Query() query: DeadLetterQuery) {
    return mapPage(await this.deadLetters.page(scope, query), view);
  }

  @Post(':deadLetterId/replay')
  @HttpCode(200)
  @Allow('events:write')
  @ApiOperation({
    summary: 'Send it round again, when its cause is mended',
    description: 'It starts with a fresh ladder of attempts. What is under way already is no dead letter: 404.',
  })
  @ApiOkResponse({ type: DeadLetterView })
  async replay(@Tenant() scope: TenantScope, @Param() { deadLetterId }: DeadLetterParams): Promise<DeadLetterView> {
    return view(await this.deadLetters.replay(scope, deadLetterId));
  }
}

function view({ _id, kind, state, payload, attempts, lastError, createdAt, updatedAt }: WorkRow): DeadLetterView {
  return {
    id: _id,
    kind,
    state,
    about: payload,
    attempts,
    lastError,
    createdAt: formatInstant(createdAt),
    updatedAt: formatInstant(updatedAt),
  };
}
