import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../../platform/database/database.ts';
import { insideTransaction, SecondConnectionInTransaction } from '../../../platform/database/guard.ts';
import type { LeasePool } from '../../../platform/database/pool.ts';
import { sharedPostgres } from '../../testkit/shared-postgres.ts';
import { onBoth } from './both.ts';

describe('both kinds', () => {
  const postgres = sharedPostgres();
  let embedded: Database;
  let server: Database;
  beforeAll(async () => {
    embedded = await openDatabase({ inMemory: true });
    server = await openDatabase({ url: await postgres.createDatabase() });
  });
  afterAll(async () => {
    await embedded.close();
    await server.close();
  });

  test.each([
    `9007199254740993::int8 as v`,
    `12345678901234567890123456789012345678::numeric(38,0) as v`,
    `1.50::numeric as v`,
    `'2024-02-29 12:34:56.789+02'::timestamptz as v`,
    `'2024-02-29 12:34:56.789'::timestamptz(3) as v`,
    `'2024-02-29'::date as v`,
    `'{"a":[1,null,"x"]}'::jsonb as v`,
    `array['a', null, 'b,"c"']::text[] as v`,
    `array[1, 2]::int8[] as v`,
    `'\\xdeadbeef'::bytea as v`,
    `'1 day 02:00'::interval as v`,
    `true as v, 1.5::float8 as w, 1::int2 as x, null as y, 'é✓'::text as z`,
    `current_setting('timezone') as v, current_setting('datestyle') as w, current_setting('intervalstyle') as x`,
    `'00000000-0000-4000-8000-000000000000'::uuid as v`,
    `int4range(1, 5) as v`,
    `generate_series as v from generate_series(1, 3)`,
  ])('answer select %s alike', async (columns) => {
    const [one, two] = await Promise.all([embedded, server].map((db) => db.pool.query(`select ${columns}`)));
    expect(one?.rows).toEqual(two?.rows);
    expect(one?.command).toBe(two?.command);
    expect(one?.rowCount).toBe(two?.rowCount);
    expect(one?.fields.map(({ name, dataTypeID }) => ({ name, dataTypeID }))).toEqual(
      two?.fields.map(({ name, dataTypeID }) => ({ name, dataTypeID })),
    );
  });

  test.each([
    [9007199254740993n, 'int8'],
    [new Date(1_700_000_000_123), 'timestamptz'],
    [{ a: [1, null] }, 'jsonb'],
    [['a', null, 'b"'], 'text[]'],
    [Buffer.from('00ff', 'hex'), 'bytea'],
    [null, 'text'],
    ['x'.repeat(1_000_000), 'text'],
  ])('take the parameter %o as %s alike', async (value, type) => {
    const [one, two] = await Promise.all([embedded, server].map((db) => db.query(`select $1::${type} as v`, [value])));
    expect(one).toEqual(two);
    expect(one).toHaveLength(1);
  });

  test.each([
    ['select 1 / 0', []],
    ['select 1 / $1::int', [0]],
    ['selec', []],
    ['select $1::int', ['x']],
    ['select * from nowhere', []],
    [`do $$ begin raise exception 'no' using errcode = 'P0042', detail = 'why', constraint = 'c'; end $$`, []],
  ])('fail in %s alike, and continue', async (sql, params) => {
    const [one, two] = await Promise.all(
      [embedded, server].map((db) =>
        db.query(sql, params).then(
          () => null,
          (error: unknown) => error,
        ),
      ),
    );
    expect(one).toBeInstanceOf(DatabaseError);
    const told = ({ code, message, detail, constraint, severity }: DatabaseError): unknown => ({
      code,
      message,
      detail,
      constraint,
      severity,
    });
    expect(told(one as DatabaseError)).toEqual(told(two as DatabaseError));
    expect(await embedded.query('select 1 as v')).toEqual([{ v: 1 }]);
  });
});

