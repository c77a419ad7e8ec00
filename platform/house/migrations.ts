import type { Database, Report } from '../database/database.ts';
import { migrateLeftOut, migrationStatus, type MigrationStatus, type OsMigrations } from '../database/migrations.ts';
import { factMigrations } from '../facts/migrations.ts';
import { searchMigrations } from '../search/migrations.ts';
import type { Subgraph } from '../subgraph/subgraph.ts';

/** All migrations of a database: those of the fact log, of search, and of each OS. */
export function migrationsOf(subgraphs: readonly Subgraph[]): OsMigrations[] {
  return [
    { os: 'facts', migrations: factMigrations },
    searchMigrations,
    ...subgraphs
      .filter((each) => each.migrations.length > 0)
      .map((each) => ({ os: each.name, migrations: [...each.migrations] })),
  ];
}

/**
 * Checks a database that another program migrates. Migrations that need an optional extension are applied here once the extension is
 * available and this user may create tables.
 */
export async function checkMigrated(database: Database, subgraphs: readonly Subgraph[], report: Report): Promise<void> {
  const list = migrationsOf(subgraphs);
  const status = await migrationStatus(database, list);
  const missing = ({ state, optional }: MigrationStatus): boolean => optional && state === 'pending';
  const wrong = status.filter((each) => !['applied', 'left out'].includes(each.state) && !missing(each));
  if (wrong.length === 0) {
    if (status.some(missing)) await migrateLeftOut(database, list, report);
    return;
  }
  throw new NotMigrated(wrong);
}

/** The OSes whose optional tables are missing in this database. */
export async function withoutOptional(database: Database, subgraphs: readonly Subgraph[]): Promise<Set<string>> {
  if (!subgraphs.some(({ migrations }) => migrations.some(({ needs }) => needs))) return new Set();
  const status = await migrationStatus(database, migrationsOf(subgraphs));
  return new Set(status.filter(({ optional, state }) => optional && state !== 'applied').map(({ os }) => os));
}

/** Migrations of one state that the error names: a new database lacks hundreds, and `--status` lists them all. */
const named = 3;

/** The database has not this program's version, and this process must not migrate it. */
export class NotMigrated extends Error {
  constructor(wrong: readonly Pick<MigrationStatus, 'os' | 'name' | 'state'>[]) {
    const parts = [...new Set(wrong.map(({ state }) => state))].map((state) => {
      const each = wrong.filter((one) => one.state === state);
      return `${each.length} ${state} (${firstOf(each)})`;
    });
    super(
      'Run "npm run migrate" with the newest program: the database is not of this program\'s version. ' +
        `Migrations: ${parts.join('; ')}.`,
    );
    this.name = 'NotMigrated';
  }
}

function firstOf(wrong: readonly Pick<MigrationStatus, 'os' | 'name'>[]): string {
  const names = wrong.slice(0, named).map(({ os, name }) => `${os}/${name}`);
  const more = wrong.length - names.length;
  return names.join(', ') + (more > 0 ? ` and ${more} more` : '');
}
