import { Client } from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { testConfig } from './config.ts';
import { type TestPostgres, startPostgres } from './postgres.ts';
import { sharedPostgres } from './shared-postgres.ts';

async function ask<Row extends object>(url: string, sql: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe("the run's Postgres", () => {
  const postgres = sharedPostgres();

  test('gives each caller an empty database', async () => {
    const [one, two] = await Promise.all([postgres.createDatabase(), postgres.createDatabase()]);
    expect(one).not.toBe(two);
    await ask(one, 'create table thing (id int)');
    const tables = await ask(two, "select tablename from pg_tables where schemaname = 'public'");
    expect(tables).toEqual([]);
  });

  test('copies a database', async () => {
    const source = await postgres.createDatabase();
    await ask(source, 'create table thing as select 7 as id');
    const copy = await postgres.createDatabase(source);
    expect(await ask(copy, 'select id from thing')).toEqual([{ id: 7 }]);
  });

  test('fills a template once, even for concurrent requests', async () => {
    let filled = 0;
    const fill = async (url: string): Promise<void> => {
      filled += 1;
      await ask(url, 'create table thing as select 1 as id');
    };
    const urls = await Promise.all([1, 2, 3].map(() => postgres.template('testkit', fill)));
    expect(new Set(urls).size).toBe(1);
    expect(filled).toBe(1);
    const copy = await postgres.createDatabase(urls[0]);
    expect(await ask(copy, 'select id from thing')).toEqual([{ id: 1 }]);
  });

  test('drops a database that has connections', async () => {
    const url = await postgres.createDatabase();
    const client = new Client({ connectionString: url });
    const lost = new Promise((resolve) => {
      client.on('error', resolve);
    });
    await client.connect();
    await postgres.dropDatabase(url);
    expect(await lost).toMatchObject({ code: '57P01' });
    await expect(ask(url, 'select 1')).rejects.toMatchObject({ code: '3D000' });
  });

  test('never drops a database that it did not create', async () => {
    await expect(postgres.dropDatabase(postgres.url)).rejects.toThrow('was not made by this testkit');
  });
});

describe.skipIf(testConfig().databaseUrl !== null)('a separate Postgres', () => {
  let own: TestPostgres | undefined;
  afterAll(() => own?.stop());

  test('starts with the given settings and is gone after stop', async () => {
    const started = await startPostgres({ synchronousCommit: 'off' });
    if ('missing' in started) throw new Error(started.missing);
    own = started;
    const settings = await ask(
      started.url,
      "select name, setting from pg_settings where name in ('synchronous_commit', 'fsync', 'max_connections') order by name",
    );
    expect(settings).toEqual([
      { name: 'fsync', setting: 'off' },
      { name: 'max_connections', setting: '300' },
      { name: 'synchronous_commit', setting: 'off' },
    ]);
    await started.stop();
    await expect(ask(started.url, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
