import type { Context } from '../context/context.ts';
import { sqlIn } from '../database/sql.ts';
import { circumstancesOf } from './circumstances.ts';

/**
 * The id of the result of the actor's idempotent call of a mutation under this key; `null` if no such call was committed under
 * the same circumstances. Kept seven days. For queries by which a client learns the outcome of a call whose answer was lost.
 */
export async function recall(context: Context, mutation: string, key: string): Promise<string | null> {
  const [row] = await sqlIn<{ result_id: string | null }>(
    context.em,
    'select result_id from facts.idempotency where actor = $1 and mutation = $2 and key = $3 and circumstances = $4',
    [context.actorId, mutation, key, circumstancesOf(context.info)],
  );
  return row?.result_id ?? null;
}
