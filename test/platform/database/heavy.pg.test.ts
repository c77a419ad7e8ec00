import { beforeEach, describe, expect, test } from 'vitest';
import { heavySql, heavyTurns, whenItsTurn } from '../../../platform/database/heavy.ts';
import type { Context } from '../../../platform/context/context.ts';
import { openDatabase, type Database } from '../../../platform/database/database.ts';
import { createOrm } from '../../../platform/database/orm.ts';
import { inLane } from '../../../platform/database/precedence.ts';
import { sharedPostgres } from '../../testkit/shared-postgres.ts';
import { Counter } from '../fixtures/counters.ts';
import { onBoth } from '../fixtures/both.ts';

/** Work that the test ends. */
function held(): { work: () => Promise<string>; end: () => void; begun: () => boolean } {
  let resolve: (value: string) => void = () => undefined;
  let begun = false;
  const done = new Promise<string>((settle) => {
    resolve = settle;
  });
  return {
    work: () => {
      begun = true;
      return done;
    },
    end: () => resolve('done'),
    begun: () => begun,
  };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('heavy reads', () => {
  let reads: ReturnType<typeof heavyTurns>;
  beforeEach(() => {
    reads = heavyTurns(2);
  });

  test('a fixed number runs at once; others follow in order, even after failures', async () => {
    const all = Array.from({ length: 4 }, held);
    const answers = all.map(({ work }, n) =>
      reads.take(async () => {
        await work();
        if (n === 0) throw new Error('failed');
        return n;
      }),
    );
    answers[0]?.catch(() => undefined);
    await settled();
    expect(all.map(({ begun }) => begun())).toEqual([true, true, false, false]);
    all[0]?.end();
    await settled();
    expect(all.map(({ begun }) => begun())).toEqual([true, true, true, false]);
    for (const { end } of all) end();
    expect((await Promise.allSettled(answers)).map(({ status }) => status)).toEqual([
      'rejected',
      'fulfilled',
      'fulfilled',
      'fulfilled',
    ]);
    expect(await reads.take(() => Promise.resolve('again'))).toBe('again');
  });

  test('reads beyond the queue are told to retry', async () => {
    const first = held();
    const running = [reads.take(first.work), reads.take(first.work)];
    const waiting = Array.from({ length: 200 }, () => reads.take(() => Promise.resolve()));
    await expect(reads.take(() => Promise.resolve())).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryable: true,
      details: { retryAfter: 2 },
    });
    first.end();
    await Promise.all([...running, ...waiting]);
  });
});

/** A context with what a read needs. */
function contextOn(database: Database): Context {
  const orm = createOrm(database, { schema: 'counters', entities: [Counter] });
  return { em: orm.em.fork(), hub: { database } } as unknown as Context;
}

describe('in a small pool', () => {
  const postgres = sharedPostgres();

  test.each([
    { poolSize: 2, most: 1 },
    { poolSize: 5, most: 1 },
    { poolSize: 6, most: 2 },
    { poolSize: 7, most: 3 },
  ])('of $poolSize connections heavy reads leave one of their lane to light ones', async ({ poolSize, most }) => {
    const database = await openDatabase({ url: await postgres.createDatabase(), poolSize });
    const context = contextOn(database);
    const all = Array.from({ length: 4 }, held);
    const running = all.map(({ work }) =>
      inLane('query', () =>
        whenItsTurn(context, async () => {
          const connection = await database.pool.connect();
          await work();
          connection.release();
        }),
      ),
    );
    await expect.poll(() => all.filter(({ begun }) => begun()).length).toBe(most);
    expect(await inLane('query', () => database.query('select 1 as light'))).toEqual([{ light: 1 }]);
    expect(all.filter(({ begun }) => begun())).toHaveLength(most);
    for (const { end } of all) end();
    await Promise.all(running);
    await database.close();
  });
});

onBoth((world) => {
  const context = (): Context => contextOn(world.database);

  test('few run at once per process, and a transaction never waits', async () => {
    const most = world.kind === 'postgres' ? 3 : 1;
    const all = Array.from({ length: most + 1 }, held);
    const running = all.map(({ work }) => whenItsTurn(context(), work));
    await settled();
    expect(all.filter(({ begun }) => begun())).toHaveLength(most);
    await context().em.transactional(async (em) => {
      const within = { em, hub: { database: world.database } } as unknown as Context;
      expect(await heavySql(within, 'select 1 as one')).toEqual([{ one: 1 }]);
    });
    for (const { end } of all) end();
    await Promise.all(running);
  });

  test('a statement that takes too long is cancelled, and the connection remains usable', async () => {
    if (world.kind === 'embedded') return;
    await expect(heavySql(context(), 'select pg_sleep(600)', [], 50)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const [limit] = await world.database.query<{ statement_timeout: string }>('show statement_timeout');
    expect(limit?.statement_timeout).toBe('30s');
    expect(await heavySql(context(), 'select $1::int as one', [1])).toEqual([{ one: 1 }]);
  });
});
