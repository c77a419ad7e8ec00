import { LockMode } from '@mikro-orm/core';
import type { Transaction } from '../../../platform/context/context.ts';
import { arg } from '../../../platform/declare/input.ts';
import { mutation } from '../../../platform/declare/mutation.ts';
import { Conflict, Forbidden, Invalid, NotFound } from '../../../platform/errors/errors.ts';
import { newToken, tokenHash } from '../../../platform/secrets/token.ts';
import { Actor } from '../actor/actor.entity.ts';
import { lockActor } from '../actor/actor-locks.service.ts';
import { actorKeyCreated, actorKeyRevoked } from '../events.ts';
import { ActorKey, isLiveAt, keysAtMost } from './actor-key.entity.ts';
import { actorKeys } from './actor-key.noun.ts';

export const actorKeyCreate = mutation('actorKeyCreate', {
  access: 'identity.actorKey.create',
  description:
    'Creates a key for an agent or a service; the answer shows it once. Nobody creates one on behalf of somebody else, and a limited key creates none that may do more than it may.',
  errors:
    'NOT_FOUND, FORBIDDEN, INVALID for a scope that does not exist, with the list of those that do, CONFLICT with 50 valid keys',
  tells: [actorKeyCreated],
  input: {
    actorId: arg.id(['agt', 'svc'], 'An agent or a service.'),
    name: arg.text('What it is for; 1 to 80 characters.', { min: 1, max: 80 }),
    scopes: arg
      .texts(
        'What the key is limited to, at most 100 scopes: permissions such as `assets.asset.create`; `<system>.read` to see what only its owner sees; `<system>.write` for the mutations that everybody may use who is signed in. Without `<system>.read` the key sees there what everybody sees. An empty list allows what is public. Absent is no limit.',
        { atMost: 100, max: 100 },
      )
      .optional(),
    expiresAt: arg.time('When it ends, in the future; absent is never.').optional(),
  },
  payload: (f) => ({
    actorKey: f.row(() => actorKeys, 'The new key, without its secret.'),
    key: f.text('The key itself. It is shown this once.'),
  }),
  async run(tx, { actorId, name, expiresAt, ...given }) {
    const isProgram = { id: actorId, kind: { $in: ['AGENT', 'SERVICE'] as const }, closedAt: null };
    const actor = tx.found(await lockActor(tx, isProgram), ['input', 'actorId']);
    tx.must('identity.actorKey.create', actor.ownerId ?? null);
    // Who acts for somebody has less than that somebody in places; with a key they would have all of it.
    if (tx.actor.delegate !== null) throw new Forbidden('Nobody creates keys on behalf of somebody else.');
    const scopes = grantedScopes(tx, given.scopes ?? null);
    const now = tx.now();
    if (expiresAt && expiresAt <= now)
      throw new Invalid('input.expiresAt: a key ends in the future.', { path: ['input', 'expiresAt'] });
    if ((await tx.em.count(ActorKey, { actorId, ...isLiveAt(now) })) >= keysAtMost)
      throw new Conflict(`An agent or service has at most ${keysAtMost} valid keys. Revoke one first.`);
    const key = newToken('esk');
    const issuedBy = tx.actor.delegate ?? tx.actorId;
    const actorKey = actorKeys.create(tx, { actorId, name, issuedBy, hash: tokenHash(key), scopes, expiresAt });
    tx.emit(actorKeyCreated, actorId, { actorKeyId: actorKey.id, actorId, scopes });
    return { actorKey, key };
  },
});

/** The scopes of a new key: each is known, and none is more than the key has with which it is created. */
function grantedScopes(tx: Transaction, wanted: string[] | null): string[] | null {
  const own = tx.actor.scopes;
  const path = ['input', 'scopes'];
  if (wanted === null) {
    if (own === null) return null;
    throw new Forbidden('input.scopes: a limited key creates limited keys only. Name scopes out of its own.', { path });
  }
  const issues = wanted.flatMap((scope, n) => {
    const message = `input.scopes: there is no scope "${scope}".`;
    return tx.scopes.has(scope) ? [] : [{ path: [...path, String(n)], code: 'unknown_scope', message }];
  });
  if (issues.length > 0) {
    const unknown = wanted.flatMap((scope) => (tx.scopes.has(scope) ? [] : `"${scope}"`)).join(', ');
    const known = [...tx.scopes].join(', ');
    throw new Invalid(`input.scopes: there is no scope ${unknown}. The scopes are ${known}.`, { path, issues });
  }
  const beyond = own === null ? -1 : wanted.findIndex((scope) => !own.includes(scope));
  if (beyond >= 0)
    throw new Forbidden(`input.scopes: "${wanted[beyond]}" is not among the scopes of the key that asks.`, {
      path: [...path, String(beyond)],
    });
  return [...new Set(wanted)];
}

export const actorKeyRevoke = mutation('actorKeyRevoke', {
  access: 'identity.actorKey.revoke',
  description: 'Revokes a key. Idempotent, also once its agent or service is closed.',
  errors: 'NOT_FOUND, also for a key that the viewer may not revoke',
  tells: [actorKeyRevoked],
  input: { actorKeyId: arg.id('sky', 'Id of the key to revoke: `sky_…`.') },
  answers: [actorKeys, 'The revoked key.'],
  async run(tx, { actorKeyId }) {
    const path = ['input', 'actorKeyId'];
    const { actorId } = tx.found(await tx.em.findOne(ActorKey, { id: actorKeyId }), path);
    const locked = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true };
    // Its agent or service first, under whose lock keys are made and end.
    const actor = tx.found(await tx.em.findOne(Actor, { id: actorId }, locked), path);
    const owner = actor.ownerId ?? null;
    // Keys of other organizations are not to be known of.
    if (!tx.can('identity.actorKey.revoke', owner)) throw new NotFound(undefined, { path });
    tx.must('identity.actorKey.revoke', owner);
    const actorKey = tx.found(await tx.em.findOne(ActorKey, { id: actorKeyId }, locked), path);
    if (actorKey.revokedAt) return actorKey;
    Object.assign(actorKey, { revokedAt: tx.now(), updatedAt: tx.now() });
    actor.rightsChanged();
    tx.emit(actorKeyRevoked, actorId, { actorKeyId, actorId });
    return actorKey;
  },
});
