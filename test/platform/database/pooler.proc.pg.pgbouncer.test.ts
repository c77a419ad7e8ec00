import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../../platform/database/database.ts';
import { type Migration, migrate } from '../../../platform/database/migrations.ts';
import { subgraphs } from '../../../subgraphs/index.ts';
import { migrationsOf } from '../../../platform/house/migrations.ts';
import { startPgBouncer, type TestPgBouncer } from '../../testkit/pgbouncer.ts';
import { startProcess } from '../../testkit/processes.ts';
import { sharedPostgres } from '../../testkit/shared-postgres.ts';
import { openWorld as openWholeWorld } from '../../testkit/world.ts';
import { countersSubgraph } from '../fixtures/counters.subgraph.ts';
import { startLimit, startProgram } from '../fixtures/start.ts';
import { ADD, eventually, get, newCounter, nextEvent, openWorld, stream } from '../fixtures/world.ts';

const postgres = sharedPostgres();
let pooler: TestPgBouncer;
beforeAll(async () => {
  pooler = await startPgBouncer(postgres.url);
});
afterAll(() => pooler.stop());

/** Creates a database; returns its url through the pooler and its direct one. */
async function newDatabase(): Promise<{ url: string; direct: string }> {
  const direct = await postgres.createDatabase();
  return { url: pooler.through(direct), direct };
}

async function withDatabase<T>(
  config: { url: string; directUrl?: string },
  use: (database: Database, told: string[]) => Promise<T>,
): Promise<T> {
  const told: string[] = [];
  const database = await openDatabase({ ...config, report: (message) => void told.push(message) });
  try {
    return await use(database, told);
  } finally {
    await database.close();
  }
}

const settings = `select current_setting('statement_timeout') as statement,
  current_setting('idle_in_transaction_session_timeout') as idle, current_setting('TimeZone') as zone`;

test('every transaction has the house’s limits and time zone, and no server session keeps them', async () => {
  const { url, direct } = await newDatabase();
  await withDatabase({ url: direct }, (database) =>
    database.query(
      `do $$ begin execute format('alter database %I set timezone = ''Asia/Tokyo''', current_database()); end $$`,
    ),
  );
  await withDatabase({ url }, async (database, told) => {
    // The first two are open at the same time, so each has a session of its own.
    let open = 0;
    let both = (): void => undefined;
    const opened = new Promise<void>((resolve) => (both = resolve));
    const rows = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        database.transaction(async (client) => {
          const row = (await client.query(`${settings}, pg_backend_pid() as pid`)).rows[0]!;
          if (n < 2 && (open += 1) === 2) both();
          if (n < 2) await opened;
          return row;
        }),
      ),
    );
    // One connection of the process used several server sessions.
    expect(new Set(rows.map(({ pid }) => pid)).size).toBeGreaterThan(1);
    for (const row of rows) expect(row).toMatchObject({ statement: '30s', idle: '30s', zone: 'UTC' });
    const alone = await Promise.all(
      Array.from({ length: 20 }, () => database.query<{ zone: string; statement: string }>(settings)),
    );
    for (const [row] of alone) expect(row).toMatchObject({ zone: 'UTC', statement: '0' });
    // The operator must set the only limit that a transaction cannot.
    expect(told).toEqual([
      expect.stringContaining('DIRECT_DATABASE_URL'),
      expect.stringContaining(`alter role "postgres" set statement_timeout = '30s'`),
    ]);
    // Cancelling by process id would hit another client's statement.
    const client = await database.pool.connect();
    expect(client.processID).toBeNull();
    client.release();
  });
  // Another program behind the same pooler, which reuses our sessions.
  const others = await Promise.all(
    Array.from({ length: 6 }, async () => {
      const client = new Client({ connectionString: url });
      await client.connect();
      await client.query('begin');
      const { rows } = await client.query(settings);
      return { client, row: rows[0] };
    }),
  );
  for (const { row } of others) expect(row).toEqual({ statement: '0', idle: '0', zone: 'Asia/Tokyo' });
  await Promise.all(others.map(({ client }) => client.end()));
}, 60_000);

