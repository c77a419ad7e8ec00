import type { Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { Forbidden } from '../../../platform/errors/errors.ts';
import { sessionOthersRevoked, sessionRevoked } from '../events.ts';
import type { Session } from './session.entity.ts';
import { sessions } from './session.query.ts';

export interface Revocation {
  revokedCount: number;
  session: Session | null;
}

/** Ends one session of the viewer's own; one that has ended already stays as it is. */
export async function sessionRevoke(tx: Transaction, sessionId: string): Promise<Revocation> {
  const session = tx.found(await sessions.lock(tx, sessionId), ['input', 'sessionId']);
  if (!session.isLive(tx.now())) return { revokedCount: 0, session };
  session.revoke(tx.now());
  const { id, actorId } = session;
  tx.emit(sessionRevoked, actorId, { sessionId: id, actorId, reason: 'REVOKED' });
  return { revokedCount: 1, session };
}

/** Ends all sessions in the viewer's name but the one that asks, those of operators who act on their behalf included. */
export async function sessionRevokeOthers(tx: Transaction): Promise<Revocation> {
  if (tx.actor.delegate !== null)
    throw new Forbidden('Whoever acts on behalf of somebody ends the session in which they do it, and no other.');
  const count = await otherSessionsRevoke(tx);
  const actorId = tx.actorId;
  if (count > 0)
    tx.emit(sessionOthersRevoked, actorId, {
      actorId,
      keptSessionId: tx.actor.sessionId,
      count,
    });
  return { revokedCount: count, session: null };
}

/** Ends all sessions in the viewer's name but the one that asks; answers how many. */
export async function otherSessionsRevoke(tx: Transaction): Promise<number> {
  const now = tx.now();
  const ended = await sqlIn(
    tx.em,
    `update identity.sessions set revoked_at = $3, updated_at = $3
    where actor_id = $1 and universe_id = $4 and id is distinct from $2 and revoked_at is null and expires_at > $3
    returning 1`,
    [tx.actorId, tx.actor.sessionId, now, tx.universe],
  );
  return ended.length;
}
