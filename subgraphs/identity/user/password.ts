import { hash, verify } from '@node-rs/argon2';
import { assertOutside } from '../../../platform/database/guard.ts';

/** Argon2id with 19 MiB, two passes, one lane: the OWASP Password Storage Cheat Sheet's first recommendation. */
const parameters = { memoryCost: 19 * 1024, timeCost: 2, parallelism: 1 };

/** Hashes a password. Slow on purpose, so never inside a transaction. */
export function passwordHash(password: string): Promise<string> {
  assertOutside('Hashing a password');
  return hash(password, parameters);
}

/** What an unknown e-mail is compared with, so that the answer takes as long as for a known one. */
let decoy: Promise<string> | undefined;

export async function passwordMatches(stored: string | null, password: string): Promise<boolean> {
  assertOutside('Verifying a password');
  decoy ??= passwordHash('nobody has this password');
  const right = await verify(stored ?? (await decoy), password);
  return right && stored !== null;
}
