import { createReadStream, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { readDataConfig } from '../platform/config/environment.ts';
import { ConfigFault } from '../platform/config/fault.ts';
import { runProgram } from '../platform/config/program.ts';
import { BackupFault, type BackupHeader } from '../platform/database/backup/format.ts';
import { load, readHeader } from '../platform/database/backup/load.ts';
import { openDatabase } from '../platform/database/database.ts';
import { migrationsOf } from '../platform/house/migrations.ts';
import { filesBeside } from './backup-files.ts';
import { subgraphs } from './index.ts';

const usage = `Restores a backup into an embedded database: DATA_DIR must not hold one yet.

  npm run restore -- FILE
`;

async function main(): Promise<number> {
  const [file, ...more] = process.argv.slice(2);
  if (!file || more.length > 0 || file.startsWith('-')) throw new ConfigFault(usage);
  if (!existsSync(file)) throw new ConfigFault(`${file}: there is no such file`);
  const { dataDir, databaseUrl } = readDataConfig();
  if (databaseUrl !== null)
    throw new ConfigFault(
      'DATABASE_URL: a Postgres is restored with pg_restore or psql, and then select facts.restored(); unset it to restore into DATA_DIR',
    );
  const folder = join(dataDir, 'database');
  const there = [...filesBeside.map((name) => join(dataDir, name)), folder].find((path) => existsSync(path));
  if (there) throw new ConfigFault(`DATA_DIR: ${there} exists; a backup is restored into an empty folder`);
  const lines = linesIn(file);
  const first = await lines.next();
  const header = readHeader(first.value);
  const database = await openDatabase({ dataDir: folder });
  let rows: number;
  try {
    try {
      rows = await load(database, migrationsOf(subgraphs), header, lines);
      // Cursors of facts after the backup must not match facts from now on.
      await database.query('select facts.restored()');
    } finally {
      await database.close();
    }
    putFiles(dataDir, header);
  } catch (error) {
    // A partial restore is useless: remove everything this process has created.
    for (const path of [...filesBeside.map((name) => join(dataDir, name)), folder])
      rmSync(path, { recursive: true, force: true });
    throw error;
  }
  process.stdout.write(`${rows} rows of the backup of ${header.madeAt} are in ${dataDir}.\n`);
  return 0;
}

function putFiles(dataDir: string, { files }: BackupHeader): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  for (const name of filesBeside) {
    const text = files[name];
    if (text !== undefined) writeFileSync(join(dataDir, name), text, { flag: 'wx', mode: 0o600 });
  }
}

/** The values of a file of gzipped JSON lines. Throws `BackupFault` for anything else. */
async function* linesIn(file: string): AsyncGenerator<unknown, void> {
  // Errors of the pipeline surface when the lines are read below.
  const input = pipeline(createReadStream(file), createGunzip(), () => undefined);
  const lines = createInterface({ input, crlfDelay: Infinity })[Symbol.asyncIterator]();
  for (;;) {
    const next = await lines.next().catch((error: unknown) => {
      throw new BackupFault(`${file} is not a complete backup: ${(error as Error).message}.`, { cause: error });
    });
    if (next.done) return;
    yield parsed(next.value);
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch (error) {
    throw new BackupFault('The backup has a line that is not JSON.', { cause: error });
  }
}

runProgram(main);
