import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Dispatcher } from './dispatcher.ts';
import { encodeReply, FrameError, FrameReader, parseMessage } from './framing.ts';
import { Pool, type PoolLimits } from './pool.ts';
import type { TransactionLimits } from './transactions.ts';

/** Bytes that may wait behind a running command before the client is made to wait. */
const HIGH_WATER = 1_048_576;

/** Where PostgreSQL is and how the gateway behaves. */
export interface GatewayOptions {
  /** Loopback port; 0 lets the system choose. */
  readonly port: number;
  /** PostgreSQL's socket folder (or host). */
  readonly postgresHost: string;
  readonly postgresPort: number;
  readonly pool?: PoolLimits;
  readonly transactions?: TransactionLimits;
  /** Single writes that run at once. */
  readonly writeLanes?: number;
  /** Told, in one line without any data, when a client breaks the protocol. */
  readonly log?: (line: string) => void;
}

/** A running gateway. */
export interface Gateway {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves one client connection: its messages one after another, each answered before the next is looked at. */
function serve(socket: Socket, dispatcher: Dispatcher, log: (line: string) => void): void {
  const reader = new FrameReader();
  const owner = {};
  let busy = false;
  let responseId = 0;

  async function pump(): Promise<void> {
    if (busy) return;
    busy = true;
    try {
      for (let message = reader.next(); message && !socket.destroyed; message = reader.next()) {
        const request = parseMessage(message);
        const answer = await dispatcher.answer(request, owner);
        responseId = (responseId + 1) & 0x7fffffff;
        if (!request.moreToCome && !socket.destroyed) socket.write(encodeReply(request, responseId, answer));
      }
      socket.resume();
    } catch (error) {
      const reason = error instanceof FrameError ? error.message : `a fault of the gateway: ${String(error)}`;
      log(`closed a client's connection: ${reason}`);
      socket.destroy();
    } finally {
      busy = false;
    }
  }

  socket.setNoDelay(true);
  socket.on('data', (chunk: Buffer) => {
    reader.push(chunk);
    if (busy && reader.buffered > HIGH_WATER) socket.pause();
    void pump();
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => void dispatcher.ownerGone(owner).catch((error: unknown) => log(String(error))));
}

/** Starts a gateway on 127.0.0.1. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const where = { host: options.postgresHost, port: options.postgresPort, user: 'postgres', database: 'postgres' };
  const pool = new Pool(where, options.pool ?? { shared: 20, pinned: 60 });
  const side = new Pool(where, { shared: 2, pinned: 0 });
  const limits = options.transactions ?? { lifetime: 60_000, lockWait: 3_000 };
  const dispatcher = new Dispatcher(pool, side, limits, options.writeLanes ?? 4);
  const log = options.log ?? (() => undefined);
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serve(socket, dispatcher, log);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
      await dispatcher.end();
      await pool.end();
      await side.end();
    },
  };
}
