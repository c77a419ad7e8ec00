import { newId } from '../../../platform/ids/ids.ts';
import type { Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { createRow } from '../../../platform/nouns/row.ts';
import { newToken, tokenHash } from '../../../platform/secrets/token.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { sessionSignedIn } from '../events.ts';
import { signAccessToken, type AccessToken, type SigningPair } from '../signing/signing.service.ts';
import { RefreshToken, Session } from './session.entity.ts';
import { sessions } from './session.noun.ts';
import type { TokenPair } from './session-tokens.ts';

/** Lifetime of a refresh token in milliseconds: after a longer absence a new sign-in is needed. */
const refreshLifetime = 30 * 24 * 3600 * 1000;
/** Lifetime of a session in milliseconds, after which the password is needed again. */
const sessionLifetime = 90 * 24 * 3600 * 1000;

/** Opens a session for an actor and emits the fact. */
export function sessionStart(tx: Transaction, actor: Actor, key: SigningPair): Promise<TokenPair> {
  const session = newSession(tx, actor.id, null, sessionLifetime);
  tx.emit(sessionSignedIn, actor.id, { sessionId: session.id, actorId: actor.id });
  return newTokens(tx, session, actor, key);
}

export function newSession(tx: Transaction, actorId: string, delegateId: string | null, lifetime: number): Session {
  const now = tx.now();
  const { ip, userAgent } = tx.info.client;
  return sessions.create(tx, {
    actorId,
    delegateId,
    ip,
    userAgent: userAgent?.slice(0, 400) ?? null,
    usedAt: now,
    expiresAt: new Date(now.getTime() + lifetime),
  });
}

/** New tokens of a session; the refresh token is stored as a hash. */
export function newTokens(tx: Transaction, session: Session, actor: Actor, key: SigningPair): Promise<TokenPair> {
  const refreshToken = newToken('ert');
  createRow(tx, RefreshToken, newId('rft'), {
    sessionId: session.id,
    hash: tokenHash(refreshToken),
    expiresAt: new Date(Math.min(tx.now().getTime() + refreshLifetime, session.expiresAt.getTime())),
  });
  return tokensWith(tx, refreshToken, session, actor, key);
}

export async function tokensWith(
  tx: Transaction,
  refreshToken: string,
  session: Session,
  actor: Actor,
  key: SigningPair,
): Promise<TokenPair> {
  return { ...(await accessTokenOf(tx, session, actor, key)), refreshToken, session, viewer: actor };
}

export function accessTokenOf(tx: Transaction, session: Session, actor: Actor, key: SigningPair): Promise<AccessToken> {
  const claims = {
    actorId: actor.id,
    kind: actor.kind,
    sessionId: session.id,
    universe: tx.universe,
    delegateId: session.delegateId ?? null,
  };
  return signAccessToken(key, claims, tx.now());
}

/** Ends all sessions of an actor, including those of operators on its behalf, and their refresh tokens. Returns their number. */
export function sessionsRevoke(tx: Transaction, actorId: string): Promise<number> {
  const now = tx.now();
  return tx.em.nativeUpdate(Session, { actorId, revokedAt: null }, { revokedAt: now, updatedAt: now });
}

/** Ends all sessions of the viewer except the present one; returns their ids. */
export async function otherSessionsRevoke(tx: Transaction): Promise<string[]> {
  const ended = await sqlIn<{ id: string }>(
    tx.em,
    `update identity.sessions set revoked_at = $3, updated_at = $3
    where actor_id = $1 and universe_id = $4 and id is distinct from $2 and revoked_at is null and expires_at > $3
    returning id`,
    [tx.actorId, tx.actor.sessionId, tx.now(), tx.universe],
  );
  return ended.map(({ id }) => id);
}
