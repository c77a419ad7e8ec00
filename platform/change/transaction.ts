import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { ControlledTransaction } from 'kysely';
import type { Surroundings } from '../context/context.ts';
import { insideTransaction } from '../database/guard.ts';
import { Unavailable } from '../errors/errors.ts';

/** Begins a transaction of an OS, runs `work` in it, commits; anything thrown rolls back. Longer than the limit is UNAVAILABLE. */
export async function inTransaction<R>(
  around: Pick<Surroundings, 'fork' | 'log'>,
  universe: string,
  label: string,
  limitMs: number,
  work: (em: SqlEntityManager) => Promise<R>,
): Promise<R> {
  const em = around.fork(universe);
  await em.begin();
  try {
    const result = await insideTransaction(label, () => within(limitMs, label, work(em)));
    await em.commit();
    return result;
  } catch (error) {
    await rollback(em).catch((failure: unknown) => {
      around.log.warn({ err: failure, label }, 'a connection was lost before its transaction could be rolled back');
    });
    throw error;
  }
}

/**
 * Rolls back and leaves the entity manager in the ended transaction. Work that went on past the limit holds it still: outside
 * of a transaction its next statement would be committed on its own, so every one has to fail. It waits for the statement
 * under way and keeps the connection's turn until the end, so that nothing slips in behind the rollback.
 */
async function rollback(em: SqlEntityManager): Promise<void> {
  const open = em.getTransactionContext<ControlledTransaction<unknown>>();
  await open?.getExecutor().provideConnection(() => open.rollback().execute());
}

async function within<R>(limitMs: number, label: string, work: Promise<R>): Promise<R> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Unavailable(`${label} took longer than ${limitMs} ms and was rolled back.`, { retryAfter: 1 })),
      limitMs,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
