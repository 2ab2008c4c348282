import { Body, Controller, Get, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
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
import { formatInstant, notFound, type AgencyScope } from '../../kernel/index.js';
import type { Practice } from './practice.schema.js';
import { Practices } from './practices.service.js';

class PracticeFields {
  @Text({ max: 120 })
  name!: string;
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

  @Bool({ description: 'The widget is open' })
  live!: boolean;

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
  @ApiOperation({ summary: 'Rename a practice' })
  @ApiOkResponse({ type: PracticeView })
  async patch(
    @Member() member: MemberPrincipal,
    @Param() { practiceId }: PracticeParams,
    @Body() body: PracticeFields,
    @IfMatch() ifVersion: number | undefined,
    @Res({ passthrough: true }) response: Response,
  ) {
    assertReach(member, practiceId);
    return withEtag(response, view(await this.practices.rename(member.agency, practiceId, body.name, ifVersion)));
  }
}

/** A practice's credential reaches its own practice alone; any other answers as missing. */
function assertReach(member: MemberPrincipal, practiceId: string): void {
  if (member.tenant && member.tenant.tenantId !== practiceId) throw notFound('practice');
}

function view(practice: Practice): PracticeView {
  const { _id, agencyId, name, liveAt, version, createdAt } = practice;
  return { id: _id, agencyId, name, live: liveAt !== null, version, createdAt: formatInstant(createdAt) };
}
