import type { Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { Conflict } from '../../../platform/errors/errors.ts';
import { invitationSent } from '../events.ts';
import { linkLifetimes } from '../link/one-time-link.entity.ts';
import { Membership, type OrganizationRole } from '../membership/membership.entity.ts';
import { Invitation, isUnanswered, openAtMost } from './invitation.entity.ts';
import { invitations } from './invitation.noun.ts';

/** The expiry of an invitation that is sent at this time. */
export function expiryOf(sentAt: Date): Date {
  return new Date(sentAt.getTime() + linkLifetimes.INVITATION);
}

export function newInvitation(
  tx: Transaction,
  values: { organizationId: string; role: OrganizationRole; email?: string; actorId?: string },
): Invitation {
  const createdAt = tx.now();
  return invitations.create(tx, { ...values, createdAt, invitedBy: tx.actorId, expiresAt: expiryOf(createdAt) });
}

export function tellSent(tx: Transaction, invitation: Invitation, accountMailId: string | null): void {
  const { id, organizationId, role, invitedBy } = invitation;
  tx.emit(invitationSent, id, { invitationId: id, organizationId, role, invitedBy, accountMailId });
}

/** An invitation in an operator's list. */
export interface Invited {
  organizationId: string;
  actorId: string;
  role: OrganizationRole;
}

/** The key in the map that `invitationsSend` returns. */
export function invitedKey({ organizationId, actorId }: { organizationId: string; actorId?: string | null }): string {
  return `${organizationId} ${actorId}`;
}

/**
 * Invites many people by id; skips members and people who are already invited. The caller has checked the permission and locked the
 * organizations. The number of statements is constant.
 */
export async function invitationsSend(tx: Transaction, invited: readonly Invited[]): Promise<Map<string, Invitation>> {
  const sent = new Map<string, Invitation>();
  if (invited.length === 0) return sent;
  const of = {
    organizationId: { $in: [...new Set(invited.map(({ organizationId }) => organizationId))] },
    actorId: { $in: [...new Set(invited.map(({ actorId }) => actorId))] },
  };
  const known = [...(await tx.em.find(Membership, of)), ...(await tx.em.find(Invitation, { ...of, ...isUnanswered }))];
  const passed = new Set(known.map(invitedKey));
  const fresh = invited.filter((each) => !passed.has(invitedKey(each)));
  await checkRoom(tx, fresh);
  for (const each of fresh) {
    const invitation = newInvitation(tx, each);
    tellSent(tx, invitation, null);
    sent.set(invitedKey(each), invitation);
  }
  return sent;
}

/** Throws CONFLICT if these would exceed the unanswered invitations of an organization, whose row the caller has locked. */
async function checkRoom(tx: Transaction, fresh: readonly Invited[]): Promise<void> {
  if (fresh.length === 0) return;
  const rows = await sqlIn<{ id: string; open: number }>(
    tx.em,
    `select organization_id as id, count(*)::int as open from identity.invitations
    where organization_id = any($1) and accepted_at is null and revoked_at is null and declined_at is null group by 1`,
    [[...new Set(fresh.map(({ organizationId }) => organizationId))]],
  );
  const open = new Map(rows.map((row) => [row.id, row.open]));
  for (const { organizationId } of fresh) open.set(organizationId, (open.get(organizationId) ?? 0) + 1);
  for (const [id, count] of open)
    if (count > openAtMost)
      throw new Conflict(
        `lines: ${id} would have ${count} open or expired invitations; at most ${openAtMost} are possible.`,
        { path: ['input', 'lines'] },
      );
}
