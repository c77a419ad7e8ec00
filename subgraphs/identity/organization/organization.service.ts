import DataLoader from 'dataloader';
import type { Context, Transaction } from '../../../platform/context/context.ts';
import { Actor, type OrganizationKind } from '../actor/actor.entity.ts';
import { organizations } from '../actor/actor.query.ts';
import { makeActor } from '../actor/actor.service.ts';
import { organizationCreated } from '../events.ts';
import { founderMembership } from '../membership/membership.service.ts';
import type { Membership } from '../membership/membership.entity.ts';

export async function organizationCreate(
  tx: Transaction,
  input: { displayName: string; kind: OrganizationKind },
): Promise<{ organization: Actor; membership: Membership }> {
  const organization = makeActor(tx, {
    kind: 'ORGANIZATION',
    displayName: input.displayName,
    organizationKind: input.kind,
  });
  tx.emit(organizationCreated, organization.id, { organizationId: organization.id, kind: input.kind });
  const membership = await founderMembership(tx, organization.id, tx.actorId);
  return { organization, membership };
}

/** Organizations shown right below one; more are a list. */
const childrenAtMost = 100;
/** Organizations below all those of one page; more than any page shows. */
const childrenOfPage = 10_000;

const childrenKey = Symbol('children of organizations');

/** The organizations right below one, by name: one statement for all that are asked for at once. */
export function childrenOf(context: Context, organizationId: string): Promise<Actor[]> {
  const load = async (ids: readonly string[]): Promise<Actor[][]> => {
    const where = organizations.where(context, {}, { ownerId: { $in: [...ids] } });
    const rows = where
      ? await context.em.find(Actor, where, { orderBy: { displayName: 'asc', id: 'asc' }, limit: childrenOfPage })
      : [];
    return ids.map((id) => rows.filter((row) => row.ownerId === id).slice(0, childrenAtMost));
  };
  return context.loader<Actor[]>(childrenKey, () => new DataLoader(load)).load(organizationId);
}
