import { connect, createServer } from 'node:net';
import { shortHash } from './places.ts';

/**
 * Runs `work` while no other process on this machine holds the same lock. The lock is a socket in Linux's abstract
 * name space: the kernel drops it with the process, so that none is ever stale; who waits is woken by its end. Other
 * systems run only Docker Compose, which keeps its own order.
 *
 * @param onWait told once when another process holds it
 */
export async function withLock<T>(name: string, work: () => Promise<T>, onWait?: () => void): Promise<T> {
  if (process.platform !== 'linux') return work();
  const address = `\0openchair-${process.getuid?.() ?? 0}-${shortHash(name)}`;
  let release = await tryListen(address);
  for (let told = false; !release; release = await tryListen(address)) {
    if (!told) onWait?.();
    told = true;
    await untilHolderEnds(address);
  }
  try {
    return await work();
  } finally {
    await release();
  }
}

function tryListen(address: string): Promise<(() => Promise<void>) | null> {
  return new Promise((resolve, reject) => {
    const waiting = new Set<{ destroy(): void }>();
    const server = createServer((socket) => {
      waiting.add(socket);
      socket.on('error', () => undefined).on('close', () => waiting.delete(socket));
    });
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(null);
      else reject(error);
    });
    server.listen(address, () => {
      resolve(async () => {
        const closed = new Promise<void>((done) => server.close(() => done()));
        for (const socket of waiting) socket.destroy();
        await closed;
      });
    });
  });
}

function untilHolderEnds(address: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.on('error', () => undefined).on('close', () => resolve());
    socket.resume();
  });
}
