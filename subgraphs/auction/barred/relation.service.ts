import type { OrganizationRole } from '../../../platform/context/actor.ts';
import type { Context, Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { prefixOf } from '../../../platform/ids/ids.ts';
import { createRow } from '../../../platform/nouns/row.ts';
import { FoundedOrganization, OrganizationMember, OwnedActor } from './relation.entity.ts';

export function organizationFounded(tx: Transaction, organizationId: string, founderId: string): void {
  createRow(tx, FoundedOrganization, organizationId, { founderId });
}

/** An organization whose founder has left no longer counts as the founder's own. */
export async function organizationLeft(tx: Transaction, organizationId: string, actorId: string): Promise<void> {
  await tx.em.nativeDelete(FoundedOrganization, { id: organizationId, founderId: actorId });
}

/** The founders who still belong to these organizations, in one statement. */
export async function foundersOf(tx: Transaction, organizationIds: string[]): Promise<Map<string, string>> {
  const found = await tx.em.find(FoundedOrganization, { id: { $in: organizationIds } });
  return new Map(found.map(({ id, founderId }) => [id, founderId]));
}

export async function actorOwned(tx: Transaction, id: string, ownerId: string): Promise<void> {
  if (!(await tx.em.findOne(OwnedActor, { id }))) createRow(tx, OwnedActor, id, { ownerId });
}

/** Whether an actor can have an owner. */
export function mayBeOwned(actorId: string): boolean {
  return ['agt', 'svc'].includes(prefixOf(actorId) ?? '');
}

/** The owners of these agents and services, in one statement. */
export async function ownersOf(tx: Transaction, actorIds: string[]): Promise<Map<string, string>> {
  const found = await tx.em.find(OwnedActor, { id: { $in: actorIds } });
  return new Map(found.map(({ id, ownerId }) => [id, ownerId]));
}

/** The values of a membership in a fact. */
interface ToldMembership {
  membershipId: string;
  organizationId: string;
  actorId: string;
  role: OrganizationRole;
}

/** Records a granted role; the first role starts the membership. */
export async function roleGranted(tx: Transaction, told: ToldMembership, at: Date): Promise<void> {
  const known = await tx.em.findOne(OrganizationMember, { id: told.membershipId });
  if (!known) return keep(tx, told, { since: at, leftAt: null });
  known.role = told.role;
  known.updatedAt = tx.now();
}

/** Records the end of a membership, which still matters for open lots. `since` is its start, if the fact has it. */
export async function memberLeft(tx: Transaction, told: ToldMembership, at: Date, since: Date | null): Promise<void> {
  const known = await tx.em.findOne(OrganizationMember, { id: told.membershipId });
  // Without a start it counts as an old membership, which bars.
  if (!known) return keep(tx, told, { since: since ?? new Date(0), leftAt: at });
  known.leftAt = at;
  known.updatedAt = tx.now();
}

function keep(
  tx: Transaction,
  { membershipId, organizationId, actorId, role }: ToldMembership,
  times: { since: Date; leftAt: Date | null },
): void {
  createRow(tx, OrganizationMember, membershipId, { organizationId, actorId, role, ...times });
}

/** Present and former memberships of these actors in these organizations, in one statement. */
export function membersAmong(
  tx: Transaction,
  organizationIds: string[],
  actorIds: string[],
): Promise<OrganizationMember[]> {
  return tx.em.find(OrganizationMember, { organizationId: { $in: organizationIds }, actorId: { $in: actorIds } });
}

/** Rows deleted by one statement. */
const forgottenAtOnce = 5000;

/** Deletes members who left before the opening of every open lot, in all universes: they are barred from none. */
export async function forgetFormerMembers(context: Context): Promise<void> {
  for (;;) {
    const gone = await sqlIn(
      context.em,
      `delete from auction.members where id = any (array(
         select id from auction.members where left_at < coalesce(
           (select min(coalesce(opening_at, opened_at)) from auction.auctions where status in ('OPENING', 'OPEN')),
           clock_timestamp() - interval '1 hour')
         order by left_at limit ${forgottenAtOnce})) returning 1`,
    );
    if (gone.length < forgottenAtOnce) return;
  }
}
