/**
 * The schema of every OS, forward only. Each OS has its own ordered list; one table says what was applied. A process
 * that finds a database which its own lists do not explain refuses to start, because it would read or write tables of
 * another shape.
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { escapeIdentifier } from 'pg';
import type { Database, Report } from './database.ts';
import { insideTransaction } from './guard.ts';
import type { PgClient } from './pool.ts';

/** Runs one statement of a migration in its transaction. */
export type MigrationQuery = <T = Record<string, unknown>>(sql: string, params?: readonly unknown[]) => Promise<T[]>;

/** A migration that commits page by page. */
export type MigrationPages = AsyncGenerator<void, void, void>;

export interface Migration {
  /** Unique in its OS, and never changed: `001-log`. */
  name: string;
  /**
   * SQL statements; or code, whose later changes are not noticed as those of statements are. What an operator should know of it is
   * reported. Code that rewrites many rows is a generator: each `yield` commits what was done, so that no lock outlives a page. When its
   * process ends meanwhile, it is run from its beginning again, and must find by itself what is left to do.
   */
  up: readonly string[] | ((query: MigrationQuery, report: Report) => Promise<void> | MigrationPages);
  /**
   * An extension that a server may lack. The migration is applied, after all others, as soon as it is there, and is left out
   * until then: nothing but what it makes may depend on it.
   */
  needs?: OptionalExtension;
}

/** Extensions without which the house works, but for what needs them. */
export type OptionalExtension = 'vector';

export interface OsMigrations {
  /** Also the name of its schema, which is made before its first migration and comes first in the search path. */
  os: string;
  /** Applied in this order; new ones only at the end. */
  migrations: readonly Migration[];
  /** Made in the schema public if missing. The database's user must be allowed to, or somebody has made them before. */
  extensions?: readonly ('btree_gist' | 'citext' | 'pg_trgm' | 'unaccent')[];
}

export interface AppliedMigration {
  os: string;
  name: string;
}

export interface MigrationStatus extends AppliedMigration {
  /**
   * `changed`: recorded with another checksum. `unknown`: recorded, and not in this program's list. `left out`: not applied, and
   * the server lacks the extension that it needs.
   */
  state: 'applied' | 'pending' | 'changed' | 'unknown' | 'left out';
  /** Whether the program works without it. */
  optional: boolean;
  appliedAt: Date | null;
}

/** The database and the program do not belong together. */
export class MigrationMismatch extends Error {
  constructor(os: string, message: string) {
    super(`The schema of ${os} does not fit this program: ${message}`);
    this.name = 'MigrationMismatch';
  }
}

/** The key of the advisory lock that one migrating process holds: "ensemble" cut to four bytes. */
const LOCK = 0x656e_7365;
/** How often a process that waits for another one's migrations looks whether they are done (ms). */
const LOOK_MS = 100;
const NAME = /^[a-z][a-z0-9_]{0,62}$/;

interface Recorded extends AppliedMigration {
  checksum: string;
  applied_at: Date;
}

/**
 * Applies what is missing, each migration in a transaction of its own with its record, or in several when it works page by page, and
 * returns it in order.
 * Processes that migrate at the same time wait for each other. Everything is checked before anything is applied. Throws
 * `MigrationMismatch`. What needs an optional extension and fails is told to `report` and left out; without it, it throws.
 */
export async function migrate(
  database: Database,
  list: readonly OsMigrations[],
  report?: Report,
): Promise<AppliedMigration[]> {
  checkList(list);
  return locked(database, async (client) => [
    ...(await migrateLocked(client, list, report)),
    ...(await migrateOptional(client, list, report)),
  ]);
}

/** Applies only what needs an optional extension, to a database that has everything else. */
export function migrateLeftOut(
  database: Database,
  list: readonly OsMigrations[],
  report: Report,
): Promise<AppliedMigration[]> {
  return locked(database, (client) => migrateOptional(client, list, report));
}

/**
 * Lets one process at a time migrate a server. The lock is that of a transaction on a connection of its own, which stays open: behind a
 * pooler nobody has a session that could hold one. Who waits holds no connection, so that a small pooler has some left for who works. Should
 * the connection be lost, the record of each migration, which is written with it, still keeps it from being applied twice. The embedded
 * database has one session, which `work` borrows.
 */
async function locked<T>(database: Database, work: (client: PgClient) => Promise<T>): Promise<T> {
  if (database.kind === 'embedded') return borrowing(database, work);
  for (;;) {
    const answer = await borrowing(database, async (holder) => {
      await holder.query('begin');
      // It stands idle for as long as the work takes.
      await holder.query('set local idle_in_transaction_session_timeout = 0');
      const { rows } = await holder.query<{ mine: boolean }>('select pg_try_advisory_xact_lock($1) as mine', [LOCK]);
      const done = rows[0]?.mine ? { result: await borrowing(database, work) } : null;
      await holder.query('commit');
      return done;
    });
    if (answer) return answer.result;
    await sleep(LOOK_MS);
  }
}

async function borrowing<T>(database: Database, work: (client: PgClient) => Promise<T>): Promise<T> {
  const client = await database.pool.connect();
  let broken: Error | undefined;
  try {
    return await work(client);
  } catch (error) {
    // It may have been lost, and the pool cannot know.
    broken = error instanceof Error ? error : new Error(String(error));
    throw error;
  } finally {
    client.release(broken);
  }
}

/** Runs statements in one transaction without the limit of time that a statement has otherwise: building an index may take longer. */
async function transaction<T>(client: PgClient, work: () => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    await client.query('set local statement_timeout = 0');
    const result = await work();
    await client.query('commit');
    return result;
  } catch (error) {
    // It fails with the connection, and then tells less than what was at fault.
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
  /** Whether there is more to do after what was done. */
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

/**
 * How a database stands to these lists; changes nothing. Recorded migrations of an OS that is not listed are left out.
 */
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

/** What was applied must be the beginning of the list, but for what is optional, unchanged. */
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

/** Of code only the fact that it is code: its text depends on who compiled it. */
function checksum({ up }: Migration): string {
  if (typeof up === 'function') return 'code';
  return createHash('sha256').update(JSON.stringify(up)).digest('hex');
}