test('a transaction keeps its isolation and its savepoints, and is rolled back on failure', async () => {
  const { url } = await newDatabase();
  await withDatabase({ url }, async (database) => {
    await database.query('create table kept (n int primary key)');
    const level = await database.transaction(
      async (client) => {
        await client.query('insert into kept values (1)');
        return (await client.query<{ level: string }>(`select current_setting('transaction_isolation') as level`)).rows;
      },
      { isolation: 'REPEATABLE READ' },
    );
    expect(level).toEqual([{ level: 'repeatable read' }]);
    const failing = database.transaction(async (client) => {
      await client.query('insert into kept values (2)');
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    const begun = await database.statements.record(() => database.transaction(async () => undefined));
    expect(begun).toEqual(['begin', 'commit']);
    expect(await database.query('select n from kept')).toEqual([{ n: 1 }]);
  });
}, 60_000);

test('concurrent migrations apply each migration once', async () => {
  const { url } = await newDatabase();
  const program = fileURLToPath(new URL('fixtures/migrate.ts', import.meta.url));
  const children = [1, 2].map(() => startProcess(program, { args: [url] }));
  const open = await Promise.all([1, 2, 3].map(() => openDatabase({ url })));
  try {
    const slow: Migration = { name: '001-slow', up: ['select pg_sleep(0.2)', 'create table lot (id int)'] };
    const list = [{ os: 'auction', migrations: [slow, { name: '002', up: ['insert into lot values (1)'] }] }];
    const applied = await Promise.all(open.map((database) => migrate(database, list)));
    const told = await Promise.all(
      children.map(async (child) => {
        const [, count] = await child.line(/applied (\d+)/);
        expect(await child.ended()).toEqual({ code: 0, signal: null });
        return Number(count);
      }),
    );
    expect([...applied.map(({ length }) => length), ...told].toSorted((a, b) => a - b)).toEqual([0, 0, 0, 0, 2]);
    expect(await open[0]?.query('select id from auction.lot')).toEqual([{ id: 1 }]);
  } finally {
    await Promise.all(open.map((database) => database.close()));
  }
}, 120_000);

test('migrating the house, signing in, changes and subscriptions work through the pooler', async () => {
  const { url } = await newDatabase();
  await withDatabase({ url }, (database) => migrate(database, migrationsOf(subgraphs)));
  await using world = await openWholeWorld({ url });
  const ann = await world.signUp({ displayName: 'Ann', organization: 'Museum' });
  const { sessionSignIn } = await world.anonymous.ask(
    'mutation ($input: SessionSignInInput!) { sessionSignIn(input: $input) { accessToken } }',
    { input: { email: ann.email, password: ann.password } },
  );
  const again = world.bearer(sessionSignIn.accessToken as string);
  await using live = await again.subscribe(
    'subscription { assetImportProgressed { created import { owner { displayName } } } }',
  );
  const lines = Array.from({ length: 20 }, (_, n) => ({ line: n + 1, sourceId: String(n), title: `Work ${n}` }));
  const imports = 'mutation ($input: AssetImportInput!) { assetImport(input: $input) { created } }';
  const input = { source: 'sea', run: '1', ownerId: ann.organizationId, lines };
  expect((await again.ask(imports, { input })).assetImport).toEqual({ created: 20 });
  expect((await live.next()).assetImportProgressed).toEqual({
    created: 20,
    import: { owner: { displayName: 'Museum' } },
  });
  await world.settled();
  // The result of another OS's reaction to the fact.
  const [counted] = await world.database.query<{ n: number }>(
    'select asset_count as n from identity.actors where id = $1',
    [ann.organizationId],
  );
  expect(counted?.n).toBe(20);
  const heavy = await Promise.all(
    Array.from({ length: 10 }, () =>
      world.anonymous.ask('{ assets(filter: { title: { contains: "Work" } }) { totalCount } }'),
    ),
  );
  expect(heavy.map(({ assets }) => assets.totalCount)).toEqual(Array(10).fill(20));
}, 120_000);

test('behind a pooler reactions and streams of a process follow the facts of another, with and without a direct address', async () => {
  const { url, direct } = await newDatabase();
  await using other = startProgram({ url, only: 'echoes' });
  await withDatabase({ url }, async (writing) => {
    const house = await openWorld(writing, { subgraphs: [countersSubgraph] });
    await other.line('ready', startLimit);
    try {
      for (const directUrl of [undefined, direct]) {
        await withDatabase({ url, ...(directUrl ? { directUrl } : {}) }, async (reading, told) => {
          expect(told.some((message) => message.includes('DIRECT_DATABASE_URL'))).toBe(directUrl === undefined);
          const listens = async (): Promise<number> =>
            (
              await reading.query(
                `select 1 from pg_stat_activity where datname = current_database() and query ilike 'listen "facts"'`,
              )
            ).length;
          const second = await openWorld(reading, { subgraphs: [countersSubgraph] });
          try {
            expect(await listens()).toBe(directUrl === undefined ? 0 : 1);
            const counterId = await newCounter(house);
            const events = await stream(second, { counterIds: [counterId] });
            const sequences: number[] = [];
            for (let by = 1; by <= 20; by++) await get(house, ADD, { input: { counterId, by } });
            while (sequences.length < 20) sequences.push((await nextEvent(events)).by);
            expect(sequences).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
            await events.return?.();
            const heard = await eventually(
              () =>
                writing.query<{ n: number }>(
                  `select count(*)::int as n from echoes.echoes where key = $1 and consumer = 'sums' group by fact_id`,
                  [counterId],
                ),
              (rows) => rows.length === 20,
            );
            expect(heard.every(({ n }) => n === 1)).toBe(true);
          } finally {
            await second.close();
          }
        });
      }
    } finally {
      await house.close();
    }
  });
}, 120_000);
