import { createHmac } from 'node:crypto';
import { LockMode } from '@mikro-orm/core';
import type { Transaction } from '../../../platform/context/context.ts';
import { arg } from '../../../platform/declare/input.ts';
import { mutation } from '../../../platform/declare/mutation.ts';
import { Expired, Forbidden, Invalid, Unauthenticated } from '../../../platform/errors/errors.ts';
import { actorPrefixes } from '../../../platform/ids/ids.ts';
import { normalEmail } from '../../../platform/scalars/email.ts';
import { seal, unseal } from '../../../platform/secrets/seal.ts';
import { tokenHash } from '../../../platform/secrets/token.ts';
import { Actor } from '../actor/actor.entity.ts';
import { shareActor } from '../actor/actor-locks.service.ts';
import { actors } from '../actor/actor.noun.ts';
import {
  sessionDelegated,
  sessionOthersRevoked,
  sessionRevoked,
  sessionSignedIn,
  sessionSignedOut,
  sessionSignInRefused,
} from '../events.ts';
import { signingKey, type SigningPair } from '../signing/signing.service.ts';
import { throttleRight, throttleWrong } from '../throttle/throttle.service.ts';
import { Credential } from '../user/credential.entity.ts';
import { passwordCompare, passwordStands } from '../user/password-proof.service.ts';
import { presentPassword } from '../user/user-arguments.ts';
import { RefreshToken, Session } from './session.entity.ts';
import { sessions } from './session.noun.ts';
import {
  accessTokenOf,
  newSession,
  newTokens,
  otherSessionsRevoke,
  sessionStart,
  tokensWith,
} from './session.service.ts';
import { SessionTokens, type TokenPair } from './session-tokens.ts';

/**
 * Milliseconds within which a used refresh token still gets the same answer, for two tabs that refresh at once or a lost answer. Half
 * a minute covers a retry; more is not needed with tokens of ten minutes.
 */
const reuseGrace = 30_000;
/** Acting on behalf ends after this, in milliseconds, and cannot be refreshed. */
const delegationLifetime = 3600 * 1000;
/** Ended sessions that a payload shows; hardly anyone has more. */
const shownAtMost = 100;

export const sessionSignIn = mutation('sessionSignIn', {
  access: 'public',
  description: 'Signs in with e-mail address and password.',
  errors:
    'INVALID, UNAUTHENTICATED if the address or the password is wrong, TOO_MANY with `retryAfter` in seconds, which grows with each wrong password after the fifth from one network',
  tells: [sessionSignedIn, sessionSignInRefused],
  input: {
    email: arg.text(
      'E-mail address of the account; at most 300 characters. Case and surrounding white space are ignored.',
      {
        max: 300,
      },
    ),
    password: presentPassword('The password; at most 200 characters.'),
  },
  implements: SessionTokens,
  payload: () => SessionTokens.fields,
  async prepare(given, context) {
    const email = normalEmail(given.email);
    let userId: string | null = null;
    const find = async (): Promise<string | null> => {
      const user = await context.em.findOne(Actor, { email, kind: 'USER' });
      return (userId = user?.id ?? null);
    };
    const proof = await passwordCompare(context, { account: email, userId: find }, given.password);
    return { userId, proof, key: await signingKey(context) };
  },
  async run(tx: Transaction, _given, { userId, proof, key }) {
    // A shared lock: setting a password and closing the account lock the row exclusively, so no session starts behind their back.
    const user = userId === null ? null : await shareActor(tx, { id: userId, closedAt: null });
    if (!user || !(await passwordStands(tx, user.id, proof))) {
      const failures = await throttleWrong(tx, proof.throttle);
      if (user) tx.emit(sessionSignInRefused, user.id, { actorId: user.id, failures });
      tx.refuse(new Unauthenticated('The e-mail address or the password is wrong.', { path: ['input'] }), {
        keep: true,
      });
    }
    await throttleRight(tx, proof.throttle);
    // The same password in another Unicode form is not a new one: the time when it was set does not change.
    if (proof.renewed !== null) await tx.em.nativeUpdate(Credential, { id: user.id }, { passwordHash: proof.renewed });
    return sessionStart(tx, user, key);
  },
});

