import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { CompiledQuery, type Kysely } from 'kysely';
import type { Context } from '../context/context.ts';
import { Unavailable } from '../errors/errors.ts';
import { Turns } from '../work/turns.ts';
import type { Database } from './database.ts';
import { queryShare } from './lanes.ts';
import { sqlIn } from './sql.ts';

/** Concurrent heavy reads of a process on Postgres: those that read all rows that match a filter. */
const mostAtOnce = 3;
/** Maximum heavy reads that wait for a turn; more would not get one in time. */
const mostWaiting = 200;
/** Milliseconds that a heavy read waits for its turn. */
const turnPatience = 10_000;
/** Statement timeout in milliseconds; the embedded database cannot interrupt a statement. */
const statementPatience = 10_000;

/** Turns of heavy reads. Throws UNAVAILABLE if too many wait or a turn does not come in time. */
export function heavyTurns(most: number): Turns {
  return new Turns(most, { waitingAtMost: mostWaiting, milliseconds: turnPatience, refusal: busy });
}

function busy(): Unavailable {
  return new Unavailable(
    'Too many counts and searches are under way. Try again in a moment, or ask for fewer at once.',
    {
      retryAfter: 2,
    },
  );
}

/**
 * Heavy reads leave at least one connection of their lane to lighter queries, except of a pool of one. The embedded database has one
 * session, and serves others between two of them.
 */
function turnsOf({ kind, pool }: Database): Turns {
  if (kind === 'embedded') return heavyTurns(1);
  const { max } = pool.options as { max: number };
  return heavyTurns(Math.max(1, Math.min(mostAtOnce, queryShare(max) - 1)));
}

const ofDatabase = new WeakMap<Database, Turns>();

/** Runs a heavy read at its turn; at once inside a transaction, which holds a connection already. */
export function whenItsTurn<T>(context: Context, work: () => Promise<T>): Promise<T> {
  if (context.em.isInTransaction()) return work();
  const { database } = context.hub;
  let reads = ofDatabase.get(database);
  if (!reads) ofDatabase.set(database, (reads = turnsOf(database)));
  return reads.take(work);
}

/** Runs a heavy statement at its turn; on Postgres with a statement timeout of `patience` milliseconds. */
export function heavySql<T>(
  context: Context,
  sql: string,
  params: unknown[] = [],
  patience = statementPatience,
): Promise<T[]> {
  const { em, hub } = context;
  return whenItsTurn(context, () =>
    hub.database.kind === 'postgres' && !em.isInTransaction()
      ? limited<T>(em, sql, params, patience)
      : sqlIn<T>(em, sql, params),
  );
}

async function limited<T>(em: SqlEntityManager, sql: string, params: unknown[], patience: number): Promise<T[]> {
  const client = em.getConnection().getClient<unknown>() as Kysely<unknown>;
  try {
    return await client
      .transaction()
      .setAccessMode('read only')
      .execute(async (transaction) => {
        await transaction.executeQuery(CompiledQuery.raw(`set local statement_timeout = ${Math.trunc(patience)}`));
        return (await transaction.executeQuery<T>(CompiledQuery.raw(sql, params))).rows;
      });
  } catch (error) {
    // query_canceled
    if ((error as { code?: unknown }).code !== '57014') throw error;
    throw new Unavailable(
      `The database was stopped after ${patience / 1000} s. Narrow the filter, or group by fewer keys.`,
    );
  }
}
