import { connect, createServer, type AddressInfo } from 'node:net';

function listenOn(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen(port, '127.0.0.1', () => {
      const { port: got } = server.address() as AddressInfo;
      server.close(() => resolve(got));
    });
  });
}

/** The kept port when nobody has it, else another free one on 127.0.0.1. */
export async function freePort(kept: number | undefined): Promise<number> {
  const same = kept === undefined ? null : await listenOn(kept);
  return same ?? (await listenOn(0))!;
}

/** Sends `question` and gives what comes back first; null when nobody answers within `timeout` ms. */
export function ask(port: number, question: string, timeout = 1000): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout });
    const end = (answer: string | null): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.on('connect', () => (question === '' ? end('') : socket.write(question)));
    socket.on('data', (bytes) => end(bytes.toString('latin1')));
    socket.on('error', () => end(null));
    socket.on('timeout', () => end(null));
    socket.on('close', () => resolve(null));
  });
}
