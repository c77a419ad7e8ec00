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

/** Makes a link and answers its token, which is kept nowhere; the link of the same purpose before it is void from now on. */
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
 * Links of these purposes are good no longer. Those that stop a change of address only if they went to `address`, the present one: one
 * to a former address takes it back, and whoever changed it without right has the password and the new address.
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

/** Links by which a change of address is stopped or taken back, and that were made with this one or after it, are good no longer. */
export function laterStopsVoid(tx: Transaction, { subjectId, createdAt }: OneTimeLink): Promise<void> {
  return voidAll(tx, { purpose: 'EMAIL_CHANGE_STOP', subjectId, createdAt: { $gte: createdAt } });
}

/** Links of this purpose to an address are good no longer: for those that are about nobody yet. */
export function linksToVoid(tx: Transaction, purpose: LinkPurpose, address: string): Promise<void> {
  return voidAll(tx, { purpose, address });
}

/** Whether a token is good now; for slow work that should not be done for nothing. */
export async function linkIsLive(context: Context, token: string): Promise<boolean> {
  const link = await context.em.findOne(OneTimeLink, { hash: tokenHash(token) });
  return link?.isLive(context.now()) ?? false;
}

/** Hashes a new password, which is slow on purpose; null for a token that is not good now, for which it is not done at all. */
export async function hashByLink(
  context: Context,
  { token, password }: { token: string; password: string },
): Promise<string | null> {
  return (await linkIsLive(context, token)) ? passwordHash(context, password) : null;
}

/**
 * Holds a link until the commit. Of two calls at once one gets it. NOT_FOUND for a token that nobody was sent for this, EXPIRED
 * for one that was used, is too old or was followed by a newer one.
 */
export async function linkHold(tx: Transaction, token: string, purposes: LinkPurpose[]): Promise<OneTimeLink> {
  const link = await tx.em.findOne(
    OneTimeLink,
    { hash: tokenHash(token), purpose: { $in: purposes } },
    { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true },
  );
  if (!link) throw new NotFound('This link is not known.', { path });
  if (!link.isLive(tx.now())) throw linkExpired();
  return link;
}

/** What a link is about, whether it is valid or not; null for an unknown one. */
export async function linkSubject(tx: Transaction, token: string, purposes: LinkPurpose[]): Promise<string | null> {
  const link = await tx.em.findOne(OneTimeLink, { hash: tokenHash(token), purpose: { $in: purposes } });
  return link?.subjectId ?? null;
}

/** A link that the caller holds is used up. */
export function linkUsed(tx: Transaction, link: OneTimeLink): void {
  link.usedAt = tx.now();
  link.updatedAt = tx.now();
}

/** Uses a link up. Refuses as `linkHold` does. */
export async function linkUse(tx: Transaction, token: string, purposes: LinkPurpose[]): Promise<OneTimeLink> {
  const link = await linkHold(tx, token, purposes);
  linkUsed(tx, link);
  return link;
}

/**
 * The user whom a link is about, locked before the link is: everything that touches both does it in this order, the delivery of
 * mails too. Null when there is no such user any more.
 */
export async function linkUser(tx: Transaction, token: string, purposes: LinkPurpose[]): Promise<Actor | null> {
  const id = await linkSubject(tx, token, purposes);
  if (id === null) throw new NotFound('This link is not known.', { path });
  return lockActor(tx, { id, kind: 'USER' });
}

export function linkExpired(): Expired {
  return new Expired('This link is not good any more. Ask for a new one.', { path });
}
