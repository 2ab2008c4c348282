import { Injectable } from '@nestjs/common';
import type { TenantScope } from '../../kernel/index.js';

/** IANA name of a location's zone; for `null` the practice's own. Null when there is none. */
export type ZoneAnswer = (scope: TenantScope, locationId: string | null) => Promise<string | null>;

/** Where a connection's local times are. The room that knows locations answers; until it does, everything is UTC. */
@Injectable()
export class ConnectionZones {
  private answer: ZoneAnswer | undefined;

  answerWith(answer: ZoneAnswer): void {
    this.answer = answer;
  }

  async of(scope: TenantScope, locationId: string | null): Promise<string> {
    return (await this.answer?.(scope, locationId)) ?? 'UTC';
  }
}

/** Those of `locationIds` that the practice does not have. */
export type LocationAnswer = (scope: TenantScope, locationIds: readonly string[]) => Promise<readonly string[]>;

/** Whether the locations named by a connection exist. The room that knows locations answers; until it does, none does. */
@Injectable()
export class ConnectionLocations {
  private answer: LocationAnswer = async (_scope, locationIds) => locationIds;

  answerWith(answer: LocationAnswer): void {
    this.answer = answer;
  }

  async missing(scope: TenantScope, locationIds: readonly string[]): Promise<readonly string[]> {
    return locationIds.length === 0 ? [] : this.answer(scope, locationIds);
  }
}
