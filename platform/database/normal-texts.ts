import { escapeIdentifier } from 'pg';
import type { Report } from './database.ts';
import type { MigrationPages, MigrationQuery } from './migrations.ts';

const uniqueViolation = '23505';

/** Rows per page: with long texts and all indexes a fifth of a second. */
const page = 500;

interface Column {
  table: string;
  column: string;
  type: 'text' | '_text' | 'jsonb';
}

/**
 * Converts every stored text of an OS to Unicode NFC, the form of inputs: columns of texts, lists of texts and JSON, `except` some
 * (`table.column`). If another row already has the normal form of a unique text, the row is left unchanged and reported.
 */
export async function* normalizeStoredTexts(
  query: MigrationQuery,
  report: Report,
  except: readonly string[] = [],
): MigrationPages {
  const columns = await query<Column>(
    `select c.table_name as table, c.column_name as column, c.udt_name as type
    from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
    where c.table_schema = current_schema() and t.table_type = 'BASE TABLE' and c.is_generated = 'NEVER'
      and c.udt_name in ('text', '_text', 'jsonb')
    order by c.table_name, c.ordinal_position`,
  );
  const wanted = columns.filter(({ table, column }) => !except.includes(`${table}.${column}`));
  for (const table of new Set(wanted.map((each) => each.table))) {
    const ofTable = wanted.filter((each) => each.table === table);
    const name = escapeIdentifier(table);
    for (let after = ''; ;) {
      const rows = await query<{ id: string }>(
        `select id from ${name} where id > $1 and (${ofTable.map(isOther).join(' or ')}) order by id limit ${page}`,
        [after],
      );
      const ids = rows.map(({ id }) => id);
      const last = ids.at(-1);
      if (last === undefined) break;
      after = last;
      await normalizeRows(query, report, table, ofTable, ids);
      yield;
    }
  }
}

async function normalizeRows(
  query: MigrationQuery,
  report: Report,
  table: string,
  columns: readonly Column[],
  ids: readonly string[],
): Promise<void> {
  const from = escapeIdentifier(table);
  const whole = `update ${from} set ${columns.map(assignment).join(', ')} where id = any($1)`;
  if (await unlessTaken(query, whole, [ids])) return;
  // Some unique text is taken: row by row, so that only conflicting rows stay unchanged.
  for (const column of columns) {
    const rows = await query<{ id: string }>(
      `select id from ${from} where id = any($1) and ${isOther(column)} order by created_at, id`,
      [ids],
    );
    for (const { id } of rows) {
      const one = `update ${from} set ${assignment(column)} where id = $1`;
      if (!(await unlessTaken(query, one, [id]))) reportTaken(report, column, id);
    }
  }
}

/**
 * Converts the non-ASCII texts of a column to a normal form that only the program knows, oldest rows first. A row whose normal form is taken
 * is left unchanged and reported.
 */
export async function rewriteStoredTexts(
  query: MigrationQuery,
  report: Report,
  { table, column }: Pick<Column, 'table' | 'column'>,
  normal: (text: string) => string,
): Promise<void> {
  const [from, name] = [escapeIdentifier(table), escapeIdentifier(column)];
  const rows = await query<{ id: string; text: string }>(
    `select id, ${name} as text from ${from} where octet_length(${name}) <> char_length(${name}) order by created_at, id`,
  );
  for (const { id, text } of rows) {
    const form = normal(text);
    if (form === text) continue;
    if (!(await unlessTaken(query, `update ${from} set ${name} = $2 where id = $1`, [id, form])))
      reportTaken(report, { table, column }, id);
  }
}

/** Does not report the text, which may be an e-mail address. */
function reportTaken(report: Report, { table, column }: Pick<Column, 'table' | 'column'>, id: string): void {
  report(`${table}.${column} of ${id} is left unchanged: another row has its normal form`);
}

/** Runs a statement; false without any change if it would violate a unique constraint. */
async function unlessTaken(query: MigrationQuery, sql: string, params: readonly unknown[] = []): Promise<boolean> {
  await query('savepoint unless_taken');
  try {
    await query(sql, params);
    await query('release savepoint unless_taken');
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code !== uniqueViolation) throw error;
    await query('rollback to savepoint unless_taken');
    await query('release savepoint unless_taken');
    return false;
  }
}

/** Tests lists and JSON as one text: none of their syntax characters composes with a following mark. */
function isOther({ column, type }: Column): string {
  const name = escapeIdentifier(column);
  return `${type === 'text' ? name : `${name}::text`} is not nfc normalized`;
}

function assignment({ column, type }: Column): string {
  const name = escapeIdentifier(column);
  return `${name} = ${type === 'text' ? `normalize(${name}, NFC)` : `normalize(${name}::text, NFC)::${type === 'jsonb' ? 'jsonb' : 'text[]'}`}`;
}
