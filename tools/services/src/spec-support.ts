import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deserialize, serialize, type Document } from 'bson';
import { findPlaces, type Places } from './places.ts';
import { reset, up } from './index.ts';

/** The MongoDB under test: the one MONGODB_URI names, or private services of the spec's own. */
export interface TestDatabase {
  readonly uri: string;
  readonly port: number;
  /** Where our own services lie; null for a MongoDB from outside. */
  readonly places: Places | null;
  stop(): Promise<void>;
}

/** An environment in which nothing is given and no Docker found, so that the private services are chosen. */
export function privateEnv(): NodeJS.ProcessEnv {
  const { HOME, XDG_CACHE_HOME } = process.env;
  return { HOME, PATH: '/nonexistent', ...(XDG_CACHE_HOME && { XDG_CACHE_HOME }) };
}

/** A data folder that is not there yet and that PostgreSQL's user can reach; `reset` removes it whole. */
export function freshDataDir(): string {
  return join(tmpdir(), `openchair-spec-${randomUUID()}`);
}

/** Starts (or finds) the database a spec talks to. */
export async function startTestDatabase(): Promise<TestDatabase> {
  const given = process.env.MONGODB_URI;
  if (given) {
    const port = Number(/:(\d+)/.exec(given.replace(/^mongodb:\/\/([^@/]*@)?/, ''))?.[1] ?? 27017);
    return { uri: given, port, places: null, stop: async () => undefined };
  }
  const options = { dataDir: freshDataDir(), profile: 'test', env: privateEnv() } as const;
  const { mongodbUri } = await up(options);
  return {
    uri: mongodbUri,
    port: Number(/:(\d+)/.exec(mongodbUri.slice('mongodb:'.length))![1]),
    places: findPlaces(options.dataDir, options.env),
    stop: async () => void (await reset(options)),
  };
}

/** A client that speaks the wire protocol byte by byte, for what a well-behaved driver never sends. */
export class RawClient {
  readonly socket: Socket;
  /** Resolves when the server has closed the connection. */
  readonly closed: Promise<void>;
  #buffer = Buffer.alloc(0);
  #wake: (() => void) | undefined;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()));
    this.socket.on('error', () => undefined);
    this.socket.on('data', (chunk) => {
      this.#buffer = Buffer.concat([this.#buffer, chunk]);
      this.#wake?.();
    });
  }

  /** Sends a command as OP_MSG and gives the answer. */
  async command(document: Document): Promise<Document> {
    this.socket.write(opMsg(document));
    return this.answer();
  }

  /** The next answer. */
  async answer(): Promise<Document> {
    while (this.#buffer.length < 4 || this.#buffer.length < this.#buffer.readInt32LE(0)) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const length = this.#buffer.readInt32LE(0);
    const answer = deserialize(this.#buffer.subarray(21, length));
    this.#buffer = this.#buffer.subarray(length);
    return answer;
  }
}

/** An OP_MSG with one body section; flag bit 0 appends a checksum that nobody checks. */
export function opMsg(document: Document, flags = 0): Buffer {
  const body = Buffer.from(serialize(document));
  const tail = flags & 1 ? 4 : 0;
  const message = Buffer.alloc(21 + body.length + tail);
  message.writeInt32LE(message.length, 0);
  message.writeInt32LE(7, 4);
  message.writeInt32LE(2013, 12);
  message.writeUInt32LE(flags, 16);
  body.copy(message, 21);
  return message;
}
