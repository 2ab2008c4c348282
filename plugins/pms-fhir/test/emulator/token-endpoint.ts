import { type KeyObject, verify } from 'node:crypto';
import type { EmulatedAnswer, EmulatedRequest } from '@openchair/plugin-kit/conformance';

export const CLIENT_ID = 'openchair-client';
export const KEY_ID = 'key-2027';
export const SCOPE = 'system/*.read system/Appointment.write system/Patient.write system/Slot.write';
/** How long a token lives. */
export const TOKEN_MS = 300_000;

/** The authorization server of SMART backend services: looks at every claim of an assertion, and takes each assertion once. */
export class TokenEndpoint {
  /** Tokens that live, with the end of their life. */
  readonly tokens = new Map<string, number>();
  /** Claims of the assertions that were taken. */
  readonly taken: { alg: string; claims: Record<string, unknown> }[] = [];
  private readonly jtis = new Set<string>();

  constructor(
    private readonly key: KeyObject,
    private readonly now: () => number,
    private readonly url: () => string,
  ) {}

  answer({ method, headers, body }: EmulatedRequest): EmulatedAnswer {
    const refuse = (error: string, status = 400): EmulatedAnswer => ({
      status,
      json: { error, error_description: `${CLIENT_ID} was refused` },
    });
    const form = new URLSearchParams(body);
    if (method !== 'POST' || headers['content-type'] !== 'application/x-www-form-urlencoded')
      return refuse('invalid_request');
    if (form.get('grant_type') !== 'client_credentials') return refuse('unsupported_grant_type');
    if (form.get('client_assertion_type') !== 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
      return refuse('invalid_request');
    if (form.get('scope') !== SCOPE) return refuse('invalid_scope');
    if (!this.takes(form.get('client_assertion') ?? '')) return refuse('invalid_client', 401);
    const token = `token-${this.taken.length}-${Math.random().toString(36).slice(2)}`;
    this.tokens.set(token, this.now() + TOKEN_MS);
    return {
      status: 200,
      json: { access_token: token, token_type: 'bearer', expires_in: TOKEN_MS / 1_000, scope: SCOPE },
    };
  }

  /** Whether a token lives. */
  isLive(token: string): boolean {
    return (this.tokens.get(token) ?? 0) > this.now();
  }

  private takes(assertion: string): boolean {
    const [head = '', payload = '', signature = ''] = assertion.split('.');
    const json = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
    const [header, claims] = [json(head), json(payload)];
    const alg = this.key.asymmetricKeyType === 'rsa' ? 'RS384' : 'ES384';
    if (header.alg !== alg || header.typ !== 'JWT' || header.kid !== KEY_ID) return false;
    const key = { key: this.key, ...(alg === 'ES384' ? { dsaEncoding: 'ieee-p1363' as const } : {}) };
    if (!verify('sha384', Buffer.from(`${head}.${payload}`), key, Buffer.from(signature, 'base64url'))) return false;
    const { iss, sub, aud, exp, iat, jti } = claims;
    const now = this.now() / 1_000;
    if (iss !== CLIENT_ID || sub !== CLIENT_ID || aud !== this.url()) return false;
    if (typeof exp !== 'number' || exp <= now || exp > now + 300) return false;
    if (typeof iat === 'number' && iat > now + 5) return false;
    if (typeof jti !== 'string' || jti === '' || this.jtis.has(jti)) return false;
    this.jtis.add(jti);
    this.taken.push({ alg, claims });
    return true;
  }
}
