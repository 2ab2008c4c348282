import { Injectable } from '@nestjs/common';
import { Problem, type TenantScope } from '../../kernel/index.js';
import type { Tx } from '../../persistence/index.js';

/** Whether the item may not go: true while appointments to come need it. Runs inside the transaction that would remove it. */
export type RemovalCheck = (scope: TenantScope, id: string, tx: Tx) => Promise<boolean>;

/** Checks that rooms above register: what they hold must not lose what it refers to. */
abstract class RemovalGuards {
  private readonly checks: RemovalCheck[] = [];

  protected constructor(private readonly word: string) {}

  register(check: RemovalCheck): void {
    this.checks.push(check);
  }

  /** Throws `in_use` when one of the checks says so. */
  async run(scope: TenantScope, tx: Tx, id: string): Promise<void> {
    for (const check of this.checks) {
      if (!(await check(scope, id, tx))) continue;
      const detail = `This ${this.word} has appointments to come and cannot be removed. Hide it with active: false, or move or cancel them first.`;
      throw new Problem('in_use', detail);
    }
  }
}

@Injectable()
export class ReasonGuards extends RemovalGuards {
  constructor() {
    super('reason for visit');
  }
}

@Injectable()
export class ProviderGuards extends RemovalGuards {
  constructor() {
    super('provider');
  }
}

@Injectable()
export class OperatoryGuards extends RemovalGuards {
  constructor() {
    super('operatory');
  }
}
