import { LockMode } from '@mikro-orm/core';
import DataLoader from 'dataloader';
import type { Context, Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { Conflict, Forbidden, Invalid, NotFound } from '../../../platform/errors/errors.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { newToken, tokenHash } from '../../../platform/secrets/token.ts';
import { Actor } from '../actor/actor.entity.ts';
import { actorKeyCreated, actorKeyRevoked } from '../events.ts';
import { ActorKey } from './actor-key.entity.ts';

/** Keys of one agent or service that are good at a time: one for each place where it runs, and a second one while they are changed. */
const keysAtMost = 50;

const goodAt = (now: Date) => ({ revokedAt: null, $or: [{ expiresAt: null }, { expiresAt: { $gt: now } }] });

export async function actorKeyCreate(
  tx: Transaction,
  input: { actorId: string; name: string; scopes?: string[] | null; expiresAt?: Date | null },
): Promise<{ actorKey: ActorKey; key: string }> {
  const actor = tx.found(
    await tx.em.findOne(
      Actor,
      { id: input.actorId, kind: { $in: ['AGENT', 'SERVICE'] }, closedAt: null },
      { lockMode: LockMode.PESSIMISTIC_WRITE },
    ),
    ['input', 'actorId'],
  );
  tx.must('identity.actorKey.create', actor.ownerId ?? null);
  // Who acts for somebody has less than that somebody in places; with a key they would have all of it.
  if (tx.actor.delegate !== null) throw new Forbidden('Nobody creates keys on behalf of somebody else.');
  const scopes = grantedScopes(tx, input.scopes ?? null);
  const now = tx.now();
  if (input.expiresAt && input.expiresAt <= now)
    throw new Invalid('input.expiresAt: a key ends in the future.', { path: ['input', 'expiresAt'] });
  if ((await tx.em.count(ActorKey, { actorId: actor.id, ...goodAt(now) })) >= keysAtMost)
    throw new Conflict(`An agent or service has at most ${keysAtMost} valid keys. Revoke one first.`);
  const key = newToken('esk');
  const actorKey = tx.em.create(ActorKey, {
    id: newId('sky'),
    universeId: tx.universe,
    createdAt: now,
    updatedAt: now,
    actorId: actor.id,
    name: input.name.trim(),
    issuedBy: tx.actor.delegate ?? tx.actorId,
    hash: tokenHash(key),
    scopes,
    expiresAt: input.expiresAt ?? null,
    revokedAt: null,
  });
  tx.em.persist(actorKey);
  tx.emit(actorKeyCreated, actor.id, { actorKeyId: actorKey.id, actorId: actor.id, scopes });
  return { actorKey, key };
}

/** The scopes of a new key: each is known, and none is more than the key has with which it is created. */
function grantedScopes(tx: Transaction, wanted: string[] | null): string[] | null {
  const own = tx.actor.scopes;
  if (wanted === null) {
    if (own === null) return null;
    throw new Forbidden('input.scopes: a limited key creates limited keys only. Name scopes out of its own.', {
      path: ['input', 'scopes'],
    });
  }
  const at = (n: number): string[] => ['input', 'scopes', String(n)];
  const unknown = wanted.flatMap((scope, n) =>
    tx.scopes.has(scope)
      ? []
      : [{ path: at(n), code: 'unknown_scope', message: `input.scopes: there is no scope "${scope}".` }],
  );
  if (unknown.length > 0)
    throw new Invalid(
      `input.scopes: there is no scope ${unknown.map(({ path }) => `"${wanted[Number(path.at(-1))]}"`).join(', ')}. The scopes are ${[...tx.scopes].join(', ')}.`,
      { path: ['input', 'scopes'], issues: unknown },
    );
  const beyond = own === null ? -1 : wanted.findIndex((scope) => !own.includes(scope));
  if (beyond >= 0)
    throw new Forbidden(`input.scopes: "${wanted[beyond]}" is not among the scopes of the key that asks.`, {
      path: at(beyond),
    });
  return [...new Set(wanted)];
}

export async function actorKeyRevoke(tx: Transaction, input: { actorKeyId: string }): Promise<ActorKey> {
  const path = ['input', 'actorKeyId'];
  const seen = tx.found(await tx.em.findOne(ActorKey, { id: input.actorKeyId }), path);
  const locked = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true };
  // Its agent or service first, under whose lock keys are made and end.
  const actor = tx.found(await tx.em.findOne(Actor, { id: seen.actorId }, locked), path);
  const owner = actor.ownerId ?? null;
  // Keys of other organizations are not to be known of.
  if (!tx.can('identity.actorKey.revoke', owner)) throw new NotFound(undefined, { path });
  tx.must('identity.actorKey.revoke', owner);
  const actorKey = tx.found(await tx.em.findOne(ActorKey, { id: seen.id }, locked), path);
  if (actorKey.revokedAt) return actorKey;
  actorKey.revokedAt = tx.now();
  actorKey.updatedAt = tx.now();
  actor.rightsChanged();
  tx.emit(actorKeyRevoked, actorKey.actorId, { actorKeyId: actorKey.id, actorId: actorKey.actorId });
  return actorKey;
}

/**
 * Revokes the keys of a person's own agents: whoever had the account could have made one and kept it. The agents are locked first,
 * as by whoever creates a key, so that one which is being created is revoked as well. Three statements, however many there are.
 */
export async function ownAgentKeysRevoke(tx: Transaction, userId: string): Promise<void> {
  const now = tx.now();
  const agents = await sqlIn<{ id: string }>(
    tx.em,
    `select id from identity.actors where owner_id = $1 and kind = 'AGENT' and universe_id = $2 and closed_at is null order by id for update`,
    [userId, tx.universe],
  );
  const revoked = await sqlIn<{ id: string; actor_id: string }>(
    tx.em,
    `update identity.actor_keys set revoked_at = $2, updated_at = $2 where actor_id = any($1) and revoked_at is null
    returning id, actor_id`,
    [agents.map(({ id }) => id), now],
  );
  await sqlIn(
    tx.em,
    `update identity.actors set rights_version = rights_version + 1, updated_at = $2 where id = any($1)`,
    [[...new Set(revoked.map((key) => key.actor_id))], now],
  );
  for (const { id: actorKeyId, actor_id: actorId } of revoked)
    tx.emit(actorKeyRevoked, actorId, { actorKeyId, actorId });
}

const keysKey = Symbol('keys of agents and services');

/** The valid keys of an agent or service, the newest first: one statement for all that are asked for at once. */
export function keysOf(context: Context, actorId: string): Promise<ActorKey[]> {
  const load = async (ids: readonly string[]): Promise<ActorKey[][]> => {
    const rows = await context.em.find(
      ActorKey,
      { actorId: { $in: [...ids] }, ...goodAt(context.now()) },
      { orderBy: { createdAt: 'desc', id: 'desc' } },
    );
    return ids.map((id) => rows.filter((row) => row.actorId === id));
  };
  return context.loader<ActorKey[]>(keysKey, () => new DataLoader(load, { maxBatchSize: 100 })).load(actorId);
}

/** The live key of that text in any universe; the key says which universe it is of. */
export async function actorKeyOf(context: Context, key: string): Promise<ActorKey | null> {
  const known = await context.em.findOne(ActorKey, { hash: tokenHash(key) }, { filters: { universe: false } });
  return known?.isLive(context.now()) ? known : null;
}
