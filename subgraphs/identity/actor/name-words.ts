import type { MigrationPages, MigrationQuery } from '../../../platform/database/migrations.ts';
import { indexWords } from '../../../platform/search/index-words.ts';

/** The words by which an actor is found in the directory, as the text of a tsvector. */
export function nameWords(displayName: string): string {
  return indexWords({ A: [displayName], B: [], C: [], D: [] });
}

/** Rows per page: half a megabyte of names. */
const page = 2000;

/**
 * Writes the words of all actors that have none: when the column is new, and for rows that the previous version of the program has
 * inserted since. Each page can be committed separately.
 */
export async function* writeMissingWords(query: MigrationQuery): MigrationPages {
  for (let after = ''; ;) {
    const rows = await query<{ id: string; name: string }>(
      `select id, display_name as name from identity.actors where words is null and id > $1 order by id limit ${page}`,
      [after],
    );
    const last = rows.at(-1);
    if (!last) return;
    after = last.id;
    await query(
      `update identity.actors a set words = w.words::tsvector
       from jsonb_to_recordset($1::jsonb) as w(id text, words text) where a.id = w.id`,
      [JSON.stringify(rows.map(({ id, name }) => ({ id, words: nameWords(name) })))],
    );
    yield;
  }
}
