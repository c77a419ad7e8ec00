import { escapeIdentifier } from 'pg';
import type { Database } from '../database.ts';
import type { PgClient } from '../pool.ts';
import { formatVersion, type BackupHeader, type BackupRow, type BackupTable } from './format.ts';

/** Rows per fetch: about 25 MB of the longest rows (provenance texts of an import). */
const pageSize = 500;

/**
 * Writes the lines of a backup of these schemas, as of one moment. Awaits `write`, so that a slow disk slows the reading down. Returns the
 * number of rows.
 */
export async function dump(
  database: Database,
  options: { schemas: readonly string[]; files: Record<string, string>; now: Date },
  write: (line: unknown) => Promise<void>,
): Promise<number> {
  return database.transaction(async (client) => {
    await client.query('set transaction isolation level repeatable read, read only');
    await write(await headerOf(client, options.files, options.now));
    let rows = 0;
    for (const table of await tablesOf(client, options.schemas)) rows += await dumpTable(client, table, write);
    await write({ rows });
    return rows;
  });
}

async function headerOf(client: PgClient, files: Record<string, string>, now: Date): Promise<BackupHeader> {
  const { rows } = await client.query<BackupHeader['migrations'][number]>(
    'select os, name, checksum from platform.migrations order by applied_at, os, name',
  );
  return { format: 'ensemble-backup', version: formatVersion, madeAt: now.toISOString(), migrations: rows, files };
}

/**
 * Tables in a fixed order, with their stored columns. Omits tables whose comment begins with `derived:`, which are filled again from the
 * others.
 */
async function tablesOf(client: PgClient, schemas: readonly string[]): Promise<BackupTable[]> {
  const { rows } = await client.query<BackupTable & Record<string, unknown>>(
    `select n.nspname as schema, c.relname as "table", json_agg(a.attname order by a.attnum) as columns
     from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
     where n.nspname = any($1) and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
       and coalesce(obj_description(c.oid, 'pg_class'), '') not like 'derived:%'
     group by n.nspname, c.relname order by n.nspname, c.relname`,
    [[...schemas]],
  );
  return rows;
}

async function dumpTable(
  client: PgClient,
  table: BackupTable,
  write: (line: unknown) => Promise<void>,
): Promise<number> {
  await write({ schema: table.schema, table: table.table, columns: table.columns });
  const name = `${escapeIdentifier(table.schema)}.${escapeIdentifier(table.table)}`;
  const texts = table.columns.map((column) => `${escapeIdentifier(column)}::text`).join(', ');
  await client.query(`declare backup no scroll cursor for select array[${texts}] as row from ${name}`);
  let count = 0;
  for (;;) {
    const { rows } = await client.query<{ row: BackupRow }>(`fetch ${pageSize} from backup`);
    for (const { row } of rows) await write(row);
    count += rows.length;
    if (rows.length < pageSize) break;
  }
  await client.query('close backup');
  return count;
}
