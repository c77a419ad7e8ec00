import type { OrganizationRole } from '../../../platform/context/actor.ts';
import type { Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { lockOrder } from '../actor/actor-locks.service.ts';
import { closedName, type Actor } from '../actor/actor.entity.ts';
import { nameWords } from '../actor/name-words.ts';
import { actorClosed, invitationRevoked, membershipRemoved } from '../events.ts';

/**
 * Closes the agents and services of an actor that is being closed; ends the memberships, sessions and keys of all of them; erases
 * passwords, addresses, links, mails and invitations. Emits a fact for each membership, agent and service. The caller has locked all
 * these actors. The number of statements is constant.
 */
export async function eraseBelongings(tx: Transaction, actor: Actor): Promise<void> {
  const now = tx.now();
  const owned = await closeOwned(tx, actor, now);
  const ids = [actor.id, ...owned];
  await endMemberships(tx, ids, now);
  const invitations = await eraseInvitations(tx, actor, ids);
  const subjects = [...ids, ...invitations];
  const statements: [string, unknown[]][] = [
    [
      `delete from identity.refresh_tokens where session_id in (select s.id from identity.sessions s where s.actor_id = any($1))`,
      [ids],
    ],
    [
      `update identity.sessions set revoked_at = coalesce(revoked_at, $2), ip = null, user_agent = null, updated_at = $2
      where actor_id = any($1) or delegate_id = any($1)`,
      [ids, now],
    ],
    [
      `update identity.actor_keys set revoked_at = $2, updated_at = $2 where actor_id = any($1) and revoked_at is null`,
      [ids, now],
    ],
    [`delete from identity.ended_memberships where organization_id = any($1) or actor_id = any($1)`, [ids]],
    [`delete from identity.credentials where id = $1`, [actor.id]],
    [`delete from identity.postal_addresses where owner_id = any($1)`, [ids]],
    [`delete from identity.uploaded_images where uploaded_by = any($1)`, [ids]],
    [
      `delete from identity.one_time_links where subject_id = any($1) or (universe_id = $2 and address = $3)`,
      [subjects, tx.universe, actor.email ?? null],
    ],
    [
      `delete from identity.account_mails where subject_id = any($1) or (universe_id = $2 and recipient = $3)`,
      [subjects, tx.universe, actor.email ?? null],
    ],
  ];
  for (const [sql, params] of statements) await sqlIn(tx.em, sql, params);
}

/** Closes the agents and services of an actor. Those of a person lose their names, which may identify the person. */
async function closeOwned(tx: Transaction, { id, kind }: Actor, now: Date): Promise<string[]> {
  const closed = await sqlIn<{ id: string; kind: 'AGENT' | 'SERVICE' }>(
    tx.em,
    `update identity.actors set closed_at = $2, closed_by = $5, updated_at = $2, version = version + 1, rights_version = rights_version + 1,
      display_name = coalesce($3, display_name), words = coalesce($4::tsvector, words), avatar = null, avatar_media_id = null, biography = null, links = '[]',
      locale = null, time_zone = null, discoverable = 'NOBODY', platform_roles = '{}'
    where owner_id = $1 and kind in ('AGENT', 'SERVICE') and closed_at is null
    returning id, kind`,
    [id, now, ...(kind === 'USER' ? [closedName, nameWords(closedName)] : [null, null]), tx.actorId],
  );
  for (const each of closed) tx.emit(actorClosed, each.id, { actorId: each.id, kind: each.kind, ownerId: id });
  return closed.map((each) => each.id);
}

interface Ended {
  id: string;
  organization_id: string;
  actor_id: string;
  role: OrganizationRole;
}

/** Ends the memberships in these actors and of these actors. */
async function endMemberships(tx: Transaction, ids: readonly string[], now: Date): Promise<void> {
  const ended = await sqlIn<Ended>(
    tx.em,
    `delete from identity.memberships where organization_id = any($1) or actor_id = any($1)
    returning id, organization_id, actor_id, role`,
    [ids],
  );
  await sqlIn(
    tx.em,
    `update identity.actors set rights_version = rights_version + 1, updated_at = $2 where id in (
      select id from identity.actors where id = any($1) order by ${lockOrder} for update
    )`,
    [ended.map((each) => each.actor_id).filter((id) => !ids.includes(id)), now],
  );
  for (const { id, organization_id: organizationId, actor_id: actorId, role } of ended)
    tx.emit(membershipRemoved, actorId, { membershipId: id, organizationId, actorId, role });
}

/** Erases invitations to an organization and those sent to or accepted by these actors: they contain addresses of people. */
async function eraseInvitations(tx: Transaction, actor: Actor, ids: readonly string[]): Promise<string[]> {
  const gone = await sqlIn<{ id: string; organization_id: string; role: OrganizationRole; open: boolean }>(
    tx.em,
    `delete from identity.invitations where id in (
      select id from identity.invitations
      where organization_id = $1 or accepted_by = any($2) or actor_id = any($2) or (universe_id = $3 and email = $4)
      order by id for update
    )
    returning id, organization_id, role, accepted_at is null and revoked_at is null and declined_at is null as open`,
    [actor.id, ids, tx.universe, actor.email ?? null],
  );
  for (const { id, organization_id: organizationId, role, open } of gone)
    if (open) tx.emit(invitationRevoked, id, { invitationId: id, organizationId, role });
  return gone.map(({ id }) => id);
}
