import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  Allow,
  Command,
  Commands,
  Id,
  mapPage,
  PageOf,
  PageQuery,
  TakesIdempotencyKey,
  Tenant,
  type CommandRequest,
} from '../http/index.js';
import type { TenantScope } from '../kernel/index.js';
import { CreateFamily, FamilyMemberDto, FamilyView, PatchFamily } from './dto/family.dto.js';
import { Families } from './families.js';
import { familyView } from './views.js';

class FamilyParams {
  @Id('family')
  id!: string;
}

class MemberParams extends FamilyParams {
  @Id('patient')
  patientId!: string;
}

@ApiTags('families')
@Controller('v1/families')
export class FamiliesController {
  constructor(
    private readonly families: Families,
    private readonly commands: Commands,
  ) {}

  @Get()
  @Allow('patients:read')
  @ApiOperation({ summary: 'Lists families' })
  @PageOf(FamilyView)
  async list(@Tenant() scope: TenantScope, @Query() query: PageQuery) {
    return mapPage(await this.families.page(scope, { limit: query.limit, cursor: query.cursor }), familyView);
  }

  @Post()
  @Allow('patients:write')
  @TakesIdempotencyKey()
  @ApiOperation({ summary: 'Makes a family of patients', description: 'A patient is in one family at most.' })
  @ApiCreatedResponse({ type: FamilyView })
  async create(
    @Tenant() scope: TenantScope,
    @Command() command: CommandRequest,
    @Body() body: CreateFamily,
  ): Promise<FamilyView> {
    const members = body.members.map(({ patientId, role }) => ({ patientId, role }));
    return this.commands.run(scope, command, async (tx) =>
      familyView(await this.families.create(scope, tx, members, body.guarantorId ?? null)),
    );
  }

  @Get(':id')
  @Allow('patients:read')
  @ApiOperation({ summary: 'Reads a family' })
  @ApiOkResponse({ type: FamilyView })
  async read(@Tenant() scope: TenantScope, @Param() params: FamilyParams): Promise<FamilyView> {
    return familyView(await this.families.get(scope, params.id));
  }

  @Patch(':id')
  @Allow('patients:write')
  @ApiOperation({ summary: 'Says who pays for a family' })
  @ApiOkResponse({ type: FamilyView })
  async change(
    @Tenant() scope: TenantScope,
    @Param() params: FamilyParams,
    @Body() body: PatchFamily,
  ): Promise<FamilyView> {
    return familyView(await this.families.setGuarantor(scope, params.id, body.guarantorId));
  }

  @Post(':id/members')
  @Allow('patients:write')
  @TakesIdempotencyKey()
  @ApiOperation({ operationId: 'addFamilyMember', summary: 'Adds a patient to a family' })
  @ApiCreatedResponse({ type: FamilyView })
  async addMember(
    @Tenant() scope: TenantScope,
    @Param() params: FamilyParams,
    @Command() command: CommandRequest,
    @Body() body: FamilyMemberDto,
  ): Promise<FamilyView> {
    const { patientId, role } = body;
    return this.commands.run(scope, command, async (tx) =>
      familyView(await this.families.addMember(scope, tx, params.id, { patientId, role })),
    );
  }

  @Delete(':id/members/:patientId')
  @HttpCode(204)
  @Allow('patients:write')
  @ApiOperation({
    operationId: 'removeFamilyMember',
    summary: 'Takes a patient out of a family',
    description: 'The last one takes the family along.',
  })
  @ApiNoContentResponse()
  async removeMember(@Tenant() scope: TenantScope, @Param() params: MemberParams): Promise<void> {
    await this.families.removeMember(scope, params.id, params.patientId);
  }
}
