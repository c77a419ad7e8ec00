import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Database, openDatabase } from '../../../platform/database/database.ts';
import { sharedPostgres } from '../../testkit/shared-postgres.ts';

const postgres = sharedPostgres();
const reports: string[] = [];
let database: Database;
let url: string;
beforeAll(async () => {
  url = await postgres.createDatabase();
  database = await openDatabase({ url, poolSize: 3, report: (message) => reports.push(message) });
});
afterAll(() => database.close());

/** Ends every other connection to the database, as a restart of the server would. */
const endOthers = (): Promise<unknown> =>
  database.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  );

test('connections have the house’s name, limits and time zone', async () => {
  const names = ['application_name', 'statement_timeout', 'idle_in_transaction_session_timeout', 'TimeZone'];
  const rows = await database.query<{ v: string }>('select current_setting(n) as v from unnest($1::text[]) n', [names]);
  expect(rows.map(({ v }) => v)).toEqual(['ensemble', '30s', '30s', 'UTC']);
});

test('connections dropped by the server, idle or borrowed, end neither the process nor the pool', async () => {
  const borrowed = await database.pool.connect();
  // Of two idle ones, the first asks the server to end the other.
  const idle = [await database.pool.connect(), await database.pool.connect()];
  for (const connection of idle) connection.release();
  await borrowed.query('begin');
  await endOthers();
  await expect.poll(() => reports).toContain('A connection to Postgres was lost');
  await expect(borrowed.query('select 1')).rejects.toThrow(/terminat|not queryable/);
  borrowed.release();
  // A query may still get the other one; the pool then has only new ones.
  const six = (): Promise<unknown> => Promise.all(Array.from({ length: 6 }, () => database.query('select 1')));
  await expect.poll(() => six().then(() => 'answered', String)).toBe('answered');
});

test('a lost listening connection is restored, and the gap is reported', async () => {
  const heard: string[] = [];
  let gaps = 0;
  const stop = await database.listen(
    'again',
    (payload) => heard.push(payload),
    () => gaps++,
  );
  await endOthers();
  await expect.poll(() => gaps, { timeout: 10_000 }).toBe(1);
  await database.query(`select pg_notify('again', 'after')`);
  await expect.poll(() => heard).toEqual(['after']);
  await stop();
});

test('serialization failures and deadlocks have their SQLSTATE', async () => {
  await database.query('create table hot (id int primary key, n int)');
  await database.query('insert into hot values (1, 0), (2, 0)');
  let holding = 0;
  const crossing = [1, 2].map((id) =>
    database.transaction(async (client) => {
      await client.query('update hot set n = n + 1 where id = $1', [id]);
      holding += 1;
      await vi.waitUntil(() => holding === 2, { timeout: 10_000 });
      await client.query('update hot set n = n + 1 where id = $1', [3 - id]);
    }),
  );
  const failed = (await Promise.allSettled(crossing)).filter((outcome) => outcome.status === 'rejected');
  expect(failed.map(({ reason }) => (reason as { code: string }).code)).toEqual(['40P01']);
});

test('a borrower without a connection in time gets the error that the database is unavailable', async () => {
  const small = await openDatabase({ url, poolSize: 3, connectMs: 1_000 });
  const held = await Promise.all([1, 2, 3].map(() => small.pool.connect()));
  await expect(small.query('select 1')).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
  for (const client of held) client.release();
  expect(await small.query('select 1 as v')).toEqual([{ v: 1 }]);
  await small.close();
}, 30_000);

test('a server that does not answer is an error at the start', async () => {
  const gone = new URL(url);
  gone.port = '1';
  await expect(openDatabase({ url: gone.href })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('exactly one database is named', () => {
  expect(() => openDatabase({ url, inMemory: true })).toThrow('exactly one');
  expect(() => openDatabase({})).toThrow('exactly one');
});
