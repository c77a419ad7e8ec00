import type { Context, Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import type { Issue } from '../../../platform/errors/errors.ts';
import { lockActorsWhere } from '../actor/actor-locks.service.ts';
import { Actor } from '../actor/actor.entity.ts';
import type { CloseBlocker } from '../business/open-business.entity.ts';
import { blockersOf, businessIssues } from '../business/open-business.service.ts';
import { Membership } from '../membership/membership.entity.ts';

/** Memberships that one transaction ends; who has more ends some first. */
export const endedAtMost = 1000;

/** Organizations below one that a refusal names; there may be more. */
const childrenNamed = 20;

/**
 * Locks all that the closing of an account changes or counts under a lock: the person, their agents and services, the organizations that
 * they own, and all operators if they are one. Nothing is added to these without the lock on the person's row, so the second time,
 * which holds it, takes what was added while the first time waited for it.
 */
export async function lockClosing(tx: Transaction): Promise<void> {
  for (let n = 0; n < 2; n++)
    await lockActorsWhere(
      tx,
      `a.closed_at is null and (
        a.id = $2
        or (a.owner_id = $2 and a.kind in ('AGENT', 'SERVICE'))
        or a.id in (select m.organization_id from identity.memberships m where m.actor_id = $2 and m.role = 'OWNER')
        or ('OPERATOR' = any(a.platform_roles) and exists (
          select 1 from identity.actors me where me.id = $2 and 'OPERATOR' = any(me.platform_roles)
        ))
      )`,
      [tx.actorId],
    );
}

/**
 * Locks whose rights change with the end of an organization: its members, agents and services. Also the person who asks, under whose
 * lock passwords are set, so that the proof holds until the commit. Nobody joins meanwhile, since the organization is locked.
 */
export async function lockClosingOf(tx: Transaction, organization: Actor): Promise<void> {
  await lockActorsWhere(
    tx,
    `a.id = $3 or (a.owner_id = $2 and a.kind in ('AGENT', 'SERVICE') and a.closed_at is null)
      or a.id in (select m.actor_id from identity.memberships m where m.organization_id = $2)`,
    [organization.id, tx.actorId],
  );
}

/** What keeps the viewer's account from being closed now; others rely on it. */
export async function closeBlockers(context: Context): Promise<CloseBlocker[]> {
  const { actorId } = context;
  const held = await context.em.find(Membership, { actorId, role: 'OWNER' }, { limit: endedAtMost });
  const orphans = await ownersIssues(context, held);
  return [
    ...(await blockersOf(context, actorId)),
    ...orphans.map(({ code, path: [, subjectId = ''], message }) => ({ code, subjectId, message })),
  ];
}

/**
 * An issue for each of these organizations of which nobody else is an owner. The rows of organizations, which are locked, are the lock
 * under which owners are counted.
 */
export async function ownersIssues(context: Context, held: readonly Membership[]): Promise<Issue[]> {
  const owned = held.filter(({ role }) => role === 'OWNER').map(({ organizationId }) => organizationId);
  if (owned.length === 0) return [];
  const others = await sqlIn<{ organization_id: string }>(
    context.em,
    `select distinct organization_id from identity.memberships
    where organization_id = any($1) and role = 'OWNER' and actor_id <> $2`,
    [owned, context.actorId],
  );
  const kept = new Set(others.map((row) => row.organization_id));
  const orphaned = owned.filter((id) => !kept.has(id));
  const orphans =
    orphaned.length && (await context.em.find(Actor, { id: { $in: orphaned } }, { orderBy: { id: 'asc' } }));
  return (orphans || []).map(({ id, displayName }) => ({
    path: ['organizations', id],
    code: 'last_owner',
    message: `${displayName} would be left without an owner. Make somebody else owner first.`,
  }));
}

/** What keeps an organization from being closed. What is on sale is owned as well, so that nothing is sold by an owner who is gone. */
export async function organizationIssues(tx: Transaction, organization: Actor): Promise<Issue[]> {
  const { id: ownerId, ownedAssetCount: count } = organization;
  const owns = `It owns ${count === 1 ? 'an asset' : `${count} assets`}. Transfer or archive what it owns.`;
  const below = await tx.em.find(
    Actor,
    { ownerId, kind: 'ORGANIZATION', closedAt: null },
    { orderBy: { displayName: 'asc', id: 'asc' }, limit: childrenNamed },
  );
  return [
    ...(count > 0 ? [{ path: ['assets'], code: 'owns_assets', message: owns }] : []),
    ...(await businessIssues(tx, ownerId)),
    ...below.map(({ id, displayName }) => ({
      path: ['organizations', id],
      code: 'organization_below',
      message: `${displayName} stands under it. Move or close that first.`,
    })),
  ];
}
