import { Injectable } from '@nestjs/common';
import type { TenantScope } from '../kernel/index.js';
import type { Tx } from '../persistence/index.js';
import type { WorkRow } from './work.schema.js';

export interface WorkContext {
  scope: TenantScope;
  row: WorkRow;
}

interface HandlerOptions {
  kind: string;
  /** Waits in ms before the 2nd, 3rd … attempt; after the last one the row is a dead letter. */
  ladder: readonly number[];
}

/** Work whose effects are all in the database: it runs in the transaction that also marks the row done, so it acts exactly once. */
export interface TransactionalHandler extends HandlerOptions {
  transactional: true;
  handle(context: WorkContext, tx: Tx): Promise<void>;
}

/** Work that calls out: it may run again after a crash, so the call carries an idempotency key (law 5). */
export interface OutsideHandler extends HandlerOptions {
  transactional: false;
  /** May put the row off: it is then ready again at `again` (epoch ms) without counting as a failure. */
  handle(context: WorkContext): Promise<void | { again: number }>;
  /** Told when the ladder has ended, in the transaction that makes the row a dead letter. */
  exhausted?(context: WorkContext, tx: Tx): Promise<void>;
}

export type WorkHandler = TransactionalHandler | OutsideHandler;

/** Retry waits of things that are expected to work soon: seconds, then minutes, in all about 8 hours. */
export const STANDARD_LADDER: readonly number[] = [
  1_000, 5_000, 30_000, 120_000, 600_000, 1_800_000, 7_200_000, 18_000_000,
];

/** Who does which kind of work. Rooms register while the application starts. */
@Injectable()
export class WorkHandlers {
  private readonly byKind = new Map<string, WorkHandler>();

  register(handler: WorkHandler): void {
    if (this.byKind.has(handler.kind)) throw new Error(`work of kind ${handler.kind} has two handlers`);
    this.byKind.set(handler.kind, handler);
  }

  of(kind: string): WorkHandler | undefined {
    return this.byKind.get(kind);
  }
}
