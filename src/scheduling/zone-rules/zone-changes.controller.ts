import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  Allow,
  Bool,
  Id,
  Instant,
  Int,
  mapPage,
  Nested,
  PageOf,
  PageQuery,
  Tenant,
  Text,
  TextList,
} from '../../http/index.js';
import { formatInstant, timeInAnswer, zoneId, type TenantScope } from '../../kernel/index.js';
import type { Filter } from '../../persistence/index.js';
import { TimeView } from '../shared-views.js';
import { ZoneChanges, ZoneMoves, type ZoneChange, type ZoneMove } from './zone-rules.schema.js';

class ZoneChangeParams {
  @Id('zoneChange')
  zoneChangeId!: string;
}

const count = { min: 0, max: 10_000_000 } as const;

class ZoneChangeView {
  @Id('zoneChange')
  id!: string;

  @Text({
    max: 20,
    nullable: true,
    example: '2026f',
    description: 'Release of the tz database before; null: not known',
  })
  from!: string | null;

  @Text({ max: 20, example: '2027a', description: 'Release that holds since' })
  to!: string;

  @TextList({
    max: 64,
    maxItems: 600,
    example: ['America/Chicago'],
    description: 'Zones of locations with other rules',
  })
  zones!: string[];

  @Instant()
  startedAt!: string;

  @Instant({ nullable: true, description: 'Null while it goes on' })
  finishedAt!: string | null;

  @Int({ ...count, description: 'Appointments with the same wall time at another instant' })
  moved!: number;

  @Int({ ...count, description: 'Of these: whose wall time does not exist any more, so that they begin later' })
  inGap!: number;

  @Int({ ...count, description: 'Of these: who now meet somebody else' })
  overlapping!: number;
}

class ZoneMoveView {
  @Id('appointment')
  appointmentId!: string;

  @Text({ max: 16, example: '2027-03-15T09:00', description: 'The wall time that was agreed' })
  agreed!: string;

  @Nested(() => TimeView, { description: 'When it is now' })
  time!: TimeView;

  @Instant({ description: 'The instant before' })
  before!: string;

  @Bool({ description: 'The agreed wall time does not exist any more. Tell the patient' })
  inGap!: boolean;

  @TextList({
    max: 80,
    maxItems: 1_000,
    description: 'Appointments, blocks and records of the practice system at the same time. Somebody has to decide',
  })
  overlaps!: string[];
}

/** What new releases of the tz database did to the book. */
@ApiTags('zone-changes')
@Controller('v1/zone-changes')
export class ZoneChangesController {
  constructor(
    private readonly changes: ZoneChanges,
    private readonly moves: ZoneMoves,
  ) {}

  @Get()
  @Allow('schedule:read')
  @ApiOperation({
    summary: 'Changes of the rules of time zones, newest first',
    description: 'Appointments keep the wall time that was agreed; their instants follow the rules.',
  })
  @PageOf(ZoneChangeView)
  async list(@Tenant() scope: TenantScope, @Query() { limit, cursor }: PageQuery) {
    const page = await this.changes.forTenant(scope).page({ sort: '-startedAt', limit, cursor });
    return mapPage(page, changeView);
  }

  @Get(':zoneChangeId')
  @Allow('schedule:read')
  @ApiOperation({ summary: 'One change of the rules of time zones' })
  @ApiOkResponse({ type: ZoneChangeView })
  async get(@Tenant() scope: TenantScope, @Param() { zoneChangeId }: ZoneChangeParams): Promise<ZoneChangeView> {
    return changeView(await this.changes.forTenant(scope).getById(zoneChangeId, 'zone change'));
  }

  @Get(':zoneChangeId/appointments')
  @Allow('schedule:read')
  @ApiOperation({ summary: 'The appointments whose instant it changed, by start' })
  @PageOf(ZoneMoveView)
  async appointments(
    @Tenant() scope: TenantScope,
    @Param() { zoneChangeId }: ZoneChangeParams,
    @Query() { limit, cursor }: PageQuery,
  ) {
    await this.changes.forTenant(scope).getById(zoneChangeId, 'zone change');
    const filter = { zoneChangeId } as Filter<ZoneMove>;
    return mapPage(await this.moves.forTenant(scope).page({ filter, sort: 'after', limit, cursor }), moveView);
  }
}

function changeView({ _id, startedAt, finishedAt, ...change }: ZoneChange): ZoneChangeView {
  const { from, to, zones, moved, inGap, overlapping } = change;
  return {
    id: _id,
    ...{ from: from ?? null, to, zones, moved, inGap, overlapping },
    startedAt: formatInstant(startedAt),
    finishedAt: finishedAt == null ? null : formatInstant(finishedAt),
  };
}

function moveView({ appointmentId, zone, local, before, after, inGap, overlaps }: ZoneMove): ZoneMoveView {
  return {
    appointmentId,
    agreed: local,
    time: timeInAnswer(zoneId(zone), after),
    before: formatInstant(before),
    inGap,
    overlaps,
  };
}
