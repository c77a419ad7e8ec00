import { parseArgs } from 'node:util';
import { readMigrateConfig } from '../platform/config/environment.ts';
import { ConfigFault } from '../platform/config/fault.ts';
import { runProgram } from '../platform/config/program.ts';
import { openDatabase } from '../platform/database/database.ts';
import { migrate, migrationStatus } from '../platform/database/migrations.ts';
import { migrationsOf } from '../platform/house/migrations.ts';
import { subgraphs } from './index.ts';

const usage = `Migrates the schemas of all OSes in DATABASE_URL; the user must own the database.

  npm run migrate                 applies missing migrations
  npm run migrate -- --status     only prints the state; exits with 1 if a migration is missing or unknown
`;

function readFlags(): { status: boolean; help: boolean } {
  try {
    const options = { status: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } } as const;
    return parseArgs({ options }).values;
  } catch (error) {
    throw new ConfigFault(`${(error as Error).message}\n\n${usage}`);
  }
}

async function main(): Promise<number> {
  const flags = readFlags();
  if (flags.help) {
    process.stdout.write(usage);
    return 0;
  }
  const database = await openDatabase({ url: readMigrateConfig().databaseUrl });
  try {
    const list = migrationsOf(subgraphs);
    if (flags.status) {
      const status = await migrationStatus(database, list);
      for (const { os, name, state, appliedAt } of status)
        process.stdout.write(`${os}/${name}: ${state}${appliedAt ? ` ${appliedAt.toISOString()}` : ''}\n`);
      return status.every(({ state }) => state === 'applied' || state === 'left out') ? 0 : 1;
    }
    const applied = await migrate(database, list, (message, error) =>
      process.stderr.write(`${error instanceof Error ? `${message}: ${error.message}` : message}\n`),
    );
    for (const { os, name } of applied) process.stdout.write(`${os}/${name}: applied\n`);
    if (applied.length === 0) process.stdout.write('All migrations were already applied.\n');
    return 0;
  } finally {
    await database.close();
  }
}

runProgram(main);
