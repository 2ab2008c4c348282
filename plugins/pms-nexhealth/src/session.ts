import { asObject, type Call, HttpClient, type PluginDeps, Retryable, Unauthorized } from '@openchair/plugin-kit';
import type { NexHealthConfig } from './config.js';
import { textOf } from './rows.js';

/** A token is renewed so long before it ends. */
const MARGIN_MS = 5 * 60_000;
/** What NexHealth gives a production key; for a token that does not say when it ends. */
const USUAL_LIFE_MS = 60 * 60_000;

/** The API key, exchanged for a token that opens everything else for an hour (24 hours for a test key). */
export class Session {
  private readonly http: HttpClient;
  private token: { readonly text: string; readonly until: number } | undefined;

  constructor(
    private readonly config: Pick<NexHealthConfig, 'apiKey' | 'baseUrl'>,
    private readonly deps: Pick<PluginDeps, 'clock' | 'fetch'>,
    version: Readonly<Record<string, string>>,
  ) {
    this.http = new HttpClient({
      ...deps,
      baseUrl: config.baseUrl,
      headers: () => ({ ...version, authorization: config.apiKey }),
      refusal: ({ status }) => (status === 401 ? new Unauthorized('api_key_refused') : undefined),
    });
  }

  /** A token with some life left. Throws `Unauthorized('api_key_refused')` when the key opens nothing. */
  async bearer(call: Call): Promise<string> {
    if (this.token && this.deps.clock.now() < this.token.until) return this.token.text;
    const { body } = await this.http.send(call, { method: 'POST', path: '/authenticates', harmless: true });
    const text = textOf(asObject(asObject(body)['data'])['token']);
    if (text === undefined) throw new Retryable('unexpected_answer', { outcome: 'not_done' });
    this.token = { text, until: this.deps.clock.now() + lifeOf(text) - MARGIN_MS };
    return text;
  }

  /** The token was refused before its time. */
  drop(): void {
    this.token = undefined;
  }
}

/** How long a token lives: by its own two times, so that it does not matter how far our clock is off. */
function lifeOf(token: string): number {
  try {
    const claims = asObject(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()));
    const life = (Number(claims['exp']) - Number(claims['iat'])) * 1_000;
    return Number.isFinite(life) && life > 0 ? life : USUAL_LIFE_MS;
  } catch {
    return USUAL_LIFE_MS;
  }
}
