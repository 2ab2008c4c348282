import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { exportJWK, jwtVerify, SignJWT, type JWTPayload } from 'jose';
import { CONFIG, ConfigError, type Config } from '../../config/index.js';
import { CLOCK, type Clock } from '../../kernel/index.js';
import type { SigningKeysView, SigningKeyView } from './signing-keys.dto.js';

const ALGORITHM = 'EdDSA';

/** What a token is for: tokens of one type are worth nothing where another is asked for (RFC 8725). */
export type TokenType = 'at+jwt' | 'widget+jwt';

/** The Ed25519 keys that sign tokens: the first signs, all verify, so that keys can be rotated without log-outs. */
@Injectable()
export class SigningKeys {
  private readonly keys: { kid: string; secret: KeyObject; open: KeyObject }[];

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.keys = config.SIGNING_KEYS.split(',').map(readKey);
  }

  /** A signed token of `type` that lives `seconds`. */
  async sign(type: TokenType, subject: string, claims: JWTPayload, seconds: number): Promise<string> {
    const key = this.keys[0];
    if (!key) throw new Error('no signing key');
    const now = Math.floor(this.clock.now() / 1_000);
    return new SignJWT(claims)
      .setProtectedHeader({ alg: ALGORITHM, typ: type, kid: key.kid })
      .setIssuer(this.config.BASE_URL)
      .setAudience(this.config.BASE_URL)
      .setSubject(subject)
      .setIssuedAt(now)
      .setExpirationTime(now + seconds)
      .sign(key.secret);
  }

  /** The claims of a good token of `type`; throws on any fault. */
  async verify(type: TokenType, token: string): Promise<JWTPayload & { sub: string }> {
    const { payload } = await jwtVerify(token, ({ kid }) => this.openKey(kid), {
      algorithms: [ALGORITHM],
      typ: type,
      issuer: this.config.BASE_URL,
      audience: this.config.BASE_URL,
      requiredClaims: ['sub', 'exp', 'iat'],
      currentDate: new Date(this.clock.now()),
    });
    return payload as JWTPayload & { sub: string };
  }

  /** Public keys, for partners that verify our tokens. */
  async jwks(): Promise<SigningKeysView> {
    const view = async ({ kid, open }: { kid: string; open: KeyObject }): Promise<SigningKeyView> => {
      const { x } = (await exportJWK(open)) as { x: string };
      return { kty: 'OKP', crv: 'Ed25519', x, kid, alg: ALGORITHM, use: 'sig' };
    };
    return { keys: await Promise.all(this.keys.map(view)) };
  }

  private openKey(kid: string | undefined): KeyObject {
    const key = this.keys.find((one) => one.kid === kid);
    if (!key) throw new Error('unknown key');
    return key.open;
  }
}

function readKey(pair: string): { kid: string; secret: KeyObject; open: KeyObject } {
  const kid = pair.slice(0, pair.indexOf(':'));
  try {
    const secret = createPrivateKey({
      key: Buffer.from(pair.slice(pair.indexOf(':') + 1), 'base64'),
      format: 'der',
      type: 'pkcs8',
    });
    if (!/^[a-z0-9-]{1,32}$/.test(kid) || secret.asymmetricKeyType !== 'ed25519') throw new Error('not Ed25519');
    return { kid, secret, open: createPublicKey(secret) };
  } catch {
    throw new ConfigError(
      'The configuration is not valid. SIGNING_KEYS must be comma-separated kid:base64 pairs of Ed25519 private keys (PKCS#8, DER).',
    );
  }
}
