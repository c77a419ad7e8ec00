import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../../platform/database/database.ts';
import { type Migration, migrate, migrateLeftOut, migrationStatus } from '../../../platform/database/migrations.ts';
import { startProcess } from '../../testkit/processes.ts';
import { sharedPostgres } from '../../testkit/shared-postgres.ts';
import { onBoth } from './both.ts';

const first: Migration = {
  name: '001-lots',
  up: ['create table lot (id int primary key)', 'insert into lot values (1)'],
};
const second: Migration = {
  name: '002-double',
  up: async (query) => {
    const [row] = await query<{ n: number }>('select count(*)::int as n from lot');
    await query('insert into lot select id + 1 from lot where $1 = 1', [row?.n]);
  },
};

onBoth((database) => {
  test('applies missing migrations once, in order, each OS in its own schema', async () => {
    const list = [
      { os: 'auction', migrations: [first] },
      { os: 'notes', migrations: [{ name: '001', up: ['create table note (id int)'] }] },
    ];
    expect(await migrate(database(), list)).toEqual([
      { os: 'auction', name: '001-lots' },
      { os: 'notes', name: '001' },
    ]);
    expect(await migrate(database(), list)).toEqual([]);
    expect(await migrate(database(), [{ os: 'auction', migrations: [first, second] }])).toEqual([
      { os: 'auction', name: '002-double' },
    ]);
    expect(await database().query('select id from auction.lot order by id')).toEqual([{ id: 1 }, { id: 2 }]);
    expect(await database().query('select * from notes.note')).toEqual([]);
  });

  test('an up-to-date database takes as many statements for many OSes as for one; a missing schema is created', async () => {
    const many = ['one', 'two', 'three', 'four'].map((os) => ({ os: `counted_${os}`, migrations: [first] }));
    await migrate(database(), [...many, { os: 'counted_search', migrations: [], extensions: ['citext'] }]);
    const sent = (list: typeof many): Promise<string[]> =>
      database().statements.record(() => migrate(database(), list));
    expect((await sent(many)).length).toBe((await sent(many.slice(0, 1))).length);
    await database().query('drop schema counted_two cascade');
    await migrate(database(), many);
    expect(await database().query(`select to_regnamespace('counted_two') is not null as made`)).toEqual([
      { made: true },
    ]);
  });

  test('a failed migration is rolled back and named, and earlier ones are kept', async () => {
    const bad: Migration = { name: '002-bad', up: ['create table half (n int)', 'select 1 / 0'] };
    const good: Migration = { name: '001-good', up: ['create table whole (n int)'] };
    const failing = migrate(database(), [{ os: 'failing', migrations: [good, bad] }]);
    await expect(failing).rejects.toThrow('The migration 002-bad of failing failed: division by zero');
    expect(
      await database().query(
        `select to_regclass('failing.whole') is null as w, to_regclass('failing.half') is null as h`,
      ),
    ).toEqual([{ w: false, h: true }]);
    const mended = migrate(database(), [
      { os: 'failing', migrations: [good, { ...bad, up: ['create table half (n int)'] }] },
    ]);
    expect(await mended).toEqual([{ os: 'failing', name: '002-bad' }]);
  });

  test('a paged migration keeps the pages before a failure, resumes, and is recorded after the last', async () => {
    const os = 'paged';
    let bad = true;
    const begun: number[] = [];
    const pages: Migration = {
      name: '001-pages',
      async *up(query) {
        await query('create table if not exists page (n int primary key)');
        const [row] = await query<{ n: number }>('select count(*)::int as n from page');
        begun.push(row?.n ?? -1);
        for (let n = row?.n ?? 0; n < 3; n += 1) {
          await query('insert into page values ($1)', [n]);
          if (bad && n === 2) throw new Error('no third page');
          yield;
        }
      },
    };
    const status = async () =>
      (await migrationStatus(database(), [{ os, migrations: [pages] }])).map(({ state }) => state);
    await expect(migrate(database(), [{ os, migrations: [pages] }])).rejects.toThrow(
      'The migration 001-pages of paged failed: no third page',
    );
    expect(await database().query('select n from paged.page order by n')).toEqual([{ n: 0 }, { n: 1 }]);
    expect(await status()).toEqual(['pending']);
    bad = false;
    expect(await migrate(database(), [{ os, migrations: [pages] }])).toEqual([{ os, name: '001-pages' }]);
    expect(await database().query('select n from paged.page order by n')).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }]);
    expect(begun).toEqual([0, 2]);
    expect(await status()).toEqual(['applied']);
  });

  test('an applied migration that was changed is refused', async () => {
    await migrate(database(), [{ os: 'changed', migrations: [first] }]);
    const other = { ...first, up: ['create table lot (id int8 primary key)'] };
    await expect(migrate(database(), [{ os: 'changed', migrations: [other] }])).rejects.toThrow(/001-lots was changed/);
  });

  test('migrations that need an extension are applied last if the server has it, and otherwise reported as left out', async () => {
    const [vector] = await database().query(`select from pg_available_extensions where name = 'vector'`);
    const vectors: Migration = { name: '002-vectors', needs: 'vector', up: ['create table point (at public.vector)'] };
    const list = [{ os: 'optional', migrations: [first, vectors, { name: '003', up: ['create table late (n int)'] }] }];
    const applied = (await migrate(database(), list)).map(({ name }) => name);
    expect(applied).toEqual(['001-lots', '003', ...(vector ? ['002-vectors'] : [])]);
    expect(await migrate(database(), list)).toEqual([]);
    const status = await migrationStatus(database(), list);
    expect(status.map(({ state, optional }) => [state, optional])).toEqual([
      ['applied', false],
      [vector ? 'applied' : 'left out', true],
      ['applied', false],
    ]);
    // A server that gains the extension has them pending; a failure is then reported, and stops nothing.
    await database().query(`drop table if exists optional.point`);
    await database().query(`delete from platform.migrations where os = 'optional' and name = '002-vectors'`);
    const bad = [
      { os: 'optional', migrations: [first, { ...vectors, up: ['select 1 / 0'] }, list[0]!.migrations[2]!] },
    ];
    const told: string[] = [];
    expect(await migrate(database(), bad, (message) => void told.push(message))).toEqual([]);
    expect(told).toHaveLength(vector ? 1 : 0);
    const left: string[] = [];
    const added = await migrateLeftOut(database(), list, (message) => void left.push(message));
    expect([added.map(({ name }) => name), left]).toEqual([vector ? ['002-vectors'] : [], []]);
  });

  test('a database of a newer program is refused, before anything is applied', async () => {
    await migrate(database(), [{ os: 'newer', migrations: [first, { name: '002', up: [] }] }]);
    const older = migrate(database(), [
      { os: 'untouched', migrations: [first] },
      { os: 'newer', migrations: [first] },
    ]);
    await expect(older).rejects.toMatchObject({ name: 'MigrationMismatch', message: /002 is not known here/ });
    expect(await database().query(`select to_regnamespace('untouched') is null as v`)).toEqual([{ v: true }]);
  });

  test('a new migration before an applied one is refused', async () => {
    await migrate(database(), [{ os: 'between', migrations: [first] }]);
    const list = [{ os: 'between', migrations: [{ name: '000', up: [] }, first] }];
    await expect(migrate(database(), list)).rejects.toThrow('000 stands before migrations that were applied');
  });

  test('the status lists applied, pending, changed and unknown migrations', async () => {
    const os = 'told';
    await migrate(database(), [{ os, migrations: [first, { name: '002', up: [] }, { name: '003', up: [] }] }]);
    const list = [{ os, migrations: [first, { name: '002', up: ['select 1'] }, { name: '004', up: [] }] }];
    const told = await migrationStatus(database(), list);
    expect(told.map(({ name, state }) => [name, state])).toEqual([
      ['001-lots', 'applied'],
      ['002', 'changed'],
      ['004', 'pending'],
      ['003', 'unknown'],
    ]);
    expect(told[0]?.appliedAt).toBeInstanceOf(Date);
  });

  test('extensions are created in the schema public and found from every OS', async () => {
    const extensions = ['citext', 'pg_trgm', 'btree_gist', 'unaccent'] as const;
    const up = ['create table name (v citext)', 'create index on name using gist (v gist_trgm_ops)'];
    await migrate(database(), [{ os: 'extended', extensions, migrations: [{ name: '001', up: [up[0]!] }] }]);
    const [row] = await database().query<{ n: string }>(
      `select count(*) as n from pg_extension e join pg_namespace s on s.oid = e.extnamespace where s.nspname = 'public' and e.extname = any($1)`,
      [extensions],
    );
    expect(Number(row?.n)).toBe(4);
  });

  test('invalid lists are refused', async () => {
    const os = 'twice';
    await expect(migrate(database(), [{ os, migrations: [first, first] }])).rejects.toThrow('same name');
    await expect(
      migrate(database(), [
        { os, migrations: [] },
        { os, migrations: [] },
      ]),
    ).rejects.toThrow('two lists');
    await expect(migrate(database(), [{ os: 'Odd"', migrations: [] }])).rejects.toThrow(
      'cannot be the name of a schema',
    );
  });
});

describe('concurrent processes that migrate the same server', () => {
  const postgres = sharedPostgres();
  const open: Database[] = [];
  afterAll(() => Promise.all(open.map((database) => database.close())));

  test('apply each migration once', async () => {
    const url = await postgres.createDatabase();
    const program = fileURLToPath(new URL('fixtures/migrate.ts', import.meta.url));
    const children = [1, 2].map(() => startProcess(program, { args: [url] }));
    for (let n = 0; n < 3; n++) open.push(await openDatabase({ url }));
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
  });
});
