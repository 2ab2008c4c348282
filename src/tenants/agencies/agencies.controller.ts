import { Body, Controller, Get, Param, Patch, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Agency as AgencyOf, AllowAgency, Bool, Email, Id, Instant, PlatformOnly, Text } from '../../http/index.js';
import { formatInstant, type AgencyScope } from '../../kernel/index.js';
import { UnitOfWork } from '../../persistence/index.js';
import type { Agency } from './agency.schema.js';
import { Agencies } from './agencies.service.js';

class AgencyFields {
  @Text({ max: 120 })
  name!: string;
}

class CreateAgency extends AgencyFields {
  @Email({ description: 'Address of the first admin' })
  adminEmail!: string;

  @Text({ max: 120 })
  adminName!: string;
}

class AgencyParams {
  @Id('agency')
  agencyId!: string;
}

class AgencyState {
  @Bool({ description: 'False: suspended. Its credentials and those of its practices are refused; data stays' })
  active!: boolean;
}

class AgencyView extends AgencyFields {
  @Id('agency')
  id!: string;

  @Bool({ description: 'False: the platform has suspended it' })
  active!: boolean;

  @Instant()
  createdAt!: string;
}

class NewAgencyView extends AgencyView {
  @Text({ max: 60, description: "The first admin's invitation for POST /v1/auth/password; shown once" })
  inviteToken!: string;
}

@ApiTags('agencies')
@Controller('v1/agencies')
export class AgenciesController {
  constructor(
    private readonly agencies: Agencies,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  @Post()
  @PlatformOnly()
  @ApiOperation({
    summary: 'Create an agency with its first admin',
    description: 'The address of an admin is unique, so a repeated request is refused with `already_exists`.',
  })
  @ApiCreatedResponse({ type: NewAgencyView })
  async create(@Body() body: CreateAgency): Promise<NewAgencyView> {
    return this.unitOfWork.run(async (tx) => {
      const { agency, inviteToken } = await this.agencies.create(tx, body.name, {
        email: body.adminEmail,
        name: body.adminName,
      });
      return { ...view(agency), inviteToken };
    });
  }

  @Get('current')
  @AllowAgency('practice:read')
  @ApiOperation({ summary: "The credential's agency" })
  @ApiOkResponse({ type: AgencyView })
  async current(@AgencyOf() agency: AgencyScope): Promise<AgencyView> {
    return view(await this.agencies.get(agency.agencyId));
  }

  @Patch('current')
  @AllowAgency('agency:write')
  @ApiOperation({ summary: 'Rename the agency' })
  @ApiOkResponse({ type: AgencyView })
  async patch(@AgencyOf() agency: AgencyScope, @Body() body: AgencyFields): Promise<AgencyView> {
    return view(await this.agencies.rename(agency, body.name));
  }

  @Get(':agencyId')
  @PlatformOnly()
  @ApiOperation({ summary: 'One agency, for the platform' })
  @ApiOkResponse({ type: AgencyView })
  async get(@Param() { agencyId }: AgencyParams): Promise<AgencyView> {
    return view(await this.agencies.get(agencyId));
  }

  @Patch(':agencyId')
  @PlatformOnly()
  @ApiOperation({
    summary: 'Suspend an agency, or let it go on',
    description: 'Holds at once here, within 3 seconds elsewhere. Refusals have the code `agency_suspended`.',
  })
  @ApiOkResponse({ type: AgencyView })
  async suspend(@Param() { agencyId }: AgencyParams, @Body() { active }: AgencyState): Promise<AgencyView> {
    return view(await this.agencies.setActive(agencyId, active));
  }
}

function view(agency: Agency): AgencyView {
  const { _id, name, suspendedAt, createdAt } = agency;
  return { id: _id, name, active: suspendedAt == null, createdAt: formatInstant(createdAt) };
}
