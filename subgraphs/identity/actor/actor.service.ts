import { LockMode } from '@mikro-orm/core';
import type { Transaction } from '../../../platform/context/context.ts';
import type { PlatformRole } from '../../../platform/context/actor.ts';
import { Conflict } from '../../../platform/errors/errors.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { Actor, type OrganizationKind } from './actor.entity.ts';
import { nameWords } from './name-words.ts';

export interface NewActor {
  kind: Actor['kind'];
  displayName: string;
  email?: string | null;
  ownerId?: string | null;
  organizationKind?: OrganizationKind | null;
  platformRoles?: PlatformRole[];
}

const prefixes: Record<Actor['kind'], string> = { USER: 'usr', ORGANIZATION: 'org', AGENT: 'agt', SERVICE: 'svc' };

/** Makes an actor of any kind; who tells of it is the service of that kind. */
export function makeActor(tx: Transaction, values: NewActor): Actor {
  const now = tx.now();
  const displayName = values.displayName.trim();
  const actor = tx.em.create(Actor, {
    id: newId(prefixes[values.kind]),
    universeId: tx.universe,
    createdAt: now,
    updatedAt: now,
    kind: values.kind,
    displayName,
    words: nameWords(displayName),
    avatar: null,
    avatarMediaId: null,
    email: values.email ?? null,
    collidingEmail: null,
    ownerId: values.ownerId ?? null,
    organizationKind: values.organizationKind ?? null,
    assetCount: 0,
    ownedAssetCount: 0,
    platformRoles: values.platformRoles ?? [],
    rightsVersion: 1,
    version: 1,
    biography: null,
    links: [],
    locale: null,
    timeZone: null,
    // People are found by those they work with until they say otherwise; organizations want to be found.
    discoverable: values.kind === 'ORGANIZATION' ? 'EVERYONE' : 'MEMBERS',
    closedAt: null,
    closedBy: null,
    emailConfirmedAt: null,
  });
  tx.em.persist(actor);
  return actor;
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