onBoth((database) => {
  const table = async (name: string): Promise<void> => {
    await database().query(`create table ${name} (n int primary key)`);
  };
  const numbers = async (name: string): Promise<number[]> =>
    (await database().query<{ n: number }>(`select n from ${name} order by n`)).map(({ n }) => n);

  test('a transaction is committed when its function resolves and rolled back when it rejects', async () => {
    await table('kept');
    const answer = await database().transaction(async (client) => {
      await client.query('insert into kept values (1)');
      return 'done';
    });
    const failing = database().transaction(async (client) => {
      await client.query('insert into kept values (2)');
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(answer).toBe('done');
    expect(await numbers('kept')).toEqual([1]);
  });

  test('continuing a transaction after a failed statement is an error, not a silent rollback', async () => {
    await table('swallowed');
    const going = database().transaction(async (client) => {
      await client.query('insert into swallowed values (1)');
      await client.query('insert into swallowed values (1)').catch(() => undefined);
    });
    await expect(going).rejects.toThrow('was rolled back');
    expect(await numbers('swallowed')).toEqual([]);
  });

  test('a connection released with an open transaction is rolled back before it is used again', async () => {
    await table('abandoned');
    const client = await database().pool.connect();
    await client.query('begin');
    await client.query('insert into abandoned values (1)');
    // Not awaited: it is still running when the connection is released.
    client.query('insert into abandoned values (2)').catch(() => undefined);
    client.release();
    const turns = await Promise.all(Array.from({ length: 5 }, () => numbers('abandoned')));
    expect(turns).toEqual([[], [], [], [], []]);
  });

  test('a released connection can no longer be used, and a second release does nothing', async () => {
    const client = await database().pool.connect();
    client.release();
    client.release();
    await expect(client.query('select 1')).rejects.toThrow('given back');
    expect(await database().query('select 1 as v')).toEqual([{ v: 1 }]);
  });

  test('a second connection inside an open transaction is refused at once', async () => {
    await database().transaction(
      async (client) => {
        for (const attempt of [
          () => database().pool.connect(),
          () => database().pool.query('select 1'),
          () => database().query('select 1'),
          () => database().transaction(async () => undefined),
          () => database().listen('c', () => undefined),
        ]) {
          await expect(attempt()).rejects.toThrow(SecondConnectionInTransaction);
          await expect(attempt()).rejects.toThrow('"outer"');
        }
        expect((await client.query('select 1 as v')).rows).toEqual([{ v: 1 }]);
      },
      { label: 'outer' },
    );
  });

  test('work left behind by a transaction may use the pool after its end', async () => {
    const later = await insideTransaction('begun elsewhere', async () => ({
      answer: sleep(30).then(() => database().query('select 1 as v')),
    }));
    expect(await later.answer).toEqual([{ v: 1 }]);
  });

  test('NOTIFY reaches every listener of a channel with any name, until it stops', async () => {
    const heard: string[] = [];
    const stopOne = await database().listen('Odd "channel"', (payload) => heard.push(`one ${payload}`));
    const stopTwo = await database().listen('Odd "channel"', () => {
      throw new Error('a listener that fails');
    });
    const stopThree = await database().listen('Odd "channel"', (payload) => heard.push(`three ${payload}`));
    await database().query(`select pg_notify('Odd "channel"', 'a')`);
    await expect.poll(() => heard).toEqual(['one a', 'three a']);
    await stopOne();
    await stopTwo();
    await database().transaction(async (client) => {
      await client.query(`select pg_notify('Odd "channel"', 'b')`);
      await sleep(30);
      expect(heard).toHaveLength(2);
    });
    await expect.poll(() => heard).toEqual(['one a', 'three a', 'three b']);
    await stopThree();
    await database().query(`select pg_notify('Odd "channel"', 'c')`);
    await sleep(50);
    expect(heard).toHaveLength(3);
  });

  test('a recording has the statements of its context, including begin and commit', async () => {
    const before = database().statements.total;
    const other = sleep(1).then(() => database().query('select 2'));
    const texts = await database().statements.record(async () => {
      await database().query('select $1::int', [1]);
      await database().transaction((client) => client.query('select 3'));
      await other;
    });
    expect(texts).toEqual(['select $1::int', 'begin', 'select 3', 'commit']);
    expect(database().statements.total - before).toBe(5);
  });

  test('many concurrent borrowers all get their turn', async () => {
    await table('busy');
    await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        database()
          .transaction(async (client) => {
            await client.query('insert into busy values ($1)', [n]);
            if (n % 10 === 0) throw new Error('every tenth fails');
          })
          .catch(() => undefined),
      ),
    );
    expect(await numbers('busy')).toHaveLength(90);
  });

  test('a transaction that is idle too long is ended', async () => {
    await table('idle');
    const client = await database().pool.connect();
    if (database().kind === 'postgres') await client.query('set idle_in_transaction_session_timeout = 50');
    const stop = database().kind === 'embedded' ? (database().pool as LeasePool).expireIdleTransactions(50) : () => {};
    await client.query('begin');
    await client.query('insert into idle values (1)');
    await sleep(2_200);
    // A server reports the reason only on the connection that it ends; the embedded database to the next query.
    await expect(client.query('select 1')).rejects.toThrow(/terminat|not queryable/);
    client.release();
    stop();
    expect(await numbers('idle')).toEqual([]);
  });

  test('a closed database refuses', async () => {
    // On a separate database, since other tests still need the shared one.
    const own =
      database().kind === 'embedded'
        ? await openDatabase({ inMemory: true })
        : await openDatabase({ url: (database().pool.options as { connectionString: string }).connectionString });
    const held = await own.pool.connect();
    const waiting = own.query('select 1 as v');
    const closed = own.close();
    await expect(own.query('select 1')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    held.release();
    expect(await waiting).toEqual([{ v: 1 }]);
    await closed;
    await own.close();
  });
});
