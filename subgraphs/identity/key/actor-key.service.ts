import type { Context, Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { tokenHash } from '../../../platform/secrets/token.ts';
import { actorKeyRevoked } from '../events.ts';
import { ActorKey } from './actor-key.entity.ts';

/**
 * Revokes the keys of a person's own agents, because an intruder in the account could have created one. The agents are locked first,
 * as in creating a key, so that a key which is being created is revoked as well. Always three statements.
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

/** The valid key with this text, in any universe: the key determines the universe. */
export async function actorKeyOf(context: Context, key: string): Promise<ActorKey | null> {
  const known = await context.em.findOne(ActorKey, { hash: tokenHash(key) }, { filters: { universe: false } });
  return known?.isLive(context.now()) ? known : null;
}
