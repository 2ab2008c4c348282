import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';
import { json, text } from 'node:stream/consumers';

/** Asks as cheaply as it can, over connections that stay open: what is measured is the platform, not its caller. */
export class Fetcher {
  private readonly agent = new Agent({ keepAlive: true });

  constructor(
    private readonly baseUrl: string,
    private readonly apiKey: string,
  ) {}

  /** Takes a packed answer as browsers do, and throws it away. Returns how many bytes came. */
  async get(path: string): Promise<number> {
    let bytes = 0;
    for await (const chunk of await this.ask('GET', path, { 'accept-encoding': 'gzip' }))
      bytes += (chunk as Buffer).length;
    return bytes;
  }

  /** Sends JSON with a key of its own, and reads the answer. */
  async post(path: string, body: object): Promise<Record<string, unknown>> {
    const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID() };
    const answer = await this.ask('POST', path, headers, JSON.stringify(body));
    return (await json(answer)) as Record<string, unknown>;
  }

  private async ask(
    method: string,
    path: string,
    more: Record<string, string>,
    body?: string,
  ): Promise<IncomingMessage> {
    const headers = { authorization: `Bearer ${this.apiKey}`, ...more };
    const asked = request(`${this.baseUrl}/v1/${path}`, { agent: this.agent, method, headers }).end(body);
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    if ((answer.statusCode ?? 0) >= 300)
      throw new Error(`${method} ${path}: ${answer.statusCode} ${await text(answer)}`);
    return answer;
  }
}
