import { Body, Controller, Get, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags, PartialType } from '@nestjs/swagger';
import type { Response } from 'express';
import {
  Agency,
  AllowAgency,
  Bool,
  Command,
  Commands,
  Id,
  IfMatch,
  Instant,
  Int,
  mapPage,
  Member,
  PageOf,
  PageQuery,
  TakesIdempotencyKey,
  Text,
  withEtag,
  type CommandRequest,
  type MemberPrincipal,
} from '../../http/index.js';
import { formatInstant, notFound, Problem, type AgencyScope } from '../../kernel/index.js';
import type { Practice } from './practice.schema.js';
import { isActive, Practices } from './practices.service.js';

class PracticeFields {
  @Text({ max: 120 })
  name!: string;
}

class PatchPractice extends PartialType(PracticeFields, { skipNullProperties: false }) {
  @Bool({
    optional: true,
    description:
      'False switches the practice off: its keys, users and widget are refused, its data stays. Needs agency:write',
  })
  active?: boolean;
}

class PracticeParams {
  @Id('practice')
  practiceId!: string;
}

class PracticeView extends PracticeFields {
  @Id('practice')
  id!: string;

  @Id('agency')
  agencyId!: string;

  @Bool({ description: 'The set-up is complete and the widget open' })
  live!: boolean;

  @Bool({ description: 'False: its agency has switched it off' })
  active!: boolean;

  @Int({ min: 1, max: 1_000_000_000 })
  version!: number;

  @Instant()
  createdAt!: string;
}

@ApiTags('practices')
@Controller('v1/practices')
export class PracticesController {
  constructor(
    private readonly practices: Practices,
    private readonly commands: Commands,
  ) {}

  @Get()
  @AllowAgency('practice:read')
  @ApiOperation({ summary: 'Practices of the agency; a credential of a practice sees its own' })
  @PageOf(PracticeView)
  async list(@Member() member: MemberPrincipal, @Query() query: PageQuery) {
    if (member.tenant)
      return { data: [view(await this.practices.own(member.tenant))], hasMore: false, nextCursor: null };
    return mapPage(await this.practices.page(member.agency, query), view);
  }

  @Get(':practiceId')
  @AllowAgency('practice:read')
  @ApiOperation({ summary: 'One practice' })
  @ApiOkResponse({ type: PracticeView })
  async get(
    @Member() member: MemberPrincipal,
    @Param() { practiceId }: PracticeParams,
    @Res({ passthrough: true }) response: Response,
  ) {
    assertReach(member, practiceId);
    return withEtag(response, view(await this.practices.get(member.agency, practiceId)));
  }

  @Post()
  @AllowAgency('agency:write')
  @TakesIdempotencyKey()
  @ApiOperation({ summary: 'Create a practice' })
  @ApiCreatedResponse({ type: PracticeView })
  async create(
    @Agency() agency: AgencyScope,
    @Command() command: CommandRequest,
    @Body() body: PracticeFields,
  ): Promise<PracticeView> {
    return this.commands.run(agency, command, async (tx) => view(await this.practices.create(agency, tx, body.name)));
  }

  @Patch(':practiceId')
  @AllowAgency('practice:write')
  @ApiOperation({
    summary: 'Rename a practice, or switch it off and on',
    description: 'Holds at once here, within 3 seconds elsewhere. Refusals have the code `practice_inactive`.',
  })
  @ApiOkResponse({ type: PracticeView })
  async patch(
    @Member() member: MemberPrincipal,
    @Param() { practiceId }: PracticeParams,
    @Body() body: PatchPractice,
    @IfMatch() ifVersion: number | undefined,
    @Res({ passthrough: true }) response: Response,
  ) {
    assertReach(member, practiceId);
    if (body.active !== undefined && !member.permissions.has('agency:write'))
      throw new Problem('forbidden', 'Only its agency switches a practice off or on: this needs agency:write.');
    return withEtag(response, view(await this.practices.change(member.agency, practiceId, body, ifVersion)));
  }
}

/** A practice's credential reaches its own practice alone; any other answers as missing. */
function assertReach(member: MemberPrincipal, practiceId: string): void {
  if (member.tenant && member.tenant.tenantId !== practiceId) throw notFound('practice');
}

function view(practice: Practice): PracticeView {
  const { _id, agencyId, name, liveAt, version, createdAt } = practice;
  const active = isActive(practice);
  return { id: _id, agencyId, name, live: liveAt !== null, active, version, createdAt: formatInstant(createdAt) };
}
