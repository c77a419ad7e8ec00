import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { CompiledQuery, type Kysely } from 'kysely';

/**
 * Runs plain SQL with `$1` parameters on an entity manager's own connection: inside its transaction when it has one,
 * else on the pool. Rows come with the column names of the database, unmapped.
 */
export async function sqlIn<T = Record<string, unknown>>(
  em: SqlEntityManager,
  sql: string,
  params: unknown[] = [],
): Promise<T[]> {
  const transaction = em.getTransactionContext<Kysely<unknown>>();
  const client = transaction ?? em.getConnection().getClient<unknown>();
  const result = await client.executeQuery<T>(CompiledQuery.raw(sql, params));
  return result.rows;
}
