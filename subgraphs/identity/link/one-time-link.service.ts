import { LockMode } from '@mikro-orm/core';
import type { Context, Transaction } from '../../../platform/context/context.ts';
import { Expired, NotFound } from '../../../platform/errors/errors.ts';
import { Actor } from '../actor/actor.entity.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { newToken, tokenHash } from '../../../platform/secrets/token.ts';
import { passwordHash } from '../user/password.ts';
import { linkLifetimes, OneTimeLink, type LinkPurpose } from './one-time-link.entity.ts';

const path = ['input', 'token'];

/** Makes a link; the one of the same purpose before it is void from now on. The token is nowhere but in the answer. */
export async function linkIssue(
  tx: Transaction,
  of: { purpose: LinkPurpose; subjectId: string; address: string },
): Promise<{ link: OneTimeLink; token: string }> {
  const now = tx.now();
  await linksVoid(tx, [of.purpose], of.subjectId, of.address);
  const token = newToken('elk');
  const link = tx.em.create(OneTimeLink, {
    id: newId('otl'),
    universeId: tx.universe,
    createdAt: now,
    updatedAt: now,
    ...of,
    hash: tokenHash(token),
    expiresAt: new Date(now.getTime() + linkLifetimes[of.purpose]),
    usedAt: null,
    voidedAt: null,
  });
  tx.em.persist(link);
  return { link, token };
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
  const now = tx.now();
  const stops = purposes.includes('EMAIL_CHANGE_STOP')
    ? [{ purpose: 'EMAIL_CHANGE_STOP' as const, address: address ?? '' }]
    : [];
  const others = purposes.filter((purpose) => purpose !== 'EMAIL_CHANGE_STOP');
  await tx.em.nativeUpdate(
    OneTimeLink,
    { subjectId, usedAt: null, voidedAt: null, $or: [{ purpose: { $in: others } }, ...stops] },
    { voidedAt: now, updatedAt: now },
  );
}

/** Links by which a change of address is stopped or taken back, and that were made with this one or after it, are good no longer. */
export async function laterStopsVoid(tx: Transaction, link: OneTimeLink): Promise<void> {
  const now = tx.now();
  const { subjectId, createdAt } = link;
  const later = { purpose: 'EMAIL_CHANGE_STOP' as const, subjectId, createdAt: { $gte: createdAt } };
  await tx.em.nativeUpdate(OneTimeLink, { ...later, usedAt: null, voidedAt: null }, { voidedAt: now, updatedAt: now });
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

/** Links of this purpose to an address are good no longer: for those that are about nobody yet. */
export async function linksToVoid(tx: Transaction, purpose: LinkPurpose, address: string): Promise<void> {
  const now = tx.now();
  await tx.em.nativeUpdate(
    OneTimeLink,
    { purpose, address, usedAt: null, voidedAt: null },
    { voidedAt: now, updatedAt: now },
  );
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
  const link = await tx.em.findOne(OneTimeLink, {
    hash: tokenHash(token),
    purpose: { $in: purposes },
  });
  if (!link) throw new NotFound('This link is not known.', { path });
  const id = link.subjectId;
  return tx.em.findOne(Actor, { id, kind: 'USER' }, { lockMode: LockMode.PESSIMISTIC_WRITE });
}

export function linkExpired(): Expired {
  return new Expired('This link is not good any more. Ask for a new one.', { path });
}
