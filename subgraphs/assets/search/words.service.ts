import type { Context } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import type { MigrationPages, MigrationQuery } from '../../../platform/database/migrations.ts';
import { wordsOf, type Searched } from './words.ts';

/** Rows written at once: half a megabyte of ordinary catalogue texts. */
const page = 500;

/**
 * Writes the words of all assets that have none: when the column is new, and of rows that a program of the version before has added
 * since. Each page is a statement of its own, so that no one of them is long, and may be committed by itself.
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
    // Of a row that somebody has changed since, the words are there, and newer than these.
    const words = rows.map((row) => ({ id: row.id, words: wordsOf(row) }));
    await query(
      `update assets.assets a set words = w.words::tsvector from jsonb_to_recordset($1::jsonb) as w(id text, words text) where a.id = w.id
       and a.words is null`,
      [JSON.stringify(words)],
    );
    yield;
  }
}

/** What a program of the version before added while both ran. */
export async function sweepWords(context: Context): Promise<void> {
  const pages = writeMissingWords((sql, params = []) => sqlIn(context.em, sql, [...params]));
  while (!(await pages.next()).done);
}
