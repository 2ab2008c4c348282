import { readDocument, readLong, scanDocument } from './bson-scan.ts';
import { CommandError, ErrorCode, isConnectionLoss } from './errors.ts';
import { bytesOf, type Connection, type Pool, type Row, type Statement } from './pool.ts';
import type { Command } from './request.ts';
import { withTimeLimit, type Runner } from './runner.ts';
import { Sql } from './statements.ts';

/** Time in ms after which a cursor that nobody asks is closed, as in MongoDB. */
const IDLE_LIMIT = 600_000;

interface OpenCursor {
  continuation: Buffer;
  /** The connection that holds a persistent cursor; null when any connection (or the transaction's) will do. */
  readonly connection: Connection | null;
  readonly session: string | undefined;
  readonly txnNumber: bigint | undefined;
  owner: object;
  busy: boolean;
  timer: NodeJS.Timeout;
}

/** The cursor id inside an answer's `cursor` document; 0 when it is drained. */
function cursorIdOf(page: Buffer): bigint {
  const cursor = readDocument(page, scanDocument(page).get('cursor'));
  return (cursor && readLong(cursor, scanDocument(cursor).get('id'))) ?? 0n;
}

/** Cursors that clients have open, by id. */
export class Cursors {
  readonly #pool: Pool;
  readonly #open = new Map<bigint, OpenCursor>();

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Runs a command that answers with a first page, and keeps its cursor when there is more. */
  async first(runner: Runner, statement: Statement, command: Command, owner: object): Promise<Buffer> {
    const more = (row: Row): boolean => row[3] != null && row[3] !== '0';
    const values = [command.db, command.body, 0];
    const { row, kept } = await runner.rowKeeping(statement, values, (one) => more(one) && one[2] === 't');
    const page = bytesOf(row[0]);
    const continuation = bytesOf(row[1]);
    if (!page) throw new CommandError(ErrorCode.BadValue, `${command.name} was refused by the storage engine`);
    if (more(row) && continuation) {
      const id = BigInt(row[3]!);
      const { session, inTransaction, txnNumber } = command;
      this.#open.set(id, {
        continuation,
        connection: kept,
        session,
        txnNumber: inTransaction ? txnNumber : undefined,
        owner,
        busy: false,
        timer: this.#idleTimer(id),
      });
    }
    return page;
  }

  /** The next page. */
  async next(runner: Runner, command: Command, owner: object): Promise<Buffer> {
    const id = readLong(command.body, command.fields.get('getMore')) ?? 0n;
    const cursor = this.#open.get(id);
    const own = cursor && (!command.inTransaction || cursor.txnNumber === command.txnNumber);
    if (!own) throw new CommandError(ErrorCode.CursorNotFound, `cursor id ${id} not found: it was closed or drained`);
    if (cursor.busy) throw new CommandError(ErrorCode.IllegalOperation, `cursor id ${id} is already in use`);
    cursor.busy = true;
    cursor.owner = owner;
    clearTimeout(cursor.timer);
    try {
      const values = [command.db, command.body, cursor.continuation];
      const row = await this.#page(runner, cursor, values, command.maxTimeMs);
      const page = bytesOf(row[0])!;
      const continuation = bytesOf(row[1]);
      if (cursorIdOf(page) === 0n || !continuation) await this.#close(id);
      else cursor.continuation = continuation;
      return page;
    } catch (error) {
      if (cursor.connection && isConnectionLoss(error)) cursor.connection.broken = true;
      await this.#close(id);
      throw error;
    } finally {
      cursor.busy = false;
      if (this.#open.has(id)) cursor.timer = this.#idleTimer(id);
    }
  }

  /** Closes cursors by id; gives those that there were. */
  async kill(ids: readonly bigint[]): Promise<bigint[]> {
    const known = ids.filter((id) => this.#open.has(id));
    await Promise.all(known.map((id) => this.#close(id)));
    return known;
  }

  /** A client connection is gone: its cursors are closed. */
  async ownerGone(owner: object): Promise<void> {
    await this.kill([...this.#open].filter(([, cursor]) => cursor.owner === owner).map(([id]) => id));
  }

  /** The cursors of these sessions are closed. */
  async endSessions(sessions: readonly string[]): Promise<void> {
    const ended = new Set<string | undefined>(sessions);
    await this.kill([...this.#open].filter(([, c]) => c.session && ended.has(c.session)).map(([id]) => id));
  }

  #page(runner: Runner, cursor: OpenCursor, values: unknown[], limit: number | undefined): Promise<Row> {
    const { connection } = cursor;
    if (!connection) return runner.row(Sql.getMore, values);
    return withTimeLimit(connection, limit, () => connection.row(Sql.getMore, values));
  }

  #idleTimer(id: bigint): NodeJS.Timeout {
    return setTimeout(() => void this.#close(id), IDLE_LIMIT).unref();
  }

  async #close(id: bigint): Promise<void> {
    const cursor = this.#open.get(id);
    if (!cursor) return;
    this.#open.delete(id);
    clearTimeout(cursor.timer);
    const { connection } = cursor;
    if (!connection) return;
    if (!connection.broken) await connection.run('close all').catch(() => (connection.broken = true));
    this.#pool.unpin(connection);
  }
}
