import { Client } from 'pg';

/** A named statement: PostgreSQL parses it once for each connection. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** One result row; every column as PostgreSQL's text. Read bson columns with `bytesOf`. */
export type Row = readonly (string | null)[];

/** How many PostgreSQL connections there may be. */
export interface PoolLimits {
  /** Running single commands; further commands wait in line. */
  readonly shared: number;
  /** Reserved by open transactions and persistent cursors. */
  readonly pinned: number;
}

const asText = { getTypeParser: () => (value: unknown) => value };

/** The bytes of a column that the statement cast to `bytea` (PostgreSQL writes them as `\x` and hex digits). */
export function bytesOf(column: string | null | undefined): Buffer | null {
  return column == null ? null : Buffer.from(column.slice(2), 'hex');
}

/** One PostgreSQL connection. */
export class Connection {
  readonly #client: Client;
  /** True once it must not be used again. */
  broken = false;

  constructor(client: Client) {
    this.#client = client;
    client.on('error', () => {
      this.broken = true;
    });
  }

  /** Runs a statement and gives its first row. */
  async row(statement: Statement, values: readonly unknown[]): Promise<Row> {
    const config = { ...statement, values: values as unknown[], rowMode: 'array' as const, types: asText };
    const result = await this.#client.query<(string | null)[]>(config);
    return result.rows[0] ?? [];
  }

  /** Runs plain SQL whose answer does not matter. */
  async run(sql: string): Promise<void> {
    await this.#client.query(sql);
  }

  async end(): Promise<void> {
    this.broken = true;
    await this.#client.end().catch(() => undefined);
  }
}

/** PostgreSQL connections: few shared ones for single commands, and reserved ones counted apart. */
export class Pool {
  readonly #open: () => Promise<Client>;
  readonly #limits: PoolLimits;
  readonly #idle: Connection[] = [];
  readonly #waiting: (() => void)[] = [];
  #inUse = 0;
  #pinned = 0;

  /** @param config where PostgreSQL is, for `pg` */
  constructor(config: { host: string; port: number; user: string; database: string }, limits: PoolLimits) {
    this.#limits = limits;
    this.#open = async () => {
      const client = new Client(config);
      await client.connect();
      return client;
    };
  }

  /** A connection for one command; waits when all are busy. Give it back with `release`. */
  async acquire(): Promise<Connection> {
    while (this.#inUse >= this.#limits.shared) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#inUse += 1;
    try {
      return await this.#take();
    } catch (error) {
      this.#leave();
      throw error;
    }
  }

  /** Ends the use of an acquired connection. */
  release(connection: Connection): void {
    this.#keep(connection);
    this.#leave();
  }

  /**
   * A connection reserved until `unpin`.
   * @throws Error when too many are reserved already
   */
  async pin(): Promise<Connection> {
    this.#countPinned();
    try {
      return await this.#take();
    } catch (error) {
      this.#pinned -= 1;
      throw error;
    }
  }

  /** Turns an acquired connection into a reserved one, which makes room for another command. */
  pinAcquired(connection: Connection): Connection {
    this.#countPinned();
    this.#leave();
    return connection;
  }

  /** Ends a reservation. */
  unpin(connection: Connection): void {
    this.#pinned -= 1;
    this.#keep(connection);
  }

  /** Closes every idle connection. */
  async end(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map((connection) => connection.end()));
  }

  #countPinned(): void {
    if (this.#pinned >= this.#limits.pinned) {
      throw new Error(`${this.#pinned} transactions and cursors are open, no more are allowed: close some`);
    }
    this.#pinned += 1;
  }

  async #take(): Promise<Connection> {
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) if (!idle.broken) return idle;
    return new Connection(await this.#open());
  }

  #keep(connection: Connection): void {
    if (connection.broken || this.#idle.length >= this.#limits.shared) void connection.end();
    else this.#idle.push(connection);
  }

  #leave(): void {
    this.#inUse -= 1;
    this.#waiting.shift()?.();
  }
}
