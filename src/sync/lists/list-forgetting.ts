import { Injectable } from '@nestjs/common';
import type { TenantScope } from '../../kernel/index.js';
import { ForgottenPatientRows } from './forgotten-patients.js';
import { ListItems } from './list-item.schema.js';
import { ListStates } from './list-state.schema.js';
import { Recalls } from './recall.schema.js';

/** A practice system that was disconnected lists nothing here any more. What was taken over into the catalogue stays. */
@Injectable()
export class ListForgetting {
  constructor(
    private readonly items: ListItems,
    private readonly recalls: Recalls,
    private readonly forgotten: ForgottenPatientRows,
    private readonly states: ListStates,
  ) {}

  /** May be repeated. */
  async forget(scope: TenantScope, connectionId: string): Promise<void> {
    for (const rows of [this.items, this.recalls, this.forgotten, this.states])
      await rows.forTenant(scope).removeMany({ connectionId });
  }
}
