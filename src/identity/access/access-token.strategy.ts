import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { ExtractJwt, Strategy, type StrategyOptionsWithoutRequest } from 'passport-jwt';
import { SigningKeys } from './signing-keys.js';

export const ACCESS_TOKEN = 'access-token';

type Done = (error: Error | null, payload?: unknown) => void;

// passport-jwt's own verifier knows no EdDSA. This one keeps nothing: the keys come to it as the strategy's secret, and
// type, issuer, audience, algorithm and expiry are checked by them.
Object.assign(Strategy, {
  JwtVerifier: (token: string, keys: SigningKeys, _options: unknown, done: Done) => {
    keys.verify('at+jwt', token).then(
      (payload) => done(null, payload),
      (error: unknown) => done(error as Error),
    );
  },
});

/** Reads a member's access token from the Authorization header. */
@Injectable()
export class AccessTokenStrategy extends PassportStrategy(Strategy, ACCESS_TOKEN) {
  constructor(keys: SigningKeys) {
    // Its types know keys as texts only; the verifier above gets whatever is handed over here.
    super({
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKeyProvider: (_request: unknown, _token: unknown, done: (error: null, keys: unknown) => void) =>
        done(null, keys),
    } as unknown as StrategyOptionsWithoutRequest);
  }

  validate(payload: unknown): unknown {
    return payload;
  }
}
