import { createHmac } from 'node:crypto';
import { LockMode } from '@mikro-orm/core';
import type { Context, Transaction } from '../../../platform/context/context.ts';
import { Expired, Forbidden, Invalid, Unauthenticated } from '../../../platform/errors/errors.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { seal, unseal } from '../../../platform/secrets/seal.ts';
import { newToken, tokenHash } from '../../../platform/secrets/token.ts';
import { Actor } from '../actor/actor.entity.ts';
import {
  sessionDelegated,
  sessionRevoked,
  sessionSignedIn,
  sessionSignedOut,
  sessionSignInRefused,
} from '../events.ts';
import { signAccessToken, type AccessToken, type SigningPair } from '../signing/signing.service.ts';
import { throttleRight, throttleWrong } from '../throttle/throttle.service.ts';
import { Credential } from '../user/credential.entity.ts';
import { passwordCompare, passwordStands, type PasswordProof } from '../user/password-proof.service.ts';
import { normalEmail } from '../../../platform/scalars/email.ts';
import { RefreshToken, Session } from './session.entity.ts';

/** A refresh token is good this long, in milliseconds: whoever stays away longer signs in again. */
const refreshLifetime = 30 * 24 * 3600 * 1000;
/** No session goes on longer than this without a password, in milliseconds. */
const sessionLifetime = 90 * 24 * 3600 * 1000;
/**
 * Milliseconds within which a used refresh token is answered once more: two tabs that ask at once, or an answer that got lost.
 * Half a minute covers a retry; a token of ten minutes needs no more.
 */
const reuseGrace = 30_000;
/** Acting on behalf ends after this, in milliseconds, and cannot be refreshed. */
const delegationLifetime = 3600 * 1000;

export interface TokenPair extends AccessToken {
  session: Session;
  refreshToken: string;
  viewer: Actor;
}

/** Opens a session for an actor and tells of it. */
export async function sessionStart(tx: Transaction, actor: Actor, key: SigningPair): Promise<TokenPair> {
  const session = newSession(tx, actor.id, null, sessionLifetime);
  tx.emit(sessionSignedIn, actor.id, { sessionId: session.id, actorId: actor.id });
  return tokens(tx, session, actor, key);
}

function newSession(tx: Transaction, actorId: string, delegateId: string | null, lifetime: number): Session {
  const now = tx.now();
  const { ip, userAgent } = tx.info.client;
  const session = tx.em.create(Session, {
    id: newId('ses'),
    universeId: tx.universe,
    createdAt: now,
    updatedAt: now,
    actorId,
    delegateId,
    ip,
    userAgent: userAgent?.slice(0, 400) ?? null,
    usedAt: now,
    expiresAt: new Date(now.getTime() + lifetime),
    revokedAt: null,
  });
  tx.em.persist(session);
  return session;
}

async function tokens(tx: Transaction, session: Session, actor: Actor, key: SigningPair): Promise<TokenPair> {
  const refreshToken = newToken('ert');
  refreshTokenKeep(tx, session, refreshToken);
  return {
    ...(await accessTokenOf(tx, session, actor, key)),
    refreshToken,
    session,
    viewer: actor,
  };
}

function refreshTokenKeep(tx: Transaction, session: Session, refreshToken: string): void {
  const now = tx.now();
  const expiresAt = new Date(Math.min(now.getTime() + refreshLifetime, session.expiresAt.getTime()));
  tx.em.persist(
    tx.em.create(RefreshToken, {
      id: newId('rft'),
      universeId: tx.universe,
      createdAt: now,
      updatedAt: now,
      sessionId: session.id,
      hash: tokenHash(refreshToken),
      usedAt: null,
      sealedSuccessor: null,
      expiresAt,
    }),
  );
}

function accessTokenOf(tx: Transaction, session: Session, actor: Actor, key: SigningPair): Promise<AccessToken> {
  const claims = {
    actorId: actor.id,
    kind: actor.kind,
    sessionId: session.id,
    universe: tx.universe,
  };
  return signAccessToken(key, claims, tx.now());
}

/** What `prepare` learned of a sign-in: whose it would be, and whether the password was right. */
export interface SignInAttempt {
  userId: string | null;
  proof: PasswordProof;
}

export async function signInAttempt(
  context: Context,
  input: { email: string; password: string },
): Promise<SignInAttempt> {
  const email = normalEmail(input.email);
  let userId: string | null = null;
  const find = async (): Promise<string | null> => {
    const user = await context.em.findOne(Actor, { email, kind: 'USER' });
    return (userId = user?.id ?? null);
  };
  const proof = await passwordCompare(context, { account: email, userId: find }, input.password);
  return { userId, proof };
}

const wrong = (): Unauthenticated =>
  new Unauthenticated('The e-mail address or the password is wrong.', { path: ['input'] });

export async function sessionSignIn(tx: Transaction, attempt: SignInAttempt, key: SigningPair): Promise<TokenPair> {
  const { userId, proof } = attempt;
  // Sign-ins share the row; whoever sets a password or closes the account has it alone, and no session is begun behind their back.
  const user =
    userId === null
      ? null
      : await tx.em.findOne(Actor, { id: userId, closedAt: null }, { lockMode: LockMode.PESSIMISTIC_READ });
  if (!user || !(await passwordStands(tx, user.id, proof))) {
    const failures = await throttleWrong(tx, proof.throttle);
    if (user) tx.emit(sessionSignInRefused, user.id, { actorId: user.id, failures });
    tx.refuse(wrong(), { keep: true });
  }
  await throttleRight(tx, proof.throttle);
  // The same password in another form is no new one: nothing that depends on when it was set changes.
  if (proof.renewed !== null) await tx.em.nativeUpdate(Credential, { id: user.id }, { passwordHash: proof.renewed });
  return sessionStart(tx, user, key);
}

