import { isConnectionLoss, isRepeatable } from './errors.ts';
import type { Connection, Pool, Row, Statement } from './pool.ts';

/** Times a single write is run again after a deadlock or a serialization failure. */
const REPEATS = 8;

/** Runs the statements of one command: on any connection, or on its transaction's. */
export interface Runner {
  /** The first row of a statement. */
  row(statement: Statement, values: readonly unknown[]): Promise<Row>;
  /**
   * The first row of a statement that may open a cursor on its connection: when `keep` says so, the connection stays
   * reserved and is handed back (null inside a transaction, which owns its connection anyway).
   */
  rowKeeping(
    statement: Statement,
    values: readonly unknown[],
    keep: (row: Row) => boolean,
  ): Promise<{ row: Row; kept: Connection | null }>;
}

/** Runs `work` under a time limit in ms that PostgreSQL itself keeps (SQLSTATE 57014 when it is over). */
export async function withTimeLimit<T>(
  connection: Connection,
  limit: number | undefined,
  work: () => Promise<T>,
): Promise<T> {
  if (!limit) return work();
  await connection.run(`set statement_timeout = ${Math.max(1, Math.trunc(limit))}`);
  try {
    return await work();
  } finally {
    if (!connection.broken) await connection.run('set statement_timeout = 0').catch(() => (connection.broken = true));
  }
}

/** Runs each statement on whichever connection is free, as its own PostgreSQL transaction. */
export class PoolRunner implements Runner {
  readonly #pool: Pool;
  readonly #timeLimit: number | undefined;

  /** @param timeLimit the command's maxTimeMS */
  constructor(pool: Pool, timeLimit?: number) {
    this.#pool = pool;
    this.#timeLimit = timeLimit;
  }

  async row(statement: Statement, values: readonly unknown[]): Promise<Row> {
    return (await this.rowKeeping(statement, values, () => false)).row;
  }

  async rowKeeping(
    statement: Statement,
    values: readonly unknown[],
    keep: (row: Row) => boolean,
  ): Promise<{ row: Row; kept: Connection | null }> {
    const connection = await this.#pool.acquire();
    let kept: Connection | null = null;
    try {
      const row = await withTimeLimit(connection, this.#timeLimit, () => repeat(connection, statement, values));
      if (keep(row)) kept = this.#pool.pinAcquired(connection);
      return { row, kept };
    } catch (error) {
      if (isConnectionLoss(error)) connection.broken = true;
      throw error;
    } finally {
      if (!kept) this.#pool.release(connection);
    }
  }
}

async function repeat(connection: Connection, statement: Statement, values: readonly unknown[]): Promise<Row> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await connection.row(statement, values);
    } catch (error) {
      if (attempt > REPEATS || !isRepeatable(error)) throw error;
    }
  }
}
