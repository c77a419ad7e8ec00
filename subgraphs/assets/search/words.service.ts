import type { Context } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import type { MigrationPages, MigrationQuery } from '../../../platform/database/migrations.ts';
import { wordsOf, type Searched } from './words.ts';

/** Rows per page: half a megabyte of ordinary catalogue texts. */
const page = 500;

/**
 * Writes the words of all assets that have none: when the column is new, and for rows that the previous version of the program has
 * inserted since. Each page is a separate short statement, and can be committed separately.
 */
export async function* writeMissingWords(query: MigrationQuery): MigrationPages {
  for (let after = ''; ;) {
    const rows = await query<Searched & { id: string }>(
      `select id, title, creators, classification, department, medium as materials, tags, accession_number as "accessionNumber", description,
         provenance_text as "provenanceText"
       from assets.assets where words is null and id > $1 order by id limit ${page}`,
      [after],
    );
    const last = rows.at(-1);
    if (!last) return;
    after = last.id;
    // A row that was changed meanwhile already has words, which are newer than these.
    const words = rows.map((row) => ({ id: row.id, words: wordsOf(row) }));
    await query(
      `update assets.assets a set words = w.words::tsvector from jsonb_to_recordset($1::jsonb) as w(id text, words text) where a.id = w.id
       and a.words is null`,
      [JSON.stringify(words)],
    );
    yield;
  }
}

/** Writes the words of rows that the previous version of the program inserted while both ran. */
export async function sweepWords(context: Context): Promise<void> {
  const pages = writeMissingWords((sql, params = []) => sqlIn(context.em, sql, [...params]));
  while (!(await pages.next()).done);
}