export const sessionRefresh = mutation('sessionRefresh', {
  access: 'public',
  description:
    'Exchanges a refresh token for new tokens. Repeating the call within 30 seconds returns the same new refresh token, for a client that lost the answer or has two tabs. Using the old token later ends the session.',
  errors: 'UNAUTHENTICATED for an unknown or used token, EXPIRED if the session has ended',
  tells: [sessionRevoked],
  input: { refreshToken: arg.text('The newest refresh token of the session.', { max: 100 }) },
  implements: SessionTokens,
  payload: () => SessionTokens.fields,
  prepare: (_given, context) => signingKey(context),
  run: (tx, { refreshToken }, key) => refresh(tx, refreshToken, key),
});

/**
 * Exchanges a refresh token for the next. A second use is a sign of theft: the whole session ends, and this is committed although the
 * call is refused (RFC 9700, section 4.14.2).
 *
 * Within `reuseGrace` a used token gets the same successor again, as with Auth0 and Okta. That is safe because the chain does not fork:
 * a thief and the owner would have the same next token, so the first of them to use it leaves the other with a used one, which ends
 * the session. The successor is sealed with the token itself, of which the database has only a hash.
 */
async function refresh(tx: Transaction, refreshToken: string, key: SigningPair): Promise<TokenPair> {
  const locked = { lockMode: LockMode.PESSIMISTIC_WRITE };
  const known = await tx.em.findOne(RefreshToken, { hash: tokenHash(refreshToken) }, locked);
  const session = known && (await tx.em.findOne(Session, { id: known.sessionId }, locked));
  const actor = session && (await tx.em.findOne(Actor, { id: session.actorId }));
  if (!known || !session || !actor) throw new Unauthenticated('refreshToken: this token is unknown. Sign in again.');
  const now = tx.now();
  if (!session.isLive(now) || known.expiresAt <= now) throw new Expired('The session has ended. Sign in again.');
  const sealingKey = successorKey(refreshToken);
  if (known.usedAt) {
    if (known.sealedSuccessor && now.getTime() - known.usedAt.getTime() < reuseGrace) {
      const successor = unseal(known.sealedSuccessor, sealingKey, known.id);
      const next = await tx.em.findOne(RefreshToken, { hash: tokenHash(successor) });
      if (next?.usedAt === null) return tokensWith(tx, successor, session, actor, key);
      // Another tab is one step ahead. This one gets no tokens, but the session does not end.
      throw new Unauthenticated('refreshToken: newer tokens were issued already. Use the newest one.');
    }
    session.revoke(now);
    tx.emit(sessionRevoked, actor.id, { sessionId: session.id, actorId: actor.id, reason: 'REFRESH_TOKEN_REUSED' });
    tx.refuse(
      new Unauthenticated('refreshToken: this token was used before, so the session was ended. Sign in again.'),
      { keep: true },
    );
  }
  const next = await newTokens(tx, session, actor, key);
  known.usedAt = now;
  known.sealedSuccessor = seal(next.refreshToken, sealingKey, known.id);
  session.usedAt = now;
  return next;
}

/** A key that only a holder of the token can derive; the database has another digest of the token. */
function successorKey(refreshToken: string): Uint8Array {
  return createHmac('sha256', refreshToken).update('the token that follows').digest();
}

