import { serialize } from 'bson';
import { COMMANDS, reply, type CommandContext } from './commands.ts';
import { Cursors } from './cursors.ts';
import { CommandError, ErrorCode, toCommandError } from './errors.ts';
import type { WireRequest } from './framing.ts';
import type { Pool } from './pool.ts';
import { readCommand, type Command } from './request.ts';
import { RetryableWrites } from './retryable-writes.ts';
import { PoolRunner, type Runner } from './runner.ts';
import { Sql } from './statements.ts';
import { Transactions, type TransactionLimits } from './transactions.ts';
import { WriteLanes } from './write-lanes.ts';
import { WriteErrorsInTransaction } from './writes.ts';

/** Answers commands: finds the handler, the connection it runs on and the words for what went wrong. */
export class Dispatcher {
  readonly #pool: Pool;
  readonly #cursors: Cursors;
  readonly #transactions: Transactions;
  readonly #writes = new RetryableWrites();
  readonly #lanes: WriteLanes;
  readonly #lookup: Runner;
  /** Collections known to exist: a write in a transaction must not be the one that creates its collection. */
  readonly #collections = new Set<string>();

  /**
   * @param pool runs the commands
   * @param side a pool apart for what a command needs beside itself: it must not wait in line behind commands that
   *   wait for that command's own transaction
   */
  constructor(pool: Pool, side: Pool, limits: TransactionLimits, writeLanes: number) {
    this.#pool = pool;
    this.#cursors = new Cursors(pool);
    this.#transactions = new Transactions(pool, limits);
    this.#lanes = new WriteLanes(writeLanes);
    this.#lookup = new PoolRunner(side);
  }

  /** The answer to one message, always: whatever goes wrong is told in it. */
  async answer(request: WireRequest, owner: object): Promise<Buffer> {
    try {
      return await this.#run(readCommand(request), owner);
    } catch (error) {
      if (error instanceof WriteErrorsInTransaction) return error.answer;
      return Buffer.from(serialize(toCommandError(error).toDocument()));
    }
  }

  /** A client connection is gone: its transactions and cursors end. */
  async ownerGone(owner: object): Promise<void> {
    await this.#cursors.ownerGone(owner);
    await this.#transactions.ownerGone(owner);
  }

  /** Ends everything that is open. */
  async end(): Promise<void> {
    await this.#transactions.end();
  }

  async #run(command: Command, owner: object): Promise<Buffer> {
    if (command.name === 'commitTransaction') {
      await this.#transactions.commit(command);
      return reply();
    }
    if (command.name === 'abortTransaction') {
      await this.#transactions.abort(command);
      return reply();
    }
    const rule = COMMANDS.get(command.name);
    if (!rule) throw new CommandError(ErrorCode.CommandNotFound, `no such command: '${command.name}'`);
    const context = (runner: Runner): CommandContext => ({
      command,
      runner,
      lookup: this.#lookup,
      cursors: this.#cursors,
      owner,
      endSessions: (sessions) => this.#endSessions(sessions),
    });
    if (command.inTransaction) {
      if (!rule.transactional) {
        const message = `${command.name} cannot run in a transaction`;
        throw new CommandError(ErrorCode.OperationNotSupportedInTransaction, message);
      }
      if (rule.write) await this.#ensureCollection(command);
      return this.#transactions.run(command, owner, (runner) => rule.handle(context(runner)));
    }
    if (command.name === 'drop' || command.name === 'dropDatabase' || command.name === 'renameCollection') {
      this.#collections.clear();
    }
    const run = (): Promise<Buffer> => rule.handle(context(new PoolRunner(this.#pool, command.maxTimeMs)));
    return rule.write ? this.#writes.run(command, () => this.#lanes.run(run)) : run();
  }

  /** The engine creates a missing collection over a second connection, which a transaction's snapshot cannot see. */
  async #ensureCollection(command: Command): Promise<void> {
    const name = `${command.db}.${command.target}`;
    if (this.#collections.has(name)) return;
    await this.#lookup.row(Sql.ensureCollection, [command.db, command.target]);
    this.#collections.add(name);
  }

  async #endSessions(sessions: readonly string[]): Promise<void> {
    this.#writes.endSessions(sessions);
    await this.#cursors.endSessions(sessions);
    await this.#transactions.endSessions(sessions);
  }
}
