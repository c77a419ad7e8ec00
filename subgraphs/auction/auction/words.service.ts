import type { MigrationPages, MigrationQuery } from '../../../platform/database/migrations.ts';
import { indexWords } from '../../../platform/search/index-words.ts';

/**
 * The searchable words of a lot, as the text of a tsvector. Written when a text changes and not at each update, so that bids do
 * not update the index.
 */
export function wordsOf({ title, description }: { title: string; description?: string | null | undefined }): string {
  return indexWords({ A: [title], B: [], C: [], D: [description] });
}

/** Rows written at once: about a megabyte of descriptions. */
const page = 500;

/** Writes the words of all lots that have none, for the migration that adds the column. */
export async function* writeMissingWords(query: MigrationQuery): MigrationPages {
  for (let after = ''; ;) {
    const rows = await query<{ id: string; title: string; description: string | null }>(
      `select id, title, description from auction.auctions where words is null and id > $1 order by id limit ${page}`,
      [after],
    );
    const last = rows.at(-1);
    if (!last) return;
    after = last.id;
    await query(
      `update auction.auctions a set words = w.words::tsvector
       from jsonb_to_recordset($1::jsonb) as w(id text, words text) where a.id = w.id`,
      [JSON.stringify(rows.map((row) => ({ id: row.id, words: wordsOf(row) })))],
    );
    yield;
  }
}
