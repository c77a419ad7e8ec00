import type { Context } from '../context/context.ts';
import { sqlIn } from '../database/sql.ts';
import { circumstancesOf } from './circumstances.ts';

/**
 * The id of the result that the actor's idempotent call of a mutation had under this key; `null` when no such call was
 * committed by whoever acts in the same way. Kept seven days. For a query by which a client asks what became of a call whose answer it never got.
 */
export async function recall(context: Context, mutation: string, key: string): Promise<string | null> {
  const [row] = await sqlIn<{ result_id: string | null }>(
    context.em,
    'select result_id from facts.idempotency where actor = $1 and mutation = $2 and key = $3 and circumstances = $4',
    [context.actorId, mutation, key, circumstancesOf(context.info)],
  );
  return row?.result_id ?? null;
}
