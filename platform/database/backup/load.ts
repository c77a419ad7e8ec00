import { escapeIdentifier } from 'pg';
import type { Database } from '../database.ts';
import { migrate, MigrationMismatch, migrationStatus, type OsMigrations } from '../migrations.ts';
import type { PgClient } from '../pool.ts';
import {
  BackupFault,
  endShape,
  headerShape,
  rowShape,
  tableShape,
  type BackupHeader,
  type BackupRow,
  type BackupTable,
} from './format.ts';

/** Rows per insert. */
const batchSize = 500;

/** Reads the header from the first line. Throws `BackupFault`. */
export function readHeader(line: unknown): BackupHeader {
  const parsed = headerShape.safeParse(line);
  if (parsed.success) return parsed.data;
  const version = (line as { format?: unknown; version?: unknown } | null)?.version;
  const known = (line as { format?: unknown } | null)?.format === 'ensemble-backup';
  throw new BackupFault(
    known ? `This program cannot read backups of format ${String(version)}.` : 'This is not a backup.',
  );
}

/**
 * Loads a backup into a fresh database: applies the backup's migrations, inserts the rows, and then applies newer migrations. Inserts all rows
 * or none. Returns their number. Throws `BackupFault`, and `MigrationMismatch` if the backup has migrations that are not in `list`.
 */
export async function load(
  database: Database,
  list: readonly OsMigrations[],
  header: BackupHeader,
  lines: AsyncIterable<unknown>,
): Promise<number> {
  const before = await migrationStatus(database, list);
  if (before.some(({ state }) => state !== 'pending' && state !== 'left out'))
    throw new BackupFault('The database has tables in it already.');
  const then = listAt(list, header);
  await migrate(database, then);
  await checkAlike(database, list, header);
  const rows = await database.transaction((client) => loadRows(client, then, lines));
  await migrate(database, list);
  return rows;
}

/** The migrations of the backup, without optional ones, whose tables are not in a backup. */
function listAt(list: readonly OsMigrations[], header: BackupHeader): OsMigrations[] {
  const known = new Set(list.map(({ os }) => os));
  const stranger = header.migrations.find(({ os }) => !known.has(os));
  if (stranger) throw new MigrationMismatch(stranger.os, 'this program has no such OS, and the backup does.');
  return list.flatMap((each) => {
    const applied = header.migrations.filter(({ os }) => os === each.os).map(({ name }) => name);
    const newer = applied.find((name) => !each.migrations.some((migration) => migration.name === name));
    const wanted = applied.filter((name) => !isOptional(each, name));
    if (newer) throw new MigrationMismatch(each.os, `the backup has ${newer}, which is not known here.`);
    const migrations = each.migrations.filter(({ needs }) => !needs).slice(0, wanted.length);
    if (migrations.some(({ name }) => !wanted.includes(name)))
      throw new MigrationMismatch(each.os, 'the backup has them in another order.');
    return migrations.length > 0 ? [{ ...each, migrations }] : [];
  });
}

function isOptional({ migrations }: OsMigrations, name: string): boolean {
  return migrations.some((migration) => migration.name === name && migration.needs !== undefined);
}

async function checkAlike(database: Database, list: readonly OsMigrations[], header: BackupHeader): Promise<void> {
  const applied = await database.query<{ os: string; name: string; checksum: string }>(
    'select os, name, checksum from platform.migrations',
  );
  const checksums = new Map(applied.map(({ os, name, checksum }) => [`${os}/${name}`, checksum]));
  for (const { os, name, checksum } of header.migrations) {
    if (list.some((each) => each.os === os && isOptional(each, name))) continue;
    if (checksums.get(`${os}/${name}`) !== checksum)
      throw new MigrationMismatch(os, `its ${name} was another one when the backup was made.`);
  }
}

