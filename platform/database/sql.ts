import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { CompiledQuery, type Kysely } from 'kysely';

/**
 * Runs plain SQL with `$1` parameters on the connection of an entity manager: in its transaction if it has one, else on the pool. Rows have
 * the column names of the database, unmapped.
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
