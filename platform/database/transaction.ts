import { insideTransaction } from './guard.ts';
import type { PgClient, PgPool } from './pool.ts';

export interface TransactionOptions {
  /** Names the transaction in the guard's errors. */
  label?: string;
  /** Default READ COMMITTED. Makes no difference in the embedded database, which has no concurrency. */
  isolation?: 'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE';
  readOnly?: boolean;
}

/**
 * Runs `fn` in one transaction on one connection: commits when it resolves, rolls back when it rejects. Also throws if `fn` caught the
 * failure of a statement and continued, because Postgres then rolls back at the commit.
 */
export async function transactionOn<T>(
  pool: PgPool,
  fn: (client: PgClient) => Promise<T>,
  { label = 'database.transaction', isolation, readOnly }: TransactionOptions = {},
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query(`begin${isolation ? ` isolation level ${isolation}` : ''}${readOnly ? ' read only' : ''}`);
    const result = await insideTransaction(label, () => fn(client));
    const { command } = await client.query('commit');
    if (command !== 'COMMIT') {
      throw new Error(`The transaction "${label}" was rolled back: one of its statements failed, and it went on.`);
    }
    return result;
  } catch (error) {
    // Awaited, so that the transaction's locks are released when the caller gets the error. A rollback outside a transaction is only a
    // warning; a failed one means that the connection is lost, and with it the transaction.
    await client.query('rollback').catch((failure: Error) => {
      broken = failure;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}
