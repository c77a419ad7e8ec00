import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { CompiledQuery, type Kysely } from 'kysely';
import type { Context } from '../context/context.ts';
import { Unavailable } from '../errors/errors.ts';
import type { Database } from './database.ts';
import { sqlIn } from './sql.ts';

/**
 * Heavy reads of one process at the same time: those that look at all rows which a filter finds. Three leave the other connections
 * of their lane to everything else that clients read; the embedded database's one session is given to others between two of them.
 */
const mostAtOnce = { postgres: 3, embedded: 1 } as const;
/** Heavy reads that wait for their turn; more would not come to it in time. */
const mostWaiting = 200;
/** Milliseconds that one waits for its turn. */
const turnPatience = 10_000;
/** Milliseconds that the server works on one; the embedded database cannot interrupt a statement. */
const statementPatience = 10_000;

/** A turnstile: so many at once, so many waiting, in the order in which they came. */
export class HeavyReads {
  readonly #most: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Runs `work` when its turn comes. UNAVAILABLE when too many wait, or the turn does not come in time. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#most) this.#running += 1;
    else await this.#turn();
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }

  /** Resolves when whoever leaves hands over its place. */
  #turn(): Promise<void> {
    if (this.#waiting.length >= mostWaiting) throw busy();
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        reject(busy());
      }, turnPatience);
      this.#waiting.push(enter);
    });
  }
}

function busy(): Unavailable {
  return new Unavailable(
    'Too many counts and searches are under way. Try again in a moment, or ask for fewer at once.',
    {
      retryAfter: 2,
    },
  );
}

const ofDatabase = new WeakMap<Database, HeavyReads>();

/** Runs a read that may look at very many rows when its turn comes. Within a transaction at once: it holds a connection already. */
export function whenItsTurn<T>(context: Context, work: () => Promise<T>): Promise<T> {
  if (context.em.isInTransaction()) return work();
  const { database } = context.hub;
  let reads = ofDatabase.get(database);
  if (!reads) ofDatabase.set(database, (reads = new HeavyReads(mostAtOnce[database.kind])));
  return reads.run(work);
}

/** The rows of one statement that may look at very many, when its turn comes; a server is stopped when it takes too long. */
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
