import { once } from 'node:events';
import { createWriteStream, existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { readDataConfig } from '../platform/config/environment.ts';
import { ConfigFault } from '../platform/config/fault.ts';
import { runProgram } from '../platform/config/program.ts';
import { dump } from '../platform/database/backup/dump.ts';
import { openDatabase } from '../platform/database/database.ts';
import { migrationsOf } from '../platform/house/migrations.ts';
import { filesBeside } from './backup-files.ts';
import { subgraphs } from './index.ts';

const usage = `Backs up the embedded database in DATA_DIR into a file that later versions can restore. Stop its process first.

  npm run backup -- FILE
`;

async function main(): Promise<number> {
  const [file, ...more] = process.argv.slice(2);
  if (!file || more.length > 0 || file.startsWith('-')) throw new ConfigFault(usage);
  if (existsSync(file)) throw new ConfigFault(`${file} exists; choose another name`);
  const { dataDir, databaseUrl } = readDataConfig();
  if (databaseUrl !== null)
    throw new ConfigFault(
      'DATABASE_URL: a Postgres is backed up with pg_dump; unset it to back up the embedded database in DATA_DIR',
    );
  const folder = join(dataDir, 'database');
  if (!existsSync(join(folder, 'cluster.json'))) throw new ConfigFault(`DATA_DIR: there is no database in ${dataDir}`);
  const database = await openDatabase({ dataDir: folder });
  const draft = `${file}.new`;
  try {
    const rows = await write(draft, (line) =>
      dump(
        database,
        { schemas: migrationsOf(subgraphs).map(({ os }) => os), files: filesIn(dataDir), now: new Date() },
        line,
      ),
    );
    renameSync(draft, file);
    process.stdout.write(
      `${rows} rows are in ${file}. Keep it as safe as the installation: it contains the key that seals its secrets.\n`,
    );
    return 0;
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  } finally {
    await database.close();
  }
}

function filesIn(dataDir: string): Record<string, string> {
  const there = filesBeside.filter((name) => existsSync(join(dataDir, name)));
  return Object.fromEntries(there.map((name) => [name, readFileSync(join(dataDir, name), 'utf8')]));
}

/** Writes JSON lines, gzipped, into a file that only its owner may read. */
async function write<T>(path: string, produce: (write: (line: unknown) => Promise<void>) => Promise<T>): Promise<T> {
  rmSync(path, { force: true });
  const gzip = createGzip();
  const out = gzip.pipe(createWriteStream(path, { flags: 'wx', mode: 0o600 }));
  // Awaited below; without a handler until then, a full disk would crash the process without an error message.
  const written = finished(out);
  written.catch(() => undefined);
  const result = await produce(async (line) => {
    if (!gzip.write(`${JSON.stringify(line)}\n`)) await Promise.race([once(gzip, 'drain'), written]);
  });
  gzip.end();
  await written;
  return result;
}

runProgram(main);
