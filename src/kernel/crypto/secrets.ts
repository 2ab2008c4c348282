import { createHmac, hash, randomBytes, timingSafeEqual, type KeyObject } from 'node:crypto';

/** `bytes` of randomness in base64url; for keys and tokens that are shown once. */
export function randomToken(bytes = 24): string {
  return randomBytes(bytes).toString('base64url');
}

/** Digest under which a high-entropy secret is stored. (Passwords go through Argon2id instead.) */
export function digest(secret: string): string {
  return hash('sha256', secret, 'base64url');
}

export function hmac(key: string | Buffer | KeyObject, data: string): string {
  return createHmac('sha256', key).update(data).digest('base64url');
}

/** Compares without telling by its duration where the first difference is. */
export function sameSecret(left: string, right: string): boolean {
  const a = Buffer.from(left);
  const b = Buffer.from(right);
  return a.length === b.length && timingSafeEqual(a, b);
}
