import { globSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EntityMetadata } from '@mikro-orm/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createOrm } from '../../platform/database/orm.ts';
import { Noun } from '../../platform/nouns/noun.ts';
import type { Row } from '../../platform/nouns/options.ts';
import { subgraphs } from '../../subgraphs/index.ts';
import { freshDatabase, type FreshDatabase } from '../testkit/template.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Column {
  schema: string;
  table: string;
  name: string;
  type: string;
  collation: string | null;
  nullable: boolean;
}

let fresh: FreshDatabase;
let columns: Column[];
let indexes: { schema: string; table: string; columns: string[] }[];
beforeAll(async () => {
  fresh = await freshDatabase('embedded', subgraphs);
  columns = await fresh.database.query<Column>(
    `select n.nspname as schema, c.relname as "table", a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
        co.collname as collation, not a.attnotnull as nullable
     from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
       left join pg_collation co on co.oid = a.attcollation
     where c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
       and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') order by 1, 2, 3`,
  );
  indexes = await fresh.database.query(
    `select n.nspname as schema, c.relname as "table",
        array(select a.attname::text from unnest(i.indkey) with ordinality as k(attnum, place)
          join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum order by k.place) as columns
     from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
     where i.indpred is null`,
  );
});
afterAll(() => fresh.close());

const tablesOf = (schema: string) => [
  ...new Set(columns.filter((each) => each.schema === schema).map(({ table }) => table)),
];

describe.each(subgraphs.filter(({ entities }) => entities.length > 0).map((os) => [os.name, os] as const))(
  '%s',
  (name, os) => {
    test('every table has the standard columns and a universe', () => {
      const tables = tablesOf(name);
      expect(tables.length).toBeGreaterThan(0);
      for (const table of tables) {
        const of = (column: string) => columns.find((c) => c.schema === name && c.table === table && c.name === column);
        expect(of('id'), `${table}.id`).toMatchObject({ type: 'text', collation: 'C', nullable: false });
        expect(of('universe_id'), `${table}.universe_id`).toMatchObject({ type: 'text', nullable: false });
        for (const time of ['created_at', 'updated_at'])
          expect(of(time), `${table}.${time}`).toMatchObject({ type: 'timestamp(3) with time zone', nullable: false });
      }
    });

    test('ids are text sorted by bytes', () => {
      const known = new Set(['universe_id', 'source_id']);
      for (const column of columns.filter(
        (each) => each.schema === name && each.name.endsWith('_id') && !known.has(each.name),
      ))
        expect(column, `${column.table}.${column.name}`).toMatchObject({ type: 'text', collation: 'C' });
    });

    test('times have a zone and three decimals, and no number is a float', () => {
      for (const column of columns.filter((each) => each.schema === name)) {
        const place = `${column.table}.${column.name}`;
        if (/time/.test(column.type)) expect(column.type, place).toBe('timestamp(3) with time zone');
        expect(column.type, place).not.toMatch(/real|double|money/);
        if (column.name.endsWith('_at')) expect(column.type, place).toBe('timestamp(3) with time zone');
      }
    });

    test('filter columns are indexed, and sort columns are never null', async () => {
      const orm = createOrm(fresh.database, { schema: name, entities: [...os.entities] as never[] });
      const faults: string[] = [];
      for (const noun of await nounsIn(name)) {
        const meta: EntityMetadata = orm.getMetadata().get(noun.options.entity as never);
        const columnOf = (property: string) => meta.properties[property]?.fieldNames[0] ?? property;
        const own = indexes.filter((each) => each.schema === name && each.table === meta.tableName);
        for (const [property, kind] of Object.entries(noun.options.filter)) {
          // A condition on other tables is looked up by the column that they return.
          const column = columnOf(typeof kind === 'object' && 'column' in kind ? kind.column : property);
          // Every statement is for one universe, and in a table of several kinds for one kind: these may precede it.
          const indexed = own.some(
            (index) =>
              index.columns.filter((each) => !['universe_id', 'kind'].includes(each) || each === column)[0] === column,
          );
          if (!indexed) faults.push(`${noun.name}.${property} is filtered by and not indexed`);
        }
        for (const property of noun.options.sort) {
          const column = columns.find(
            (c) => c.schema === name && c.table === meta.tableName && c.name === columnOf(property),
          );
          if (column?.nullable !== false) faults.push(`${noun.name}.${property} is sorted by and may be null`);
        }
        const { search } = noun.options;
        if (search && !own.some((index) => index.columns[0] === search.column))
          faults.push(`${noun.name} is searched without an index`);
      }
      await orm.close();
      expect(faults).toEqual([]);
    });
  },
);

/** The nouns of an OS, including those that share a table with another one and are no separate entity. */
async function nounsIn(os: string): Promise<Noun<Row>[]> {
  const found: Noun<Row>[] = [];
  for (const file of globSync(`subgraphs/${os}/**/*.query.ts`, { cwd: root })) {
    const module = (await import(join(root, file))) as Record<string, unknown>;
    for (const value of Object.values(module)) if (value instanceof Noun) found.push(value as Noun<Row>);
  }
  return found;
}

test('no table has a foreign key', async () => {
  const keys = await fresh.database.query<{ conname: string }>(`select conname from pg_constraint where contype = 'f'`);
  expect(keys).toEqual([]);
});

test('the fact log stores ids and times like other tables', () => {
  for (const column of columns.filter(({ schema }) => schema === 'facts')) {
    const place = `${column.table}.${column.name}`;
    if (/time/.test(column.type)) expect(column.type, place).toBe('timestamp(3) with time zone');
    if (['id', 'fact_id'].includes(column.name)) expect(column.collation, place).toBe('C');
  }
  expect(columns.find((c) => c.schema === 'facts' && c.table === 'log' && c.name === 'universe_id')?.nullable).toBe(
    false,
  );
});
