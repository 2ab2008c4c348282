import { createPrivateKey, type KeyObject, randomUUID } from 'node:crypto';
import {
  asObject,
  type Call,
  HttpClient,
  type HttpAnswer,
  isPluginError,
  type PluginDeps,
  Rejected,
  Retryable,
  Unauthorized,
} from '@openchair/plugin-kit';
import { SignJWT } from 'jose';
import type { FhirConfig } from '../config.js';

const DISCOVERY = '/.well-known/smart-configuration';
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
/** The specification allows five minutes. */
const ASSERTION_SECONDS = 240;
/** A token is renewed so long before it ends, so that none ends on its way. */
const MARGIN_MS = 60_000;
/** When the server does not say how long a token lives. */
const LIFETIME_SECONDS = 300;
/** What RFC 6749 lets a token endpoint say. */
const OAUTH_ERRORS = [
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'invalid_scope',
  'unsupported_grant_type',
  'invalid_request',
];

interface Token {
  readonly value: string;
  /** Epoch milliseconds on our clock. */
  readonly renewAt: number;
}

/** An access token by SMART backend services: client credentials with a signed assertion in place of a secret. */
export class SmartToken {
  private readonly server: HttpClient;
  private endpoint: HttpClient | undefined;
  private tokenUrl = '';
  private token: Token | undefined;

  constructor(
    private readonly config: FhirConfig,
    private readonly deps: Pick<PluginDeps, 'fetch' | 'clock'>,
  ) {
    this.server = new HttpClient({ ...deps, baseUrl: config.baseUrl });
  }

  /** A token that lives for a while yet. */
  async get(call: Call): Promise<string> {
    const { clock } = this.deps;
    if (this.token === undefined || clock.now() >= this.token.renewAt) this.token = await this.request(call);
    return this.token.value;
  }

  /** The server has refused `value`, although it should live. */
  forget(value: string): void {
    if (this.token?.value === value) this.token = undefined;
  }

  private async request(call: Call): Promise<Token> {
    const endpoint = await this.discover(call);
    const { body } = await endpoint.send(call, {
      method: 'POST',
      path: this.tokenUrl,
      harmless: true,
      form: {
        grant_type: 'client_credentials',
        scope: this.config.scope,
        client_assertion_type: ASSERTION_TYPE,
        client_assertion: await this.assertion(),
      },
    });
    const { access_token: value, expires_in: seconds } = asObject(body);
    if (typeof value !== 'string' || value === '') throw new Retryable('unexpected_answer', { outcome: 'not_done' });
    const lifetime = (typeof seconds === 'number' && seconds > 0 ? seconds : LIFETIME_SECONDS) * 1_000;
    return { value, renewAt: this.deps.clock.now() + lifetime - Math.min(MARGIN_MS, lifetime / 2) };
  }

  /** Where tokens are given out; asked for again with every token, since servers move it. */
  private async discover(call: Call): Promise<HttpClient> {
    const configuration = await this.server.send(call, { path: DISCOVERY }).catch((error: unknown) => {
      throw isPluginError(error) && error.kind === 'not_found' ? new Rejected('smart_not_offered') : error;
    });
    const { token_endpoint: url } = asObject(configuration.body);
    if (typeof url !== 'string' || !URL.canParse(url)) throw new Rejected('smart_not_offered');
    const { origin, protocol } = new URL(url);
    // The server's own origin was trusted by whoever configured it; another one must prove who it is.
    if (protocol !== 'https:' && origin !== new URL(this.config.baseUrl).origin)
      throw new Rejected('token_endpoint_not_secure');
    if (this.endpoint === undefined || url !== this.tokenUrl) {
      this.endpoint = new HttpClient({ ...this.deps, baseUrl: origin, refusal: refusalOf });
      this.tokenUrl = url;
    }
    return this.endpoint;
  }

  /** Dated by the server's clock: one that is minutes off would refuse ours. */
  private assertion(): Promise<string> {
    const { clientId, keyId, privateKey = '' } = this.config;
    if (clientId === undefined) throw new Unauthorized('client_id_missing');
    const { key, alg } = signingKeyOf(privateKey);
    const now = Math.floor((this.server.serverTime ?? this.deps.clock.now()) / 1_000);
    return new SignJWT()
      .setProtectedHeader({ alg, typ: 'JWT', ...(keyId === undefined ? {} : { kid: keyId }) })
      .setIssuer(clientId)
      .setSubject(clientId)
      .setAudience(this.tokenUrl)
      .setJti(randomUUID())
      .setIssuedAt(now)
      .setExpirationTime(now + ASSERTION_SECONDS)
      .sign(key);
  }
}

function refusalOf({ status, body }: HttpAnswer): Unauthorized | undefined {
  if (status !== 400 && status !== 401) return undefined;
  const error = (body as { error?: unknown } | undefined)?.error;
  return typeof error === 'string' && OAUTH_ERRORS.includes(error) ? new Unauthorized(error) : undefined;
}

function signingKeyOf(text: string): { key: KeyObject; alg: 'RS384' | 'ES384' } {
  const key = readKey(text.trim());
  if (key?.asymmetricKeyType === 'rsa') return { key, alg: 'RS384' };
  if (key?.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'secp384r1')
    return { key, alg: 'ES384' };
  throw new Unauthorized(key === undefined ? 'private_key_unreadable' : 'private_key_not_supported');
}

function readKey(text: string): KeyObject | undefined {
  try {
    return text.startsWith('{') ? createPrivateKey({ key: JSON.parse(text), format: 'jwk' }) : createPrivateKey(text);
  } catch {
    return undefined;
  }
}
