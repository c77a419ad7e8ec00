import { LockMode } from '@mikro-orm/core';
import DataLoader from 'dataloader';
import type { Context, Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { Conflict } from '../../../platform/errors/errors.ts';
import { firstOfEach } from '../../../platform/nouns/parents.ts';
import { Actor, type OrganizationKind } from '../actor/actor.entity.ts';
import { organizations } from '../actor/actor.query.ts';
import { makeActor } from '../actor/actor.service.ts';
import { allowanceUse } from '../allowance/allowance.service.ts';
import { organizationCreated } from '../events.ts';
import { checkOwnHand, founderMembership } from '../membership/membership.service.ts';
import { Membership } from '../membership/membership.entity.ts';

/** Organizations that one account founds: enough to try things out, too few to crowd the directory. */
const perFounder = { atMost: 10, seconds: 24 * 3600 };
/** Organizations of which a founder is an owner; a group of companies has fewer. */
const ownedAtMost = 50;

export async function organizationCreate(
  tx: Transaction,
  input: { displayName: string; organizationKind: OrganizationKind },
): Promise<{ organization: Actor; membership: Membership }> {
  checkOwnHand(tx);
  // Locked, so that two foundings at once are counted one after the other.
  const founder = tx.found(
    await tx.em.findOne(Actor, { id: tx.actorId, closedAt: null }, { lockMode: LockMode.PESSIMISTIC_WRITE }),
  );
  await allowanceUse(tx, [{ purpose: 'organization.account', of: founder.id, ...perFounder }]);
  if ((await tx.em.count(Membership, { actorId: founder.id, role: 'OWNER' })) >= ownedAtMost)
    throw new Conflict(`Nobody founds an organization who owns ${ownedAtMost}. Close or leave one of them first.`);
  const organization = makeActor(tx, {
    kind: 'ORGANIZATION',
    displayName: input.displayName,
    organizationKind: input.organizationKind,
  });
  tx.emit(organizationCreated, organization.id, { organizationId: organization.id, kind: input.organizationKind });
  const membership = await founderMembership(tx, organization.id, founder);
  return { organization, membership };
}

/**
 * Moves of organizations, and the closing of one, wait for one another until they are committed: two at once, each lawful alone,
 * could close a circle, or leave one below what is closed.
 */
export async function lockTree(tx: Transaction): Promise<void> {
  await sqlIn(tx.em, `select pg_advisory_xact_lock(hashtextextended('identity.actor.parent ' || $1, 0))`, [
    tx.universe,
  ]);
}

/** Organizations shown right below one; more are a list. */
const childrenAtMost = 100;

const childrenKey = Symbol('children of organizations');

/** The organizations right below one, by name: two statements for all that are asked for at once. */
export function childrenOf(context: Context, organizationId: string): Promise<Actor[]> {
  const load = async (ids: readonly string[]): Promise<Actor[][]> => {
    const where = organizations.where(context, {}, { ownerId: { $in: [...ids] } });
    const of = { parent: 'owner_id', order: 'e.display_name, e.id', limit: childrenAtMost };
    const first = where ? await firstOfEach(context, Actor, { where, ...of }) : [];
    const rows = await context.em.find(Actor, { id: { $in: first.map(({ id }) => id) } }, { orderBy: byName });
    return ids.map((id) => rows.filter((row) => row.ownerId === id));
  };
  return context.loader<Actor[]>(childrenKey, () => new DataLoader(load, { maxBatchSize: 100 })).load(organizationId);
}

const byName = { displayName: 'asc', id: 'asc' } as const;
