/**
 * Migrations of the schema of every OS, forward only. Each OS has an ordered list; one table records what was applied. A process refuses to
 * start on a database with records that its lists do not have, because tables may have another shape.
 */
import { createHash } from 'node:crypto';
import { escapeIdentifier } from 'pg';
import type { Database, Report } from './database.ts';
import { insideTransaction } from './guard.ts';
import { migrationLocked } from './migration-lock.ts';
import type { PgClient } from './pool.ts';

/** Runs one statement of a migration in its transaction. */
export type MigrationQuery = <T = Record<string, unknown>>(sql: string, params?: readonly unknown[]) => Promise<T[]>;

/** The run of a migration that commits page by page. */
export type MigrationPages = AsyncGenerator<void, void, void>;

export interface Migration {
  /** Unique in its OS and never changed: `001-log`. */
  name: string;
  /**
   * SQL statements, or code, whose later changes are not detected. `report` tells the operator of anything noteworthy. Code that rewrites many
   * rows is a generator: each `yield` commits, so that no lock outlives a page. If its process ends, it runs again from its beginning, and
   * must find the remaining work by itself.
   */
  up: readonly string[] | ((query: MigrationQuery, report: Report) => Promise<void> | MigrationPages);
  /**
   * An extension that a server may lack. The migration is applied after all others once the extension is available, and left out until
   * then: nothing else may depend on it.
   */
  needs?: OptionalExtension;
}

/** Extensions that only some features need. */
export type OptionalExtension = 'vector';

export interface OsMigrations {
  /** Also the name of its schema, which is created before its first migration and comes first in the search path. */
  os: string;
  /** Applied in this order; new ones only at the end. */
  migrations: readonly Migration[];
  /** Created in the schema public if missing; the database user needs the right to, or an administrator creates them. */
  extensions?: readonly ('btree_gist' | 'citext' | 'pg_trgm' | 'unaccent')[];
}

export interface AppliedMigration {
  os: string;
  name: string;
}

export interface MigrationStatus extends AppliedMigration {
  /**
   * `changed`: recorded with another checksum. `unknown`: recorded but not in this program's list. `left out`: not applied, because the
   * server lacks the extension that it needs.
   */
  state: 'applied' | 'pending' | 'changed' | 'unknown' | 'left out';
  /** Whether the program works without it. */
  optional: boolean;
  appliedAt: Date | null;
}

/** The database does not fit this program. */
export class MigrationMismatch extends Error {
  constructor(os: string, message: string) {
    super(`The schema of ${os} does not fit this program: ${message}`);
    this.name = 'MigrationMismatch';
  }
}

const NAME = /^[a-z][a-z0-9_]{0,62}$/;

interface Recorded extends AppliedMigration {
  checksum: string;
  applied_at: Date;
}

/**
 * Applies missing migrations, each in its own transaction with its record, or in several if it works page by page, and returns them in
 * order. Concurrent processes wait for each other. Everything is checked before anything is applied. Throws `MigrationMismatch`. A failing
 * migration with an optional extension is reported and left out, or throws without `report`.
 */
export async function migrate(
  database: Database,
  list: readonly OsMigrations[],
  report?: Report,
): Promise<AppliedMigration[]> {
  checkList(list);
  return migrationLocked(database, async (client) => [
    ...(await migrateLocked(client, list, report)),
    ...(await migrateOptional(client, list, report)),
  ]);
}

/** Applies only migrations that need an optional extension, to a database that has all others. */
export function migrateLeftOut(
  database: Database,
  list: readonly OsMigrations[],
  report: Report,
): Promise<AppliedMigration[]> {
  return migrationLocked(database, (client) => migrateOptional(client, list, report));
}

