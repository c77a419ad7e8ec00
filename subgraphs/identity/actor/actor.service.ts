import { LockMode } from '@mikro-orm/core';
import type { Transaction } from '../../../platform/context/context.ts';
import { Conflict } from '../../../platform/errors/errors.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { createRow } from '../../../platform/nouns/row.ts';
import { Actor, type ActorKind, type OrganizationKind } from './actor.entity.ts';
import { nameWords } from './name-words.ts';

export interface NewActor {
  kind: ActorKind;
  displayName: string;
  email?: string;
  ownerId?: string;
  organizationKind?: OrganizationKind;
}

const prefixOf: Record<ActorKind, string> = { USER: 'usr', ORGANIZATION: 'org', AGENT: 'agt', SERVICE: 'svc' };

/** Creates an actor of any kind. The calling mutation emits the fact. */
export function makeActor(tx: Transaction, values: NewActor): Actor {
  return createRow(tx, Actor, newId(prefixOf[values.kind]), {
    ...values,
    words: nameWords(values.displayName),
    // By default people are found by members of their organizations, and organizations by everyone.
    discoverable: values.kind === 'ORGANIZATION' ? 'EVERYONE' : 'MEMBERS',
  });
}

/** Agents and services per owner: all of them are closed with the owner in one transaction. */
const belongingsAtMost = 1000;

/** Throws CONFLICT if the owner, whose row the caller has locked, may not have another agent or service. */
export async function roomForOne(tx: Transaction, ownerId: string): Promise<void> {
  const has = await tx.em.count(Actor, { ownerId, kind: { $in: ['AGENT', 'SERVICE'] }, closedAt: null });
  if (has >= belongingsAtMost) throw new Conflict(`One owner has at most ${belongingsAtMost} agents and services.`);
}

/** Increments the version of an actor's rights, which snapshots and open streams compare. */
export async function actorRightsChanged(tx: Transaction, actorId: string): Promise<void> {
  // Refreshed, because a version that was read before the lock may be stale.
  const locked = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true };
  const actor = await tx.em.findOne(Actor, { id: actorId }, locked);
  actor?.rightsChanged();
}
