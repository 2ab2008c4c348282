import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the proxy does with the next request that fits. */
export interface Fault {
  method: string;
  path: string;
  /**
   * `cut`: the application acts, and its answer is lost. `half`: it is lost after its first half. `hang`: the application acts, and
   * its answer never comes. Else: answered here.
   */
  how: 'cut' | 'half' | 'hang' | { status: number; headers?: Record<string, string> };
}

export interface Seen {
  method: string;
  path: string;
  key: string | undefined;
  /** Of the application; undefined when it was not asked. */
  status?: number;
  replayed: boolean;
}

/** A bad line between a client and the application. */
export class CuttingProxy {
  /** Used up from the front, each once. */
  readonly faults: Fault[] = [];
  readonly seen: Seen[] = [];

  private constructor(
    private readonly server: Server,
    readonly baseUrl: string,
  ) {}

  static async start(target: string): Promise<CuttingProxy> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new CuttingProxy(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('request', (incoming, outgoing) => void proxy.pass(target, incoming, outgoing));
    return proxy;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async pass(target: string, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = incoming;
    const seen: Seen = {
      method,
      path: url.split('?')[0] as string,
      key: headers['idempotency-key'] as string | undefined,
      replayed: false,
    };
    this.seen.push(seen);
    const at = this.faults.findIndex((one) => one.method === method && one.path === seen.path);
    const [fault] = at < 0 ? [] : this.faults.splice(at, 1);
    if (typeof fault?.how === 'object') {
      incoming.resume();
      outgoing.writeHead(fault.how.status, fault.how.headers).end();
      return;
    }
    const forward = request(`${target}${url}`, { method, headers });
    incoming.pipe(forward);
    const [answer] = (await once(forward, 'response')) as [IncomingMessage];
    const body = Buffer.concat(await answer.toArray());
    seen.status = answer.statusCode ?? 0;
    seen.replayed = answer.headers['idempotency-replayed'] === 'true';
    if (fault?.how === 'hang') return;
    if (fault?.how === 'cut') return void outgoing.destroy();
    outgoing.writeHead(seen.status, answer.headers);
    if (fault?.how !== 'half') return void outgoing.end(body);
    outgoing.write(body.subarray(0, body.length / 2), () => outgoing.destroy());
  }
}
