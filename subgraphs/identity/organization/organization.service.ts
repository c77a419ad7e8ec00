import type { Transaction } from '../../../platform/context/context.ts';
import type { Actor, OrganizationKind } from '../actor/actor.entity.ts';
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
  tx.emit(organizationCreated, organization.id, {
    organizationId: organization.id,
    displayName: organization.displayName,
    kind: input.kind,
  });
  const membership = await founderMembership(tx, organization.id, tx.actorId);
  return { organization, membership };
}