/**
 * Trades a refresh token for the next. One that was used before is a sign of theft: its whole family ends, and that is kept
 * although the call is refused (RFC 9700, section 4.14.2).
 *
 * Within `reuseGrace` a used token is answered with the same successor once more, as Auth0 and Okta do. That is safe because the
 * chain does not fork: thief and owner would have one and the same next token, so the first of them to use it leaves the other
 * with a used one, and that ends the session. The successor is sealed with the token itself, of which the database has a hash.
 */
export async function sessionRefresh(tx: Transaction, refreshToken: string, key: SigningPair): Promise<TokenPair> {
  const known = await tx.em.findOne(
    RefreshToken,
    { hash: tokenHash(refreshToken) },
    { lockMode: LockMode.PESSIMISTIC_WRITE },
  );
  const session =
    known && (await tx.em.findOne(Session, { id: known.sessionId }, { lockMode: LockMode.PESSIMISTIC_WRITE }));
  const actor = session && (await tx.em.findOne(Actor, { id: session.actorId }));
  if (!known || !session || !actor) throw new Unauthenticated('This refresh token is not known. Sign in again.');
  const now = tx.now();
  if (!session.isLive(now) || known.expiresAt <= now) throw new Expired('The session has ended. Sign in again.');
  const sealingKey = successorKey(refreshToken);
  if (known.usedAt) {
    if (known.sealedSuccessor && now.getTime() - known.usedAt.getTime() < reuseGrace) {
      const successor = unseal(known.sealedSuccessor, sealingKey, known.id);
      const next = await tx.em.findOne(RefreshToken, {
        hash: tokenHash(successor),
      });
      if (next?.usedAt === null)
        return {
          ...(await accessTokenOf(tx, session, actor, key)),
          refreshToken: successor,
          session,
          viewer: actor,
        };
      // Another tab is a step ahead. Nothing is given out, and nobody loses the session for it.
      throw new Unauthenticated('This refresh token was followed by others already. Use the newest one.');
    }
    session.revoke(now);
    tx.emit(sessionRevoked, actor.id, { sessionId: session.id, actorId: actor.id, reason: 'REFRESH_TOKEN_REUSED' });
    tx.refuse(new Unauthenticated('This refresh token was used before, so the session was ended. Sign in again.'), {
      keep: true,
    });
  }
  const next = await tokens(tx, session, actor, key);
  known.usedAt = now;
  known.sealedSuccessor = seal(next.refreshToken, sealingKey, known.id);
  session.usedAt = now;
  return next;
}

/** 32 bytes that only whoever has the token can make; what the database keeps of it is another digest. */
function successorKey(refreshToken: string): Uint8Array {
  return createHmac('sha256', refreshToken).update('the token that follows').digest();
}

/** Ends the session that asks. A key has none. */
export async function sessionSignOut(tx: Transaction): Promise<{ signedOut: boolean; session: Session | null }> {
  const id = tx.actor.sessionId;
  const session = id === null ? null : await tx.em.findOne(Session, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (!session?.isLive(tx.now())) return { signedOut: false, session };
  session.revoke(tx.now());
  tx.emit(sessionSignedOut, session.actorId, { sessionId: session.id, actorId: session.actorId });
  return { signedOut: true, session };
}

export async function sessionActOnBehalf(
  tx: Transaction,
  input: { actorId: string; reason: string },
  key: SigningPair,
): Promise<AccessToken & { session: Session; actor: Actor }> {
  // Shared like that of a sign-in, so that no session is begun behind the back of whoever closes the account.
  const shared = { lockMode: LockMode.PESSIMISTIC_READ };
  const actor = tx.found(await tx.em.findOne(Actor, { id: input.actorId, closedAt: null }, shared), [
    'input',
    'actorId',
  ]);
  tx.must('identity.session.actOnBehalf', null);
  if (tx.actor.delegate !== null)
    throw new Forbidden('Whoever acts on behalf of somebody cannot act on behalf of a third.');
  // The session would hold all that both may do, and the key does not.
  if (tx.actor.scopes !== null) throw new Forbidden('Nobody acts on behalf of somebody with a limited key.');
  if (actor.id === tx.actorId)
    throw new Invalid('Nobody acts on behalf of themselves.', { path: ['input', 'actorId'] });
  const session = newSession(tx, actor.id, tx.actorId, delegationLifetime);
  tx.emit(sessionDelegated, actor.id, {
    sessionId: session.id,
    actorId: actor.id,
    delegateId: tx.actorId,
    reason: input.reason,
  });
  const claims = {
    actorId: actor.id,
    kind: actor.kind,
    sessionId: session.id,
    universe: tx.universe,
    delegateId: tx.actorId,
  };
  return { session, actor, ...(await signAccessToken(key, claims, tx.now())) };
}

/** Ends every session of an actor, also those of operators in its name; refresh tokens end with them. Answers how many. */
export function sessionsRevoke(tx: Transaction, actorId: string): Promise<number> {
  const now = tx.now();
  return tx.em.nativeUpdate(Session, { actorId, revokedAt: null }, { revokedAt: now, updatedAt: now });
}
