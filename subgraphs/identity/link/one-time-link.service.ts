import { LockMode, type FilterQuery } from '@mikro-orm/postgresql';
import type { Context, Transaction } from '../../../platform/context/context.ts';
import { Expired, NotFound } from '../../../platform/errors/errors.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { createRow } from '../../../platform/nouns/row.ts';
import { newToken, tokenHash } from '../../../platform/secrets/token.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { lockActor } from '../actor/actor-locks.service.ts';
import { passwordHash } from '../user/password.ts';
import { linkLifetimes, OneTimeLink, type LinkPurpose } from './one-time-link.entity.ts';

const path = ['input', 'token'];

/** Creates a link, voids the previous one of the same purpose, and returns the token, which is not stored. */
export async function linkIssue(
  tx: Transaction,
  of: { purpose: LinkPurpose; subjectId: string; address: string },
): Promise<string> {
  await linksVoid(tx, [of.purpose], of.subjectId, of.address);
  const token = newToken('elk');
  const expiresAt = new Date(tx.now().getTime() + linkLifetimes[of.purpose]);
  createRow(tx, OneTimeLink, newId('otl'), { ...of, hash: tokenHash(token), expiresAt });
  return token;
}

async function voidAll(tx: Transaction, where: FilterQuery<OneTimeLink>): Promise<void> {
  const unused = { $and: [where, { usedAt: null, voidedAt: null }] };
  await tx.em.nativeUpdate(OneTimeLink, unused, { voidedAt: tx.now(), updatedAt: tx.now() });
}

/**
 * Voids links of these purposes; of those that stop a change of address only the ones sent to `address`, the present one. A link to a
 * previous address stays valid: it undoes the change, and an intruder who made the change has the password and the new address.
 */
export async function linksVoid(
  tx: Transaction,
  purposes: readonly LinkPurpose[],
  subjectId: string,
  address: string | null = null,
): Promise<void> {
  const stop = 'EMAIL_CHANGE_STOP';
  const stops = purposes.includes(stop) ? [{ purpose: stop, address: address ?? '' } as const] : [];
  const others = purposes.filter((purpose) => purpose !== stop);
  await voidAll(tx, { subjectId, $or: [{ purpose: { $in: others } }, ...stops] });
}

/** Voids this link and later ones that stop or undo a change of address. */
export function laterStopsVoid(tx: Transaction, { subjectId, createdAt }: OneTimeLink): Promise<void> {
  return voidAll(tx, { purpose: 'EMAIL_CHANGE_STOP', subjectId, createdAt: { $gte: createdAt } });
}

/** Voids links of this purpose to an address, for links that have no account yet. */
export function linksToVoid(tx: Transaction, purpose: LinkPurpose, address: string): Promise<void> {
  return voidAll(tx, { purpose, address });
}

/** Whether a token is valid now. Checked before slow work. */
export async function linkIsLive(context: Context, token: string): Promise<boolean> {
  const link = await context.em.findOne(OneTimeLink, { hash: tokenHash(token) });
  return link?.isLive(context.now()) ?? false;
}

/** Hashes a new password, which is slow on purpose; null, without hashing, if the token is not valid. */
export async function hashByLink(
  context: Context,
  { token, password }: { token: string; password: string },
): Promise<string | null> {
  return (await linkIsLive(context, token)) ? passwordHash(context, password) : null;
}

/**
 * Locks a link until the commit, so that of two simultaneous calls one gets it. Throws NOT_FOUND for an unknown token, EXPIRED for one
 * that was used, is too old or was voided.
 */
export async function linkHold(tx: Transaction, token: string, purposes: LinkPurpose[]): Promise<OneTimeLink> {
  const link = await tx.em.findOne(
    OneTimeLink,
    { hash: tokenHash(token), purpose: { $in: purposes } },
    { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true },
  );
  if (!link) throw new NotFound('This link is unknown.', { path });
  if (!link.isLive(tx.now())) throw linkExpired();
  return link;
}

/** The subject of a link, valid or not; null for an unknown one. */
export async function linkSubject(tx: Transaction, token: string, purposes: LinkPurpose[]): Promise<string | null> {
  const link = await tx.em.findOne(OneTimeLink, { hash: tokenHash(token), purpose: { $in: purposes } });
  return link?.subjectId ?? null;
}

/** Marks a link that the caller has locked as used. */
export function linkUsed(tx: Transaction, link: OneTimeLink): void {
  link.usedAt = tx.now();
  link.updatedAt = tx.now();
}

/** Locks a link and marks it as used. Throws as `linkHold` does. */
export async function linkUse(tx: Transaction, token: string, purposes: LinkPurpose[]): Promise<OneTimeLink> {
  const link = await linkHold(tx, token, purposes);
  linkUsed(tx, link);
  return link;
}

/**
 * The user of a link, locked before the link: everything that locks both does so in this order, including the delivery of mails.
 * Null if the user no longer exists.
 */
export async function linkUser(tx: Transaction, token: string, purposes: LinkPurpose[]): Promise<Actor | null> {
  const id = await linkSubject(tx, token, purposes);
  if (id === null) throw new NotFound('This link is unknown.', { path });
  return lockActor(tx, { id, kind: 'USER' });
}

export function linkExpired(): Expired {
  return new Expired('This link is no longer valid. Ask for a new one.', { path });
}
