import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow, mapPage, PageOf, Tenant } from '../../http/index.js';
import { invalid, type TenantScope } from '../../kernel/index.js';
import { Locations } from '../../tenants/index.js';
import type { Conflict } from '../conflicts/conflict.schema.js';
import { Resolutions } from '../conflicts/resolutions.js';
import { SyncRegister } from '../state/sync-register.js';
import { SyncTools } from './sync-tools.js';
import { conflictView } from './sync-views.js';
import { ConflictParams, ConflictsQuery, ConflictView, ResolveConflict } from './sync.dto.js';

/** Where the practice system and this book hold different things of one time. */
@ApiTags('sync')
@Controller('v1/sync/conflicts')
export class ConflictsController {
  constructor(
    private readonly tools: SyncTools,
    private readonly resolutions: Resolutions,
    private readonly register: SyncRegister,
    private readonly locations: Locations,
  ) {}

  @Get()
  @Allow('schedule:read')
  @ApiOperation({ summary: 'Conflicts with practice systems, newest first' })
  @PageOf(ConflictView)
  async list(@Tenant() scope: TenantScope, @Query() { open = true, limit, cursor }: ConflictsQuery) {
    const zones = await this.zones(scope);
    const page = await this.tools.conflictsPage(scope, { open, limit, cursor });
    return mapPage(page, (conflict) => conflictView(conflict, zones(conflict)));
  }

  @Post(':conflictId/resolve')
  @HttpCode(200)
  @Allow('schedule:write')
  @ApiOperation({ summary: 'Decide a conflict' })
  @ApiOkResponse({ type: ConflictView })
  async resolve(
    @Tenant() scope: TenantScope,
    @Param() { conflictId }: ConflictParams,
    @Body() { resolution, slotId }: ResolveConflict,
  ): Promise<ConflictView> {
    const zones = await this.zones(scope);
    const conflict = await this.decide(scope, conflictId, resolution, slotId);
    return conflictView(conflict, zones(conflict));
  }

  private decide(
    scope: TenantScope,
    id: string,
    resolution: ResolveConflict['resolution'],
    slotId: string | undefined,
  ): Promise<Conflict> {
    if (resolution !== 'move' && slotId !== undefined) {
      throw invalid('/slotId', 'not_allowed', `Only the resolution "move" takes a slot, not "${resolution}".`);
    }
    if (resolution === 'keep_theirs') return this.resolutions.keepTheirs(scope, id);
    if (resolution === 'keep_ours') return this.resolutions.keepOurs(scope, id);
    if (slotId === undefined) throw invalid('/slotId', 'required', 'To move it, name the slot that it moves to.');
    return this.resolutions.move(scope, id, slotId);
  }

  /** A connection serves one location, whose clock people read. */
  private async zones(scope: TenantScope): Promise<(conflict: Conflict) => string> {
    const [states, locations] = await Promise.all([this.register.list(scope), this.locations.list(scope)]);
    const zoneOf = new Map(locations.map(({ _id, zone }) => [_id, zone]));
    const placeOf = new Map(states.map(({ _id, locationId }) => [_id, locationId]));
    return ({ connectionId }) => zoneOf.get(placeOf.get(connectionId) ?? '') ?? locations[0]?.zone ?? 'UTC';
  }
}
