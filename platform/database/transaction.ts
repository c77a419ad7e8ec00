import { insideTransaction } from './guard.ts';
import type { PgClient, PgPool } from './pool.ts';

export interface TransactionOptions {
  /** Names the transaction in the guard's errors. */
  label?: string;
  /**
   * READ COMMITTED where nothing is said. The embedded database has no concurrency, so there it makes no difference.
   */
  isolation?: 'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE';
  readOnly?: boolean;
}

/**
 * Runs `fn` in one transaction on one connection of the pool: committed when it resolves, rolled back when it rejects.
 * Throws as well when `fn` caught the failure of a statement and went on, because Postgres then rolls back at the
 * commit.
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
    // Awaited here, so that whoever sees the error finds the transaction's locks gone. A rollback outside a transaction
    // is a warning, not an error; one that fails means that the connection is lost, and with it the transaction.
    await client.query('rollback').catch((failure: Error) => {
      broken = failure;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}
