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

/** Makes an actor of any kind; who tells of it is the mutation of that kind. */
export function makeActor(tx: Transaction, values: NewActor): Actor {
  return createRow(tx, Actor, newId(prefixOf[values.kind]), {
    ...values,
    words: nameWords(values.displayName),
    // People are found by those they work with until they say otherwise; organizations want to be found.
    discoverable: values.kind === 'ORGANIZATION' ? 'EVERYONE' : 'MEMBERS',
  });
}

/** Agents and services of one owner: they end with it in one transaction. */
const belongingsAtMost = 1000;

/** Whether an owner, whose row the caller has locked, may have one more agent or service; CONFLICT else. */
export async function roomForOne(tx: Transaction, ownerId: string): Promise<void> {
  const has = await tx.em.count(Actor, { ownerId, kind: { $in: ['AGENT', 'SERVICE'] }, closedAt: null });
  if (has >= belongingsAtMost) throw new Conflict(`One owner has at most ${belongingsAtMost} agents and services.`);
}

/** Notes that rights of an actor changed; snapshots and open streams compare the version. */
export async function actorRightsChanged(tx: Transaction, actorId: string): Promise<void> {
  // Read anew: a version that was read before the lock may be another's by now.
  const locked = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true };
  const actor = await tx.em.findOne(Actor, { id: actorId }, locked);
  actor?.rightsChanged();
}
