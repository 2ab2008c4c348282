import { Injectable } from '@nestjs/common';
import { Guards, Problem, type TenantScope } from '../../kernel/index.js';
import type { Tx } from '../../persistence/index.js';

/** Rooms above object while something to come needs the item. They are asked inside the transaction that would remove it. */
abstract class RemovalGuards extends Guards<[scope: TenantScope, id: string, tx: Tx]> {
  /** What the item is, in an answer. */
  protected abstract readonly word: string;

  /** Throws `in_use` when one of them objects. */
  async run(scope: TenantScope, tx: Tx, id: string): Promise<void> {
    if (!(await this.object(scope, id, tx))) return;
    const detail = `This ${this.word} has appointments to come and cannot be removed. Hide it with active: false, or move or cancel them first.`;
    throw new Problem('in_use', detail);
  }
}

@Injectable()
export class ReasonGuards extends RemovalGuards {
  protected readonly word = 'reason for visit';
}

@Injectable()
export class ProviderGuards extends RemovalGuards {
  protected readonly word = 'provider';
}

@Injectable()
export class OperatoryGuards extends RemovalGuards {
  protected readonly word = 'operatory';
}
