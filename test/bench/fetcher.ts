import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';

/** Asks as cheaply as it can, over connections that stay open: what is measured is the platform, not its caller. */
export class Fetcher {
  private readonly agent = new Agent({ keepAlive: true });

  constructor(
    private readonly baseUrl: string,
    private readonly apiKey: string,
  ) {}

  /** Takes a packed answer as browsers do, and throws it away. Returns how many bytes came. */
  async get(path: string): Promise<number> {
    const headers = { authorization: `Bearer ${this.apiKey}`, 'accept-encoding': 'gzip' };
    const request = get(`${this.baseUrl}/v1/${path}`, { agent: this.agent, headers });
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    let bytes = 0;
    for await (const chunk of answer) bytes += (chunk as Buffer).length;
    if (answer.statusCode !== 200) throw new Error(`GET ${path}: ${answer.statusCode}`);
    return bytes;
  }
}
