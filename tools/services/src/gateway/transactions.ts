import { CommandError, ErrorCode, isConnectionLoss, toCommandError } from './errors.ts';
import type { Connection, Pool, Row, Statement } from './pool.ts';
import type { Command } from './request.ts';
import { withTimeLimit, type Runner } from './runner.ts';

const TRANSIENT = 'TransientTransactionError';
const UNKNOWN_COMMIT = 'UnknownTransactionCommitResult';

/** Bounds of a multi-document transaction, in ms. */
export interface TransactionLimits {
  /** Aborted when it is open longer than this (MongoDB's transactionLifetimeLimitSeconds). */
  readonly lifetime: number;
  /**
   * PostgreSQL waits for a row that another transaction holds, where MongoDB gives up at once; after this time the
   * wait ends as a write conflict.
   */
  readonly lockWait: number;
}

/** Ended transactions remembered at most, so that a repeated commit finds its answer. */
const MAX_REMEMBERED = 10_000;

type State = 'open' | 'committed' | 'aborted';

/** One multi-document transaction: a PostgreSQL connection of its own from its first command to its end. */
class Transaction implements Runner {
  readonly number: bigint;
  /** Whichever client connection used it last: when that one goes, so does the transaction. */
  owner: object;
  state: State = 'open';
  timeLimit: number | undefined;
  readonly #connection: Connection;
  readonly #timer: NodeJS.Timeout;
  readonly #done: (connection: Connection) => void;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(number: bigint, owner: object, connection: Connection, lifetime: number, done: (c: Connection) => void) {
    this.number = number;
    this.owner = owner;
    this.#connection = connection;
    this.#done = done;
    this.#timer = setTimeout(() => void this.end('aborted').catch(() => undefined), lifetime).unref();
  }

  async row(statement: Statement, values: readonly unknown[]): Promise<Row> {
    return this.#inOrder(async () => {
      if (this.state !== 'open') throw noSuchTransaction(this.number);
      return withTimeLimit(this.#connection, this.timeLimit, () => this.#connection.row(statement, values));
    });
  }

  async rowKeeping(statement: Statement, values: readonly unknown[]): Promise<{ row: Row; kept: null }> {
    return { row: await this.row(statement, values), kept: null };
  }

  /** Ends it; a second end does nothing. */
  async end(state: 'committed' | 'aborted'): Promise<void> {
    return this.#inOrder(async () => {
      if (this.state !== 'open') return;
      this.state = state;
      clearTimeout(this.#timer);
      try {
        await this.#connection.run(state === 'committed' ? 'commit' : 'rollback');
      } catch (error) {
        this.#connection.broken = true;
        throw error;
      } finally {
        this.#done(this.#connection);
      }
    });
  }

  /** One thing at a time on the connection: an abort must not run between a statement and its reset. */
  #inOrder<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work);
    this.#tail = result.catch(() => undefined);
    return result;
  }
}

function noSuchTransaction(number: bigint): CommandError {
  const message = `transaction ${number} is not open: it was aborted, ended or never started`;
  return new CommandError(ErrorCode.NoSuchTransaction, message, [TRANSIENT]);
}

/** An error inside a transaction as MongoDB reports it: what a retry of the whole may cure carries the label. */
function transactionError(error: unknown): CommandError {
  const plain = toCommandError(error);
  const retry = plain.code === ErrorCode.WriteConflict || isConnectionLoss(error);
  return retry && plain.labels.length === 0
    ? new CommandError(plain.code, plain.message, [TRANSIENT], plain.details)
    : plain;
}

/** The open and the lately ended transactions, one a logical session. */
export class Transactions {
  readonly #pool: Pool;
  readonly #limits: TransactionLimits;
  readonly #bySession = new Map<string, Transaction>();

  constructor(pool: Pool, limits: TransactionLimits) {
    this.#pool = pool;
    this.#limits = limits;
  }

  /** Runs one command of a transaction; any error in it aborts the transaction, as in MongoDB. */
  async run<T>(command: Command, owner: object, work: (runner: Runner) => Promise<T>): Promise<T> {
    const transaction = command.startTransaction ? await this.#start(command, owner) : this.#find(command);
    if (transaction.state !== 'open') throw noSuchTransaction(transaction.number);
    transaction.owner = owner;
    transaction.timeLimit = command.maxTimeMs;
    try {
      return await work(transaction);
    } catch (error) {
      await transaction.end('aborted').catch(() => undefined);
      throw transactionError(error);
    }
  }

  /** Commits; a repeated commit of a committed transaction is answered as the first one was. */
  async commit(command: Command): Promise<void> {
    const transaction = this.#find(command);
    try {
      await transaction.end('committed');
    } catch (error) {
      transaction.state = 'aborted';
      const plain = toCommandError(error);
      throw new CommandError(plain.code, plain.message, [isConnectionLoss(error) ? UNKNOWN_COMMIT : TRANSIENT]);
    }
    if (transaction.state === 'aborted') throw noSuchTransaction(transaction.number);
  }

  /** Aborts; aborting what is over already is an error the drivers ignore. */
  async abort(command: Command): Promise<void> {
    const transaction = this.#find(command);
    if (transaction.state !== 'open') throw noSuchTransaction(transaction.number);
    await transaction.end('aborted');
  }

  /** The transaction of these sessions, if any, is aborted and forgotten. */
  async endSessions(sessions: readonly string[]): Promise<void> {
    for (const session of sessions) {
      await this.#bySession
        .get(session)
        ?.end('aborted')
        .catch(() => undefined);
      this.#bySession.delete(session);
    }
  }

  /** A client connection is gone: what it was doing is aborted. */
  async ownerGone(owner: object): Promise<void> {
    const open = [...this.#bySession.values()].filter((one) => one.owner === owner && one.state === 'open');
    await Promise.all(open.map((one) => one.end('aborted').catch(() => undefined)));
  }

  /** Aborts all. */
  async end(): Promise<void> {
    await this.endSessions([...this.#bySession.keys()]);
  }

  #find(command: Command): Transaction {
    const transaction = this.#bySession.get(command.session ?? '');
    if (transaction && transaction.number === command.txnNumber) return transaction;
    throw noSuchTransaction(command.txnNumber ?? 0n);
  }

  async #start(command: Command, owner: object): Promise<Transaction> {
    const { session, txnNumber } = command;
    if (session === undefined || txnNumber === undefined) {
      throw new CommandError(ErrorCode.InvalidOptions, 'a transaction needs lsid and txnNumber');
    }
    const before = this.#bySession.get(session);
    if (before && before.number >= txnNumber) {
      throw new CommandError(ErrorCode.TransactionTooOld, `the session is past transaction ${txnNumber}`);
    }
    await before?.end('aborted').catch(() => undefined);
    const connection = await this.#pool.pin();
    try {
      await connection.run(`begin isolation level repeatable read; set local lock_timeout = ${this.#limits.lockWait}`);
    } catch (error) {
      connection.broken = true;
      this.#pool.unpin(connection);
      throw transactionError(error);
    }
    const { lifetime } = this.#limits;
    const transaction = new Transaction(txnNumber, owner, connection, lifetime, (one) => this.#pool.unpin(one));
    this.#bySession.delete(session);
    this.#bySession.set(session, transaction);
    this.#forget();
    return transaction;
  }

  /** Sessions of clients that vanished leave ended transactions behind: the oldest go first. */
  #forget(): void {
    for (const [session, transaction] of this.#bySession) {
      if (this.#bySession.size <= MAX_REMEMBERED) return;
      if (transaction.state !== 'open') this.#bySession.delete(session);
    }
  }
}
