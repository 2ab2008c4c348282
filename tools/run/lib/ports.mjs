/** Free ports, and one clear sentence when the wanted one is taken. */
import { createServer } from 'node:net';
import { Problem } from './problem.mjs';

const TRIES = 100;

/** @param {number} port @param {string | undefined} host undefined: every address @returns {Promise<boolean>} */
function canListen(port, host) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (/** @type {NodeJS.ErrnoException} */ error) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
      else reject(error);
    });
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/**
 * Free on the loopback address and on every other: a browser may reach `localhost` by IPv4 or IPv6.
 * @param {number} port
 * @returns {Promise<boolean>}
 */
export async function isFree(port) {
  return (await canListen(port, '127.0.0.1')) && (await canListen(port, undefined));
}

/** @param {number} from @returns {Promise<number>} the first free port at or above `from` */
export async function nextFree(from) {
  for (let port = from; port < from + TRIES && port <= 65_535; port++) {
    if (await isFree(port)) return port;
  }
  throw new Problem(
    `None of the ports ${from} to ${from + TRIES - 1} is free on this machine.`,
    'Stop some servers, or name a free port: PORT=4000 npm start.',
  );
}

/**
 * The port to serve on: PORT when it is set, else 3000 or the next free one.
 * @param {string | undefined} wanted the PORT variable
 * @param {(note: string) => void} say
 * @returns {Promise<number>}
 */
export async function choosePort(wanted, say) {
  if (wanted === undefined || wanted === '') {
    const port = await nextFree(3000);
    if (port !== 3000) say(`› Port 3000 is in use: taking ${port}.`);
    return port;
  }
  const port = Number(wanted);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Problem(
      `PORT is "${wanted}", which is no port.`,
      'Set it to a whole number from 1 to 65535, or leave it out.',
    );
  }
  if (!(await isFree(port))) throw portInUse(port);
  return port;
}

/** @param {number} port */
export function portInUse(port) {
  return new Problem(
    `Port ${port} is in use by another program.`,
    `Stop that program, choose another port (PORT=${port + 1} npm start), or leave PORT out to take a free one.`,
  );
}
