import type { Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { Forbidden } from '../../../platform/errors/errors.ts';
import { sessionOthersRevoked, sessionRevoked } from '../events.ts';
import { Session } from './session.entity.ts';
import { sessions } from './session.query.ts';

/** Ended sessions that a payload shows; nobody is signed in at so many places. */
export const shownAtMost = 100;

export interface Revocation {
  revokedCount: number;
  sessions: Session[];
}

/** Ends one session of the viewer's own; one that has ended already stays as it is. */
export async function sessionRevoke(tx: Transaction, sessionId: string): Promise<Revocation> {
  const session = tx.found(await sessions.lock(tx, sessionId), ['input', 'sessionId']);
  if (!session.isLive(tx.now())) return { revokedCount: 0, sessions: [session] };
  session.revoke(tx.now());
  const { id, actorId } = session;
  tx.emit(sessionRevoked, actorId, { sessionId: id, actorId, reason: 'REVOKED' });
  return { revokedCount: 1, sessions: [session] };
}

/** Ends all sessions in the viewer's name but the one that asks, those of operators who act on their behalf included. */
export async function sessionRevokeOthers(tx: Transaction): Promise<Revocation> {
  if (tx.actor.delegate !== null)
    throw new Forbidden('Whoever acts on behalf of somebody ends the session in which they do it, and no other.');
  const ended = await otherSessionsRevoke(tx);
  const count = ended.length;
  const actorId = tx.actorId;
  if (count > 0)
    tx.emit(sessionOthersRevoked, actorId, {
      actorId,
      keptSessionId: tx.actor.sessionId,
      count,
    });
  const last = { usedAt: 'desc', id: 'desc' } as const;
  const shown =
    count === 0 ? [] : await tx.em.find(Session, { id: { $in: ended } }, { orderBy: last, limit: shownAtMost });
  return { revokedCount: count, sessions: shown };
}

/** Ends all sessions in the viewer's name but the one that asks; answers their ids. */
export async function otherSessionsRevoke(tx: Transaction): Promise<string[]> {
  const now = tx.now();
  const ended = await sqlIn<{ id: string }>(
    tx.em,
    `update identity.sessions set revoked_at = $3, updated_at = $3
    where actor_id = $1 and universe_id = $4 and id is distinct from $2 and revoked_at is null and expires_at > $3
    returning id`,
    [tx.actorId, tx.actor.sessionId, now, tx.universe],
  );
  return ended.map(({ id }) => id);
}
