import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { type Database, type EmbeddedDatabase, openDatabase } from '../../platform/database/database.ts';
import { openEmbedded } from '../../platform/database/embedded/embedded.ts';
import { migrate } from '../../platform/database/migrations.ts';
import { migrationsOf } from '../../platform/house/migrations.ts';
import type { Subgraph } from '../../platform/subgraph/subgraph.ts';
import { databasesOn } from './databases.ts';
import { databaseOf } from './engine/engines.ts';

/** The cache that tests keep between runs and programs read after a run. */
export const testCache = fileURLToPath(new URL('../../node_modules/.cache/ensemble/', import.meta.url));

/** An empty migrated database for one test file. */
export interface FreshDatabase {
  database: Database;
  close(): Promise<void>;
}

/** The key of a template: it changes with the migrations and the version of PGlite. */
async function keyOf(subgraphs: readonly Subgraph[]): Promise<string> {
  const { dependencies } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const migrations = migrationsOf(subgraphs).map(({ os, migrations: list }) => [
    os,
    list.map(({ name, up }) => [name, typeof up === 'function' ? up.toString() : up]),
  ]);
  return createHash('sha256')
    .update(JSON.stringify([dependencies['@electric-sql/pglite'], migrations]))
    .digest('hex')
    .slice(0, 24);
}

/** Milliseconds for which templates of other sets of migrations are kept: a day. */
const keptMs = 24 * 3600 * 1000;

/**
 * An empty migrated PGlite as a tar file. Migrating takes a second and loading the file a fraction of it, so it is made once per set
 * of migrations and cached.
 */
async function embeddedTemplate(key: string, subgraphs: readonly Subgraph[]): Promise<Blob> {
  const folder = join(testCache, 'templates');
  const name = `${key}.tar`;
  const path = join(folder, name);
  if (!(await stat(path).catch(() => null))) {
    await mkdir(folder, { recursive: true });
    const database = (await openDatabase({ inMemory: true })) as EmbeddedDatabase;
    try {
      await migrate(database, migrationsOf(subgraphs));
      // Two workers may both make it; each renames a complete file into place, and both are alike.
      const own = `${path}.${process.pid}`;
      await writeFile(own, (await database.dump('none')).stream());
      await rename(own, path);
    } finally {
      await database.close();
    }
    // A concurrent run of another version of the tree may use its own template: delete only old ones.
    for (const other of await readdir(folder)) {
      const age = Date.now() - ((await stat(join(folder, other)).catch(() => null))?.mtimeMs ?? Date.now());
      if (age > keptMs) await rm(join(folder, other), { force: true });
    }
  }
  return new Blob([await readFile(path)]);
}

async function embedded(subgraphs: readonly Subgraph[]): Promise<FreshDatabase> {
  const key = await keyOf(subgraphs);
  const database = await databaseOf(key, () => embeddedTemplate(key, subgraphs));
  return { database, close: () => database.close() };
}

async function onServer(subgraphs: readonly Subgraph[]): Promise<FreshDatabase> {
  const given = inject('postgres') as { url: string; prefix: string } | undefined;
  if (given === undefined) throw new Error('Only a file called *.pg.test.ts has a Postgres: rename this one.');
  const databases = databasesOn(given.url, given.prefix);
  const template = await databases.template(await keyOf(subgraphs), async (url) => {
    const filling = await openDatabase({ url });
    try {
      await migrate(filling, migrationsOf(subgraphs));
    } finally {
      await filling.close();
    }
  });
  const url = await databases.createDatabase(template);
  const database = await openDatabase({ url });
  return {
    database,
    close: async () => {
      await database.close();
      await databases.dropDatabase(url);
    },
  };
}

/** A fresh database with the tables of these OSes: PGlite in memory, or one on the run's Postgres. */
export async function freshDatabase(
  kind: 'embedded' | 'postgres',
  subgraphs: readonly Subgraph[],
): Promise<FreshDatabase> {
  const fresh = await (kind === 'embedded' ? embedded(subgraphs) : onServer(subgraphs));
  await ownLog(fresh.database);
  return fresh;
}

/** Every database needs its own log id; copies of one template would otherwise accept each other's cursors. */
async function ownLog(database: Database): Promise<void> {
  await database.query(`update facts.relay set log_id = replace(gen_random_uuid()::text, '-', '')`);
}

/**
 * Fills the data folder of a program with an empty migrated database, for tests of what comes after the migrations: those take a first
 * start most of its time.
 */
export async function migratedDataFolder(dataDir: string, subgraphs: readonly Subgraph[]): Promise<void> {
  const database = await openEmbedded({
    dataDir: join(dataDir, 'database'),
    loadDataDir: await embeddedTemplate(await keyOf(subgraphs), subgraphs),
    report: () => undefined,
  });
  try {
    await ownLog(database);
  } finally {
    await database.close();
  }
}

/** An existing database, which is kept. */
export async function existingDatabase(url: string): Promise<FreshDatabase> {
  const database = await openDatabase({ url });
  return { database, close: () => database.close() };
}
