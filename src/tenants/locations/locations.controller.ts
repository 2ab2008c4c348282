import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  PartialType,
} from '@nestjs/swagger';
import type { Response } from 'express';
import {
  Allow,
  Bool,
  Command,
  Commands,
  Email,
  Id,
  IfMatch,
  Instant,
  Int,
  mapPage,
  NestedList,
  PageOf,
  PageQuery,
  Phone,
  TakesIdempotencyKey,
  Tenant,
  Text,
  withEtag,
  Zone,
  type CommandRequest,
} from '../../http/index.js';
import { formatInstant, type TenantScope } from '../../kernel/index.js';
import type { Location } from './location.schema.js';
import { Locations } from './locations.service.js';
import { OpeningExceptionFields, OpeningSpanFields } from './opening.dto.js';

const noLimit = { optional: true, nullable: true } as const;

class LocationFields {
  @Text({ max: 120 })
  name!: string;

  @Text({ max: 200 })
  addressLine1!: string;

  @Text({ max: 200, optional: true, nullable: true })
  addressLine2?: string | null;

  @Text({ max: 120 })
  city!: string;

  @Text({ max: 80, optional: true, nullable: true })
  region?: string | null;

  @Text({ max: 20 })
  postalCode!: string;

  @Text({ min: 2, max: 2, pattern: /^[A-Z]{2}$/, example: 'US', description: 'ISO 3166-1 alpha-2' })
  country!: string;

  @Phone({ optional: true, nullable: true })
  phone?: string | null;

  @Email({ optional: true, nullable: true })
  email?: string | null;

  @Zone()
  zone!: string;

  @NestedList(() => OpeningSpanFields, { maxItems: 28, description: 'Opening hours by weekday, in wall time' })
  hours!: OpeningSpanFields[];

  @NestedList(() => OpeningExceptionFields, {
    maxItems: 400,
    optional: true,
    description: 'Holidays and other dates that differ, each once. They also narrow what the practice system says',
  })
  exceptions?: OpeningExceptionFields[];

  @Int({ min: 1, max: 2_000, ...noLimit, description: 'Visits in a day. Null: no limit' })
  maxVisitsPerDay?: number | null;

  @Int({ min: 1, max: 10_000, ...noLimit, description: 'Visits in a week from Monday to Sunday. Null: no limit' })
  maxVisitsPerWeek?: number | null;

  @Bool({ optional: true, default: true })
  active?: boolean;

  @Int({ min: 0, max: 10_000, optional: true, default: 0 })
  order?: number;
}

class CreateLocation extends LocationFields {}
class PatchLocation extends PartialType(LocationFields, { skipNullProperties: false }) {}

class LocationParams {
  @Id('location')
  locationId!: string;
}

class LocationView extends LocationFields {
  @Id('location')
  id!: string;

  @Int({ min: 1, max: 1_000_000_000 })
  version!: number;

  @Instant()
  createdAt!: string;
}

@ApiTags('locations')
@Controller('v1/locations')
export class LocationsController {
  constructor(
    private readonly locations: Locations,
    private readonly commands: Commands,
  ) {}

  @Get()
  @Allow('practice:read')
  @ApiOperation({ summary: 'Locations of the practice' })
  @PageOf(LocationView)
  async list(@Tenant() scope: TenantScope, @Query() query: PageQuery) {
    return mapPage(await this.locations.page(scope, query), view);
  }

  @Get(':locationId')
  @Allow('practice:read')
  @ApiOperation({ summary: 'One location' })
  @ApiOkResponse({ type: LocationView })
  async get(
    @Tenant() scope: TenantScope,
    @Param() { locationId }: LocationParams,
    @Res({ passthrough: true }) response: Response,
  ) {
    return withEtag(response, view(await this.locations.get(scope, locationId)));
  }

  @Post()
  @Allow('practice:write')
  @TakesIdempotencyKey()
  @ApiOperation({ summary: 'Create a location' })
  @ApiCreatedResponse({ type: LocationView })
  async create(
    @Tenant() scope: TenantScope,
    @Command() command: CommandRequest,
    @Body() body: CreateLocation,
  ): Promise<LocationView> {
    const { addressLine2 = null, region = null, phone = null, email = null, active = true, order = 0, ...rest } = body;
    return this.commands.run(scope, command, async (tx) =>
      view(await this.locations.create(scope, tx, { ...rest, addressLine2, region, phone, email, active, order })),
    );
  }

  @Patch(':locationId')
  @Allow('practice:write')
  @ApiOperation({ summary: 'Change a location' })
  @ApiOkResponse({ type: LocationView })
  async patch(
    @Tenant() scope: TenantScope,
    @Param() { locationId }: LocationParams,
    @Body() body: PatchLocation,
    @IfMatch() ifVersion: number | undefined,
    @Res({ passthrough: true }) response: Response,
  ) {
    return withEtag(response, view(await this.locations.change(scope, locationId, body, ifVersion)));
  }

  @Delete(':locationId')
  @HttpCode(204)
  @Allow('practice:write')
  @ApiOperation({ summary: 'Remove a location' })
  @ApiNoContentResponse()
  async remove(@Tenant() scope: TenantScope, @Param() { locationId }: LocationParams): Promise<void> {
    await this.locations.remove(scope, locationId);
  }
}

function view(location: Location): LocationView {
  const { _id, tenantId: _, createdAt, updatedAt: __, ...fields } = location;
  return { id: _id, ...fields, createdAt: formatInstant(createdAt) };
}
