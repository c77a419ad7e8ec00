import { beforeEach, describe, expect, test } from 'vitest';
import { heavySql, heavyTurns, whenItsTurn } from '../../../platform/database/heavy.ts';
import type { Context } from '../../../platform/context/context.ts';
import { createOrm } from '../../../platform/database/orm.ts';
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

onBoth((world) => {
  /** A context with what a read needs. */
  function context(): Context {
    const orm = createOrm(world.database, { schema: 'counters', entities: [Counter] });
    return { em: orm.em.fork(), hub: { database: world.database } } as unknown as Context;
  }

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