export const sessionSignOut = mutation('sessionSignOut', {
  access: 'signedIn',
  description: 'Ends the session of this request. Idempotent.',
  errors: 'UNAUTHENTICATED',
  tells: [sessionSignedOut],
  payload: (f) => ({
    signedOut: f.boolean('Whether the call ended the session. False if it had ended before, or without a session.'),
    session: f.row(() => sessions, 'The session that ended. Null if the request was made with a key.').nullable(),
  }),
  async run(tx) {
    const id = tx.actor.sessionId;
    const session = id === null ? null : await tx.em.findOne(Session, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
    if (!session?.isLive(tx.now())) return { signedOut: false, session };
    session.revoke(tx.now());
    tx.emit(sessionSignedOut, session.actorId, { sessionId: session.id, actorId: session.actorId });
    return { signedOut: true, session };
  },
});

export const sessionActOnBehalf = mutation('sessionActOnBehalf', {
  access: 'identity.session.actOnBehalf',
  description:
    'Issues a token with which an operator acts on behalf of another actor, with the rights that both have. The session ends after an hour; the history of every change names both.',
  errors:
    'NOT_FOUND, FORBIDDEN, also with a key of limited scopes or when already acting on behalf of another actor, INVALID for oneself',
  tells: [sessionDelegated],
  input: {
    actorId: arg.id(actorPrefixes, 'The actor on whose behalf to act.'),
    reason: arg.text('Reason; 3 to 500 characters; recorded in the audit trail.', { min: 3, max: 500 }),
  },
  payload: (f) => ({
    accessToken: f.text(
      'Access token for `authorization: Bearer …`, valid for ten minutes. There is no refresh token: repeat the call for another one.',
    ),
    accessTokenExpiresAt: f.time('When the access token expires: ten minutes after it was issued.'),
    session: f.row(() => sessions, 'The session in which the viewer acts on behalf of the actor.'),
    actor: f.row(() => actors, 'The actor on whose behalf the token acts.'),
  }),
  prepare: (_given, context) => signingKey(context),
  async run(tx, { actorId, reason }, key) {
    // A shared lock, as in signing in, so that no session starts while the account is being closed.
    const actor = tx.found(await shareActor(tx, { id: actorId, closedAt: null }), ['input', 'actorId']);
    tx.must('identity.session.actOnBehalf', null);
    if (tx.actor.delegate !== null)
      throw new Forbidden('You already act on behalf of another actor. End that session first.');
    // The session would have more rights than the limited key.
    if (tx.actor.scopes !== null)
      throw new Forbidden(
        'A key with limited scopes cannot act on behalf of another actor. Sign in, or use another key.',
      );
    if (actor.id === tx.actorId)
      throw new Invalid('actorId: name another actor than yourself.', { path: ['input', 'actorId'] });
    const session = newSession(tx, actor.id, tx.actorId, delegationLifetime);
    tx.emit(sessionDelegated, actor.id, { sessionId: session.id, actorId, delegateId: tx.actorId, reason });
    return { session, actor, ...(await accessTokenOf(tx, session, actor, key)) };
  },
});

export const sessionRevoke = mutation('sessionRevoke', {
  access: 'signedIn',
  description:
    'Ends one session of the viewer, or all except the present one. Their tokens and open streams end at once. Idempotent.',
  errors:
    'NOT_FOUND, FORBIDDEN for `others` on behalf of another actor, INVALID unless exactly one of `sessionId` and `others` is given',
  tells: [sessionRevoked, sessionOthersRevoked],
  inputDescription: 'Exactly one of `sessionId` and `others`.',
  input: {
    sessionId: arg.id('ses', 'The session to end.').optional(),
    others: arg
      .boolean(
        'True ends all sessions of the viewer except the present one, including those of operators on the viewer’s behalf.',
      )
      .optional(),
  },
  payload: (f) => ({
    revokedCount: f.int('Number of sessions that this call ended; 0 if they had ended before.'),
    sessions: f.rows(
      () => sessions,
      'The named session, even if it had ended before; or the others that this call ended, the last used first, at most 100.',
      { atMost: shownAtMost },
    ),
  }),
  prepare({ sessionId, others = false }) {
    if ((sessionId !== undefined) === others)
      throw new Invalid('input: give either sessionId or others: true, not both.', { path: ['input'] });
  },
  run: (tx, { sessionId }) => (sessionId === undefined ? revokeOthers(tx) : revokeOne(tx, sessionId)),
});

interface Revocation {
  revokedCount: number;
  sessions: Session[];
}

/** Ends one session of the viewer; leaves one that has already ended. */
async function revokeOne(tx: Transaction, sessionId: string): Promise<Revocation> {
  const session = tx.found(await sessions.lock(tx, sessionId), ['input', 'sessionId']);
  if (!session.isLive(tx.now())) return { revokedCount: 0, sessions: [session] };
  session.revoke(tx.now());
  tx.emit(sessionRevoked, session.actorId, { sessionId, actorId: session.actorId, reason: 'REVOKED' });
  return { revokedCount: 1, sessions: [session] };
}

/** Ends all sessions of the viewer except the present one, including those of operators on the viewer's behalf. */
async function revokeOthers(tx: Transaction): Promise<Revocation> {
  if (tx.actor.delegate !== null)
    throw new Forbidden('others: acting on behalf of another actor, you can end only the present session.');
  const ended = await otherSessionsRevoke(tx);
  const { actorId } = tx;
  if (ended.length === 0) return { revokedCount: 0, sessions: [] };
  tx.emit(sessionOthersRevoked, actorId, { actorId, keptSessionId: tx.actor.sessionId, count: ended.length });
  const last = { usedAt: 'desc', id: 'desc' } as const;
  const shown = await tx.em.find(Session, { id: { $in: ended } }, { orderBy: last, limit: shownAtMost });
  return { revokedCount: ended.length, sessions: shown };
}
