import { LockMode } from '@mikro-orm/core';
import type { Transaction } from '../../../platform/context/context.ts';
import { createRow } from '../../../platform/nouns/row.ts';
import { accountLinkPurposes } from '../link/one-time-link.entity.ts';
import { linksVoid } from '../link/one-time-link.service.ts';
import { accountMailsDrop } from '../mail/account-mail.service.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { Credential } from './credential.entity.ts';

/**
 * Sets the password of a user whose row the caller has locked. Voids earlier links and pending changes: their requester may have known
 * the old password.
 */
export async function passwordSet(tx: Transaction, user: Actor, hash: string): Promise<void> {
  await accountMailsDrop(tx, user, accountLinkPurposes);
  await linksVoid(tx, accountLinkPurposes, user.id, user.email ?? null);
  const known = await tx.em.findOne(Credential, { id: user.id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (known) Object.assign(known, { passwordHash: hash, updatedAt: tx.now() });
  else credentialMake(tx, user, hash);
}

/** Stores the first password of a user. */
export function credentialMake(tx: Transaction, user: Actor, hash: string): void {
  createRow(tx, Credential, user.id, { passwordHash: hash });
}
