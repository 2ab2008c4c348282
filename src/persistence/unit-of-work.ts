import { Injectable } from '@nestjs/common';
import { bulkhead } from 'cockatiel';
import type { ClientSession } from 'mongoose';
import { Problem } from '../kernel/index.js';
import { Persistence } from './persistence.js';

const MAX_ATTEMPTS = 60;
/** Transactions of one process at a time; the others wait here, where they hold no lock and no connection. */
const AT_ONCE = 12;

/** Not exported from the room: only repositories put the session on their calls. */
export const SESSION = Symbol('session');

/** One database transaction in progress. Never make an outside call while you hold one (law 5). */
export class Tx {
  readonly [SESSION]: ClientSession;
  private readonly hooks: (() => void)[] = [];

  constructor(session: ClientSession) {
    this[SESSION] = session;
  }

  /** Runs once, after the commit that makes the change true; for wake-ups. A failing hook harms nothing. */
  afterCommit(hook: () => void): void {
    this.hooks.push(hook);
  }

  committed(): void {
    for (const hook of this.hooks) hook();
  }
}

/** Runs work in a transaction and repeats it whole when the database reports a transient conflict. */
@Injectable()
export class UnitOfWork {
  private readonly room = bulkhead(AT_ONCE, Number.MAX_SAFE_INTEGER);

  constructor(private readonly persistence: Persistence) {}

  /** `work` may run several times: keep its effects inside the transaction or in `tx.afterCommit`. */
  async run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.room.execute(() => this.transact(work));
  }

  private async transact<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const session = await this.persistence.connection.startSession();
    let attempts = 0;
    let tx: Tx | undefined;
    try {
      const result = await session.withTransaction(
        async () => {
          if (++attempts > MAX_ATTEMPTS)
            throw new Problem('unavailable', 'Too much is going on at once; try again.', { retryAfter: 1 });
          tx = new Tx(session);
          return work(tx);
        },
        { readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority', journal: true } },
      );
      tx?.committed();
      return result;
    } finally {
      await session.endSession();
    }
  }
}
