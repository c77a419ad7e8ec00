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
    'Creates a key for an agent or a service. The key is shown only in this result. A key with limited scopes can create only keys with the same or fewer scopes.',
  errors:
    'NOT_FOUND, FORBIDDEN, also on behalf of another actor, INVALID for an unknown scope, with the list of all scopes, CONFLICT if there are 50 valid keys',
  tells: [actorKeyCreated],
  input: {
    actorId: arg.id(['agt', 'svc'], 'The agent or service that will sign in with the key.'),
    name: arg.text('What the key is for; 1 to 80 characters.', { min: 1, max: 80 }),
    scopes: arg
      .texts(
        'Limits the key to these scopes; at most 100. A scope is a permission such as `assets.asset.create`; `<system>.read` to see what only the actor sees in that system, where the key otherwise sees what everybody sees; or `<system>.write` for mutations that every signed-in actor may use. An empty list allows only what needs no sign-in. Absent: no limit.',
        { atMost: 100, max: 100 },
      )
      .optional(),
    expiresAt: arg.time('When the key expires; in the future. Absent: never.').optional(),
  },
  payload: (f) => ({
    actorKey: f.row(() => actorKeys, 'The new key, without its secret.'),
    key: f.text('The key itself, for `authorization: Bearer …`. It cannot be shown again.'),
  }),
  async run(tx, { actorId, name, expiresAt, ...given }) {
    const isProgram = { id: actorId, kind: { $in: ['AGENT', 'SERVICE'] as const }, closedAt: null };
    const actor = tx.found(await lockActor(tx, isProgram), ['input', 'actorId']);
    tx.must('identity.actorKey.create', actor.ownerId ?? null);
    // A delegate has fewer rights than the actor it acts for; a key would give it all of them.
    if (tx.actor.delegate !== null) throw new Forbidden('Keys cannot be created on behalf of another actor.');
    const scopes = grantedScopes(tx, given.scopes ?? null);
    const now = tx.now();
    if (expiresAt && expiresAt <= now)
      throw new Invalid('expiresAt: give a time in the future.', { path: ['input', 'expiresAt'] });
    if ((await tx.em.count(ActorKey, { actorId, ...isLiveAt(now) })) >= keysAtMost)
      throw new Conflict(`An agent or service has at most ${keysAtMost} valid keys. Revoke one first.`);
    const key = newToken('esk');
    const issuedBy = tx.actor.delegate ?? tx.actorId;
    const actorKey = actorKeys.create(tx, { actorId, name, issuedBy, hash: tokenHash(key), scopes, expiresAt });
    tx.emit(actorKeyCreated, actorId, { actorKeyId: actorKey.id, actorId, scopes });
    return { actorKey, key };
  },
});

/** Checks the scopes of a new key: each must exist, and be among the scopes of the key that creates it. */
function grantedScopes(tx: Transaction, requested: string[] | null): string[] | null {
  const own = tx.actor.scopes;
  const path = ['input', 'scopes'];
  if (requested === null) {
    if (own === null) return null;
    throw new Forbidden('scopes: a key with limited scopes must name some of its own scopes.', { path });
  }
  const issues = requested.flatMap((scope, n) => {
    const message = `scopes: there is no scope "${scope}".`;
    return tx.scopes.has(scope) ? [] : [{ path: [...path, String(n)], code: 'unknown_scope', message }];
  });
  if (issues.length > 0) {
    const unknown = requested.flatMap((scope) => (tx.scopes.has(scope) ? [] : `"${scope}"`)).join(', ');
    const known = [...tx.scopes].join(', ');
    throw new Invalid(`scopes: there is no scope ${unknown}. The scopes are ${known}.`, { path, issues });
  }
  const beyond = own === null ? -1 : requested.findIndex((scope) => !own.includes(scope));
  if (beyond >= 0)
    throw new Forbidden(`scopes: "${requested[beyond]}" is not among the scopes of the present key.`, {
      path: [...path, String(beyond)],
    });
  return [...new Set(requested)];
}

export const actorKeyRevoke = mutation('actorKeyRevoke', {
  access: 'identity.actorKey.revoke',
  description: 'Revokes a key at once. Idempotent, also after its agent or service was closed.',
  errors: 'NOT_FOUND, also for a key that the viewer may not revoke',
  tells: [actorKeyRevoked],
  input: { actorKeyId: arg.id('sky', 'Id of the key to revoke: `sky_…`.') },
  answers: [actorKeys, 'The revoked key.'],
  async run(tx, { actorKeyId }) {
    const path = ['input', 'actorKeyId'];
    const { actorId } = tx.found(await tx.em.findOne(ActorKey, { id: actorKeyId }), path);
    const locked = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true };
    // Its agent or service is locked first: under that lock keys are created and revoked.
    const actor = tx.found(await tx.em.findOne(Actor, { id: actorId }, locked), path);
    const owner = actor.ownerId ?? null;
    // The existence of keys of other organizations must not be revealed.
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
