import { afterAll, beforeAll, expect, test } from 'vitest';
import { dump } from '../../../platform/database/backup/dump.ts';
import { load, readHeader } from '../../../platform/database/backup/load.ts';
import { openDatabase, type Database } from '../../../platform/database/database.ts';
import { migrate, type Migration, type OsMigrations } from '../../../platform/database/migrations.ts';

// One database for the whole file: a new PGlite takes seconds.
let database: Database;
beforeAll(async () => {
  database = await openDatabase({ inMemory: true });
});
afterAll(() => database.close());

/** Empties the database as if it were new. */
async function emptied(): Promise<Database> {
  await database.query('drop schema if exists library, garden, platform cascade');
  return database;
}

const first: Migration = {
  name: '001-shelves',
  up: [
    `create table shelves (
      n bigint generated always as identity primary key, label text not null, tags text[] not null, details jsonb, made timestamptz(3),
      day date, weight double precision, price numeric(38,0), seal bytea, words tsvector generated always as (to_tsvector('simple', label)) stored
    )`,
    `create table books (id text primary key, shelf bigint not null references shelves (n))`,
    // A migration may insert a row that changes later.
    `create table counter (only_row boolean primary key default true, value int not null)`,
    `insert into counter (value) values (0)`,
  ],
};
const second: Migration = {
  name: '002-colour',
  up: [`alter table shelves add column colour text not null default 'oak'`],
};
const old: OsMigrations[] = [{ os: 'library', migrations: [first] }];
const grown: OsMigrations[] = [
  { os: 'library', migrations: [first, second] },
  { os: 'garden', migrations: [{ name: '001-beds', up: ['create table beds (id text primary key)'] }] },
];

async function filled(): Promise<Database> {
  await emptied();
  await migrate(database, old);
  await database.query(
    `insert into library.shelves (label, tags, details, made, day, weight, price, seal) values
      ($1, $2, $3, '2020-02-29T12:00:00.123Z', '0099-12-31', 0.1, 12345678901234567890123456789012345678, '\\x00ff'),
      ('', '{}', null, null, null, 'NaN', null, null)`,
    ['“Ünï” \\ "quoted"\n\ttab', ['a,b', 'c"d', '', 'NULL'], JSON.stringify({ deep: [1, null, { s: '\u2028' }] })],
  );
  await database.query(`insert into library.books select 'book-' || i, 1 + i % 2 from generate_series(1, 1234) i`);
  await database.query('update library.counter set value = 7');
  return database;
}

async function linesOf(database: Database): Promise<string[]> {
  const lines: string[] = [];
  await dump(database, { schemas: ['library'], files: { key: 'text' }, now: new Date(0) }, async (line) => {
    lines.push(JSON.stringify(line));
  });
  return lines;
}

async function loadLines(database: Database, list: OsMigrations[], lines: readonly string[]): Promise<number> {
  const values = lines.map((line) => JSON.parse(line) as unknown);
  const header = readHeader(values.shift());
  return load(
    database,
    list,
    header,
    (async function* () {
      yield* values;
    })(),
  );
}

test('a backup omits derived data, and data that need an extension are rebuilt where it exists', async () => {
  const vectors: Migration = {
    name: '002-vectors',
    needs: 'vector',
    up: ['create table point (at public.vector)', `comment on table point is 'derived: of books'`],
  };
  const list: OsMigrations[] = [{ os: 'library', migrations: [first, vectors, second] }];
  await filled();
  await migrate(database, list);
  await database.query(`insert into library.point values ('[1,2]')`);
  const lines = await linesOf(database);
  expect(lines.filter((line) => line.includes('point'))).toEqual([]);
  expect(lines[0]).toContain('002-vectors');
  await emptied();
  await loadLines(database, list, lines);
  expect(await database.query('select * from library.point')).toEqual([]);
  expect(await database.query('select value from library.counter')).toEqual([{ value: 7 }]);
});

const everything = `select n, label, tags, details, made::text, day::text, weight::text, price::text, encode(seal, 'hex') as seal, words::text
  from library.shelves order by n`;

test('a dump is loaded unchanged, and sequences continue after it', async () => {
  const source = await filled();
  const lines = await linesOf(source);
  expect(readHeader(JSON.parse(lines[0] ?? ''))).toMatchObject({
    files: { key: 'text' },
    migrations: [{ os: 'library', name: '001-shelves' }],
  });
  const rows = await source.query(everything);
  const target = await emptied();
  expect(await loadLines(target, old, lines)).toBe(1237);
  expect(await linesOf(target)).toHaveLength(lines.length);
  expect(await target.query(everything)).toEqual(rows);
  expect(await target.query('select count(*)::int as n, min(shelf)::int as least from library.books')).toEqual([
    { n: 1234, least: 1 },
  ]);
  expect(await target.query('select value from library.counter')).toEqual([{ value: 7 }]);
  expect(
    await target.query(`insert into library.shelves (label, tags) values ('next', '{}') returning n::int`),
  ).toEqual([{ n: 3 }]);
  await expect(target.query(`insert into library.books values ('lost', 99)`)).rejects.toThrow(/foreign key/);
});

test('an older backup is loaded into its tables, which are then migrated', async () => {
  const lines = await linesOf(await filled());
  const target = await emptied();
  await loadLines(target, grown, lines);
  expect(await target.query('select distinct colour from library.shelves')).toEqual([{ colour: 'oak' }]);
  expect(await target.query('select os, name from platform.migrations order by os, name')).toEqual([
    { os: 'garden', name: '001-beds' },
    { os: 'library', name: '001-shelves' },
    { os: 'library', name: '002-colour' },
  ]);
});

test('an incompatible backup is refused without leaving a row', async () => {
  const lines = await linesOf(await filled());
  const target = await emptied();
  const renamed: OsMigrations[] = [{ os: 'library', migrations: [{ name: '001-other', up: first.up }] }];
  await expect(loadLines(target, renamed, lines)).rejects.toThrow(
    /the backup has 001-shelves, which is not known here/,
  );
  const changed: OsMigrations[] = [
    { os: 'library', migrations: [{ ...first, up: [...(first.up as string[]), 'select 1'] }] },
  ];
  await expect(loadLines(await emptied(), changed, lines)).rejects.toThrow(/another one when the backup was made/);
  await expect(loadLines(target, [], lines)).rejects.toThrow(/no such OS/);
  const cut = await emptied();
  await expect(loadLines(cut, old, lines.slice(0, -2))).rejects.toThrow(/cut off/);
  expect(await cut.query('select count(*)::int as n from library.books')).toEqual([{ n: 0 }]);
  await expect(loadLines(cut, old, lines)).rejects.toThrow(/has tables in it already/);
  expect(() => readHeader({ format: 'ensemble-backup', version: 2 })).toThrow(/backups of format 2/);
  expect(() => readHeader({})).toThrow(/not a backup/);
});
