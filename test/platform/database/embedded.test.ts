import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openEmbedded } from '../../../platform/database/embedded/embedded.ts';
import type { EmbeddedDatabase } from '../../../platform/database/database.ts';
import { withPrecedence } from '../../../platform/database/precedence.ts';
import type { LeasePool } from '../../../platform/database/pool.ts';

let database: EmbeddedDatabase;
beforeAll(async () => {
  database = await openEmbedded({ dataDir: null, report: () => undefined });
});
afterAll(() => database.close());

test('borrowers get the only session in the order of their requests', async () => {
  const order: number[] = [];
  const first = await database.pool.connect();
  const borrowers = [1, 2, 3, 4].map(async (n) => {
    const client = await database.pool.connect();
    order.push(n);
    await client.query('select pg_sleep(0.001)');
    client.release();
    // A new request queues behind all waiting ones.
    const again = await database.pool.connect();
    order.push(n + 10);
    again.release();
  });
  expect(order).toEqual([]);
  first.release();
  await Promise.all(borrowers);
  expect(order).toEqual([1, 2, 3, 4, 11, 12, 13, 14]);
});

test('borrowers with precedence go before all others, in order', async () => {
  const order: string[] = [];
  const first = await database.pool.connect();
  const borrow = async (name: string): Promise<void> => {
    const client = await database.pool.connect();
    order.push(name);
    client.release();
  };
  const all = [
    borrow('a'),
    borrow('b'),
    withPrecedence(() => borrow('x')),
    borrow('c'),
    withPrecedence(() => borrow('y')),
  ];
  first.release();
  await Promise.all(all);
  expect(order).toEqual(['x', 'y', 'a', 'b', 'c']);
});

test('a borrower that throws in its transaction does not keep the session', async () => {
  await database.query('create table thrown (n int)');
  await expect(
    database.transaction(async (client) => {
      await client.query('insert into thrown values (1)');
      throw new Error('no');
    }),
  ).rejects.toThrow('no');
  expect(await database.query('select count(*) as n from thrown')).toEqual([{ n: '0' }]);
});

test('the next query of a transaction that was idle too long fails with SQLSTATE 25P03', async () => {
  const client = await database.pool.connect();
  const stop = (database.pool as LeasePool).expireIdleTransactions(50);
  await client.query('begin');
  const waiting = database.query('select 1 as v');
  expect(await waiting).toEqual([{ v: 1 }]);
  await expect(client.query('select 1')).rejects.toMatchObject({ code: '25P03' });
  client.release();
  stop();
});

test('a heavy query does not block the event loop of the main thread', async () => {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const begun = performance.now();
  await database.query('select count(*) from generate_series(1, 3000000) s where s::text like $1', ['%77%']);
  const took = performance.now() - begun;
  delay.disable();
  expect(took).toBeGreaterThan(200);
  // In the same thread the delay would be the full duration.
  expect(delay.max / 1e6).toBeLessThan(took * 0.7);
});

test('an answer of many megabytes and a hundred thousand rows arrives complete', async () => {
  const [one] = await database.query<{ v: string }>(`select repeat('é', 3000000) as v`);
  expect(one?.v).toBe('é'.repeat(3_000_000));
  const rows = await database.query<{ v: number }>('select generate_series(1, 100000) as v');
  expect(rows).toHaveLength(100_000);
  expect(rows[99_999]).toEqual({ v: 100_000 });
});

test('a statement may fail in the middle of several', async () => {
  await expect(database.query('select 1; select 1 / 0; select 2')).rejects.toMatchObject({ code: '22012' });
  expect(await database.query('select 1 as v')).toEqual([{ v: 1 }]);
});

test('the extensions can be created', async () => {
  for (const name of ['btree_gist', 'citext', 'pg_trgm', 'unaccent']) {
    await database.query(`create extension if not exists ${name} schema public`);
  }
  expect(await database.query(`select 'ABC'::citext = 'abc' as v, unaccent('é') as w`)).toEqual([{ v: true, w: 'e' }]);
});

test.each(['none', 'gzip'] as const)('a dump (%s) opens as a database with the same content', async (compression) => {
  await database.query('create table if not exists dumped as select 7 as n');
  const tar = await database.dump(compression);
  const copy = await openEmbedded({ dataDir: null, loadDataDir: tar, report: () => undefined });
  expect(await copy.query('select n from dumped')).toEqual([{ n: 7 }]);
  await copy.query('update dumped set n = 8');
  await copy.close();
  expect(await database.query('select n from dumped')).toEqual([{ n: 7 }]);
});
