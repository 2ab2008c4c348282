import { NestedList, OneOf, Text } from '../../http/index.js';

/** A public key as RFC 8037 writes it. */
export class SigningKeyView {
  @OneOf(['OKP'])
  kty!: 'OKP';

  @OneOf(['Ed25519'])
  crv!: 'Ed25519';

  @Text({ min: 43, max: 43, pattern: /^[\w-]+$/, description: 'The public key, base64url' })
  x!: string;

  @Text({ max: 100, description: '`kid` of the tokens that it signed' })
  kid!: string;

  @OneOf(['EdDSA'])
  alg!: 'EdDSA';

  @OneOf(['sig'])
  use!: 'sig';
}

export class SigningKeysView {
  @NestedList(() => SigningKeyView, { minItems: 1, maxItems: 20, description: 'The one that signs now comes first' })
  keys!: SigningKeyView[];
}
