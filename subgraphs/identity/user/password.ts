import { hash, verify } from '@node-rs/argon2';
import type { Context } from '../../../platform/context/context.ts';
import { assertOutside } from '../../../platform/database/guard.ts';
import { networkOf } from '../../../platform/context/network.ts';
import { HashingGate } from './hashing-gate.ts';

/** Argon2id with 19 MiB, two passes, one lane: the OWASP Password Storage Cheat Sheet's first recommendation. */
const parameters = { memoryCost: 19 * 1024, timeCost: 2, parallelism: 1 };

const gate = new HashingGate();

/** One form for each password, however the keyboard sends it: NFC, every space a plain one (RFC 8265, OpaqueString). */
export function preparedPassword(password: string): string {
  return password.replace(/\p{Zs}/gu, ' ').normalize('NFC');
}

/** Hashes a password. Slow on purpose, so never inside a transaction. TOO_MANY for a network that asks for too many. */
export function passwordHash(context: Context, password: string): Promise<string> {
  assertOutside('Hashing a password');
  return gate.run(networkOf(context.info.client.ip), () => hash(preparedPassword(password), parameters));
}

/** What an unknown e-mail is compared with, so that the answer takes as long as for a known one. */
let decoy: Promise<string> | undefined;

export interface PasswordMatch {
  right: boolean;
  /** Whether the stored hash is of another form of the password than the one that is stored today. */
  old: boolean;
}

/**
 * Compares a password. Hashes from before passwords had one form are of what was sent then: those are tried as well, for any
 * account alike, and only where the password has more than one form.
 */
export async function passwordMatches(
  context: Context,
  stored: string | null,
  password: string,
): Promise<PasswordMatch> {
  assertOutside('Verifying a password');
  decoy ??= hash('nobody has this password', parameters);
  const known = stored ?? (await decoy);
  const prepared = preparedPassword(password);
  for (const form of new Set([prepared, password, password.normalize('NFC'), password.normalize('NFD')])) {
    const right = await gate.run(networkOf(context.info.client.ip), () => verify(known, form));
    if (right && stored !== null) return { right, old: form !== prepared };
  }
  return { right: false, old: false };
}