async function loadRows(
  client: PgClient,
  list: readonly OsMigrations[],
  lines: AsyncIterable<unknown>,
): Promise<number> {
  // The rows were consistent in their source, so triggers and reference checks are skipped.
  await client.query('set local session_replication_role = replica');
  await empty(client, list);
  let table: Target | null = null;
  let batch: BackupRow[] = [];
  let count = 0;
  let end: number | null = null;
  const flush = async (): Promise<void> => {
    if (table && batch.length > 0) await insert(client, table, batch);
    batch = [];
  };
  for await (const line of lines) {
    if (end !== null) throw new BackupFault('The backup goes on after its end.');
    if (Array.isArray(line)) {
      const row = rowShape.safeParse(line);
      if (!table || !row.success || row.data.length !== table.columns.length)
        throw new BackupFault(`The row ${count + 1} of the backup does not fit its table.`);
      batch.push(row.data);
      count += 1;
      if (batch.length === batchSize) await flush();
      continue;
    }
    await flush();
    const named = tableShape.safeParse(line);
    if (named.success) table = await target(client, list, named.data);
    else {
      const last = endShape.safeParse(line);
      if (!last.success)
        throw new BackupFault(`The backup has a line that is neither table nor row after row ${count}.`);
      end = last.data.rows;
    }
  }
  if (end !== count) throw new BackupFault('The backup is cut off: its end is missing, or rows before it are.');
  await advanceSequences(client, list);
  return count;
}

interface Target {
  name: string;
  columns: { name: string; type: string }[];
}

/** Empties the tables: rows inserted by migrations are in the backup, in their later state. */
async function empty(client: PgClient, list: readonly OsMigrations[]): Promise<void> {
  const { rows } = await client.query<{ schemaname: string; tablename: string }>(
    'select schemaname, tablename from pg_tables where schemaname = any($1)',
    [list.map(({ os }) => os)],
  );
  const names = rows.map((row) => `${escapeIdentifier(row.schemaname)}.${escapeIdentifier(row.tablename)}`);
  if (names.length > 0) await client.query(`truncate ${names.join(', ')} restart identity`);
}

async function target(client: PgClient, list: readonly OsMigrations[], table: BackupTable): Promise<Target> {
  const name = `${escapeIdentifier(table.schema)}.${escapeIdentifier(table.table)}`;
  if (!list.some(({ os }) => os === table.schema))
    throw new BackupFault(`The backup has rows of ${name}, a foreign schema.`);
  const { rows } = await client.query<{ name: string; type: string }>(
    `select a.attname as name, format_type(a.atttypid, a.atttypmod) as type
     from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relname = $2 and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''`,
    [table.schema, table.table],
  );
  const types = new Map(rows.map((row) => [row.name, row.type]));
  const columns = table.columns.map((column) => ({ name: column, type: types.get(column) }));
  const missing = columns.find(({ type }) => type === undefined);
  if (missing || columns.length !== rows.length)
    throw new BackupFault(`The columns of ${name} are not those of the backup${missing ? `: ${missing.name}` : ''}.`);
  return { name, columns: columns as Target['columns'] };
}

async function insert(client: PgClient, { name, columns }: Target, batch: BackupRow[]): Promise<void> {
  const names = columns.map((column) => escapeIdentifier(column.name)).join(', ');
  const values = columns.map(({ type }, n) => `(r ->> ${n})::${type}`).join(', ');
  await client.query(
    `insert into ${name} (${names}) overriding system value select ${values} from jsonb_array_elements($1::jsonb) as e(r)`,
    [JSON.stringify(batch)],
  );
}

/** Sets sequences to continue after the highest number. */
async function advanceSequences(client: PgClient, list: readonly OsMigrations[]): Promise<void> {
  const { rows } = await client.query<{ schema: string; table: string; column: string; sequence: string }>(
    `select n.nspname as schema, c.relname as "table", a.attname as column,
       pg_get_serial_sequence(format('%I.%I', n.nspname, c.relname), a.attname) as sequence
     from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = any($1) and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
       and pg_get_serial_sequence(format('%I.%I', n.nspname, c.relname), a.attname) is not null`,
    [list.map(({ os }) => os)],
  );
  for (const { schema, table, column, sequence } of rows) {
    const name = `${escapeIdentifier(schema)}.${escapeIdentifier(table)}`;
    await client.query(`select setval($1, coalesce(max(${escapeIdentifier(column)}), 0) + 1, false) from ${name}`, [
      sequence,
    ]);
  }
}
