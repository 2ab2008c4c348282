import { Injectable } from '@nestjs/common';
import type { TenantScope } from '../../kernel/index.js';
import type { Tx } from '../../persistence/index.js';
import type { Operatory } from '../operatories/operatory.schema.js';
import type { Provider } from '../providers/provider.schema.js';
import type { Reason } from '../reasons/reason.schema.js';

/** Throws a `Problem('in_use')` that says what holds the item and what to do. Runs in the transaction that would remove it. */
export type RemovalCheck<T> = (scope: TenantScope, tx: Tx, item: T) => Promise<void>;

/** Checks that rooms above register for the removal of an item: an appointment to come holds its reason, for one. */
abstract class RemovalGuards<T> {
  private readonly checks: RemovalCheck<T>[] = [];

  register(check: RemovalCheck<T>): void {
    this.checks.push(check);
  }

  async run(scope: TenantScope, tx: Tx, item: T): Promise<void> {
    for (const check of this.checks) await check(scope, tx, item);
  }
}

@Injectable()
export class ReasonGuards extends RemovalGuards<Reason> {}

@Injectable()
export class ProviderGuards extends RemovalGuards<Provider> {}

@Injectable()
export class OperatoryGuards extends RemovalGuards<Operatory> {}
