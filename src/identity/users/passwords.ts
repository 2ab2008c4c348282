import { Algorithm, hash, verify } from '@node-rs/argon2';

/** OWASP's first choice: Argon2id, 19 MiB, two passes. */
const OPTIONS = { algorithm: 2 as Algorithm.Argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

let decoy: Promise<string> | undefined;

export function hashPassword(password: string): Promise<string> {
  return hash(password, OPTIONS);
}

/** Takes the same time for a user who does not exist, so that nobody learns who does. */
export async function passwordMatches(stored: string | null, password: string): Promise<boolean> {
  decoy ??= hash('no password', OPTIONS);
  const matches = await verify(stored ?? (await decoy), password);
  return stored !== null && matches;
}
