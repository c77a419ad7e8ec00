import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { ControlledTransaction } from 'kysely';
import type { Surroundings } from '../context/context.ts';
import { insideTransaction } from '../database/guard.ts';
import { Unavailable } from '../errors/errors.ts';

/** Runs `work` in a transaction of an OS and commits; rolls back on any error. UNAVAILABLE after the time limit. */
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
      around.log.warn({ err: failure, label }, 'the connection was lost before its transaction could be rolled back');
    });
    throw error;
  }
}

/**
 * Rolls back and leaves the entity manager in the ended transaction. Work that continues after the time limit still holds it:
 * outside of a transaction its next statement would be committed on its own, so every statement has to fail. Waits for the
 * running statement and holds the connection until the end, so that no other statement slips in behind the rollback.
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
