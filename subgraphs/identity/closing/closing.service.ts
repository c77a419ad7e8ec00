import type { Context, Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import type { Issue } from '../../../platform/errors/errors.ts';
import { lockActorsWhere } from '../actor/actor-locks.service.ts';
import { Actor } from '../actor/actor.entity.ts';
import type { CloseBlocker } from '../business/open-business.entity.ts';
import { blockersOf, businessIssues } from '../business/open-business.service.ts';
import { Membership } from '../membership/membership.entity.ts';

/** Memberships that one transaction ends; with more, some must be ended first. */
export const endedAtMost = 1000;

/** Child organizations that a refusal names; there may be more. */
const childrenNamed = 20;

/**
 * Locks everything that closing an account changes, or counts under a lock: the person, their agents and services, the organizations
 * that they own, and all operators if they are one. Additions need the lock on the person's row, so the second round, which holds it,
 * locks what was added while the first one waited.
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
 * Locks the actors whose rights change when an organization is closed: its members, agents and services; and the caller, because
 * passwords are set under that lock, so that the proof holds until the commit. Nobody joins meanwhile: the organization is locked.
 */
export async function lockClosingOf(tx: Transaction, organization: Actor): Promise<void> {
  await lockActorsWhere(
    tx,
    `a.id = $3 or (a.owner_id = $2 and a.kind in ('AGENT', 'SERVICE') and a.closed_at is null)
      or a.id in (select m.actor_id from identity.memberships m where m.organization_id = $2)`,
    [organization.id, tx.actorId],
  );
}

/** What keeps the viewer's account from being closed. */
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
 * An issue for each of these organizations without another owner. In a mutation the caller has locked the organizations, which is the
 * lock under which owners are counted.
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
    message: `${displayName} would be left without an owner. Make another member an owner first.`,
  }));
}

/** What keeps an organization from being closed. Assets on sale count as owned, so a closed owner never sells anything. */
export async function organizationIssues(tx: Transaction, organization: Actor): Promise<Issue[]> {
  const { id: ownerId, ownedAssetCount: count } = organization;
  const owns = `It owns ${count === 1 ? 'an asset' : `${count} assets`}. Transfer or archive ${count === 1 ? 'it' : 'them'} first.`;
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
      message: `${displayName} is a child organization of it. Move or close that one first.`,
    })),
  ];
}