/** Runs statements in one transaction without the statement timeout, because building an index may take longer. */
async function transaction<T>(client: PgClient, work: () => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    await client.query('set local statement_timeout = 0');
    const result = await work();
    await client.query('commit');
    return result;
  } catch (error) {
    // If the connection is lost this fails too, and says less than the first error.
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

async function migrateLocked(
  client: PgClient,
  list: readonly OsMigrations[],
  report?: Report,
): Promise<AppliedMigration[]> {
  const recorded = await transaction(client, async () => {
    await client.query('create schema if not exists platform');
    await client.query(
      `create table if not exists platform.migrations (
        os text not null, name text not null, checksum text not null, applied_at timestamptz(3) not null default now(),
        primary key (os, name)
      )`,
    );
    return readRecorded(client);
  });
  for (const { os, migrations } of list)
    checkRecorded(
      os,
      migrations,
      recorded.filter((row) => row.os === os),
    );

  const missing = await missingFor(client, list);
  if (missing.length > 0)
    await transaction(client, async () => {
      for (const statement of missing) await client.query(statement);
    });
  const applied: AppliedMigration[] = [];
  for (const { os, migrations } of list) {
    const done = new Set(recorded.filter((row) => row.os === os).map(({ name }) => name));
    for (const migration of migrations.filter(({ name, needs }) => !needs && !done.has(name))) {
      await apply(client, os, migration, report);
      applied.push({ os, name: migration.name });
    }
  }
  return applied;
}

/** The statements that make the extensions and schemas of these lists that are not there: most starts find all of them. */
async function missingFor(client: Pick<PgClient, 'query'>, list: readonly OsMigrations[]): Promise<string[]> {
  const extensions = [...new Set(list.flatMap((each) => each.extensions ?? []))];
  const { rows } = await client.query<{ kind: string; name: string }>(
    `select 'extension' as kind, extname as name from pg_extension where extname = any($1)
     union all select 'schema', nspname from pg_namespace where nspname = any($2)`,
    [extensions, list.map(({ os }) => os)],
  );
  const found = new Set(rows.map(({ kind, name }) => `${kind} ${name}`));
  return [
    ...extensions
      .filter((name) => !found.has(`extension ${name}`))
      .map((name) => `create extension if not exists ${escapeIdentifier(name)} schema public`),
    ...list
      .filter(({ os }) => !found.has(`schema ${os}`))
      .map(({ os }) => `create schema if not exists ${escapeIdentifier(os)}`),
  ];
}

async function migrateOptional(
  client: PgClient,
  list: readonly OsMigrations[],
  report?: Report,
): Promise<AppliedMigration[]> {
  const wanted = list.flatMap(({ os, migrations }) =>
    migrations.flatMap((migration) => (migration.needs ? [{ os, migration, needs: migration.needs }] : [])),
  );
  if (wanted.length === 0) return [];
  const recorded = await readRecorded(client);
  const available = await availableExtensions(client);
  const applied: AppliedMigration[] = [];
  for (const { os, migration, needs } of wanted) {
    if (!available.has(needs) || recorded.some((row) => row.os === os && row.name === migration.name)) continue;
    try {
      await transaction(client, () =>
        client.query(`create extension if not exists ${escapeIdentifier(needs)} schema public`),
      );
      await apply(client, os, migration, report);
      applied.push({ os, name: migration.name });
    } catch (error) {
      if (!report) throw error;
      report(`${os}/${migration.name} is left out, and what depends on the extension ${needs} with it`, error);
    }
  }
  return applied;
}

async function availableExtensions(client: Pick<PgClient, 'query'>): Promise<Set<string>> {
  const { rows } = await client.query<{ name: string }>('select name from pg_available_extensions');
  return new Set(rows.map(({ name }) => name));
}

async function apply(client: PgClient, os: string, migration: Migration, report?: Report): Promise<void> {
  const { name, up } = migration;
  const query: MigrationQuery = async <T>(sql: string, params?: readonly unknown[]) =>
    (await client.query(sql, params)).rows as T[];
  const tell: Report = (message, error) => report?.(`${os}/${name}: ${message}`, error);
  let pages: MigrationPages | undefined;
  /** Runs one step; returns whether there are more. */
  const step = async (): Promise<boolean> => {
    if (typeof up !== 'function') for (const statement of up) await query(statement);
    else if (!pages) {
      const run = up(query, tell);
      if (!(Symbol.asyncIterator in run)) await run;
      else pages = run;
    }
    return pages ? !(await pages.next()).done : false;
  };
  try {
    for (let more = true; more;)
      more = await transaction(client, async () => {
        await client.query(`set local search_path to ${escapeIdentifier(os)}, public`);
        const isMore = await insideTransaction(`migration ${os}/${name}`, step);
        if (!isMore)
          await client.query('insert into platform.migrations (os, name, checksum) values ($1, $2, $3)', [
            os,
            name,
            checksum(migration),
          ]);
        return isMore;
      });
  } catch (error) {
    throw new Error(`The migration ${name} of ${os} failed: ${(error as Error).message}`, { cause: error });
  }
}

/** Compares a database with these lists and changes nothing. Ignores recorded migrations of OSes that are not listed. */
export async function migrationStatus(database: Database, list: readonly OsMigrations[]): Promise<MigrationStatus[]> {
  const [table] = await database.query<{ exists: boolean }>(
    `select to_regclass('platform.migrations') is not null as exists`,
  );
  const recorded = table?.exists ? await readRecorded(database.pool) : [];
  const needy = list.some(({ migrations }) => migrations.some(({ needs }) => needs));
  const available = needy ? await availableExtensions(database.pool) : new Set();
  return list.flatMap(({ os, migrations }) => {
    const rows = new Map(recorded.filter((row) => row.os === os).map((row) => [row.name, row]));
    const known = migrations.map((migration): MigrationStatus => {
      const row = rows.get(migration.name);
      rows.delete(migration.name);
      const { name, needs } = migration;
      const optional = needs !== undefined;
      if (!row)
        return {
          os,
          name,
          state: optional && !available.has(needs) ? 'left out' : 'pending',
          optional,
          appliedAt: null,
        };
      const state = row.checksum === checksum(migration) ? 'applied' : 'changed';
      return { os, name, state, optional, appliedAt: row.applied_at };
    });
    const unknown = [...rows.values()].map((row): MigrationStatus => ({
      os,
      name: row.name,
      state: 'unknown',
      optional: false,
      appliedAt: row.applied_at,
    }));
    return [...known, ...unknown];
  });
}

async function readRecorded(client: Pick<PgClient, 'query'>): Promise<Recorded[]> {
  const { rows } = await client.query<Recorded & Record<string, unknown>>('select * from platform.migrations');
  return rows;
}

function checkList(list: readonly OsMigrations[]): void {
  const systems = new Set<string>();
  for (const { os, migrations } of list) {
    if (!NAME.test(os)) throw new Error(`"${os}" cannot be the name of a schema: lower-case letters, digits and _.`);
    if (systems.has(os)) throw new Error(`There are two lists of migrations for ${os}.`);
    systems.add(os);
    const names = new Set(migrations.map(({ name }) => name));
    if (names.size < migrations.length) throw new Error(`Two migrations of ${os} have the same name.`);
  }
}

/** Checks that the applied migrations, except optional ones, are an unchanged beginning of the list. */
function checkRecorded(os: string, migrations: readonly Migration[], recorded: readonly Recorded[]): void {
  const byName = new Map(recorded.map((row) => [row.name, row]));
  const names = new Set(migrations.map(({ name }) => name));
  for (const { name } of recorded) {
    if (names.has(name)) continue;
    throw new MigrationMismatch(
      os,
      `its migration ${name} is not known here; the database belongs to a newer program.`,
    );
  }
  const optional = new Set(migrations.filter(({ needs }) => needs).map(({ name }) => name));
  let done = recorded.filter(({ name }) => !optional.has(name)).length;
  for (const migration of migrations) {
    const row = byName.get(migration.name);
    if (!migration.needs && done-- > 0 && !row) {
      throw new MigrationMismatch(os, `${migration.name} stands before migrations that were applied; append it.`);
    }
    if (row && row.checksum !== checksum(migration)) {
      throw new MigrationMismatch(
        os,
        `${migration.name} was changed after it was applied; write a new migration instead.`,
      );
    }
  }
}

/** Code has a constant checksum, because its text depends on the compiler. */
function checksum({ up }: Migration): string {
  if (typeof up === 'function') return 'code';
  return createHash('sha256').update(JSON.stringify(up)).digest('hex');
}
