import { hash, verify } from '@node-rs/argon2';
import type { Context } from '../../../platform/context/context.ts';
import { assertOutside } from '../../../platform/database/guard.ts';
import { networkOf } from '../../../platform/context/network.ts';
import { HashingGate } from './hashing-gate.ts';

/** Argon2id with 19 MiB, two passes, one lane: the OWASP Password Storage Cheat Sheet's first recommendation. */
const parameters = { memoryCost: 19 * 1024, timeCost: 2, parallelism: 1 };

const gate = new HashingGate();

/** One form for each password, whatever the keyboard sends: NFC, with plain spaces (RFC 8265, OpaqueString). */
export function preparedPassword(password: string): string {
  return password.replace(/\p{Zs}/gu, ' ').normalize('NFC');
}

/** Hashes a password. Slow on purpose, so never inside a transaction. Throws TOO_MANY for a network with too many. */
export function passwordHash(context: Context, password: string): Promise<string> {
  assertOutside('Hashing a password');
  return gate.run(networkOf(context.info.client.ip), () => hash(preparedPassword(password), parameters));
}

/** The hash that passwords of unknown accounts are compared with, so that the answer takes as long. */
let decoy: Promise<string> | undefined;

export interface PasswordMatch {
  right: boolean;
  /** Whether the stored hash is of another Unicode form of the password than the present one. */
  old: boolean;
}

/**
 * Compares a password. Old hashes are of the Unicode form that the client sent, so all forms are tried if the password has more than one,
 * for every account alike.
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
