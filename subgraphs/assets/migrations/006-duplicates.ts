import type { Migration, MigrationQuery } from '../../../platform/database/migrations.ts';
import { matchKeys } from '../duplicates/match.ts';

/** Rows per page: about a megabyte of titles. */
const page = 2000;

/**
 * The keys for finding duplicates. The program writes them with each work, in a tenth of the time of a generated column; those of
 * existing works are written here, page by page.
 */
export const assets006: Migration = {
  name: '006-duplicates',
  up: async (query) => {
    await query(
      `alter table assets add column match_title text, add column match_creator text, add column match_numbers text`,
    );
    await backfill(query);
    await query(`create index assets_by_match_title on assets (universe_id, match_title)`);
    await query(`create index assets_by_match_creator on assets (universe_id, match_creator, match_title)`);
  },
};

async function backfill(query: MigrationQuery): Promise<void> {
  let after = '';
  for (;;) {
    const rows = await query<{ id: string; title: string; creator: string | null }>(
      `select id, title, creator from assets where id > $1 order by id limit ${page}`,
      [after],
    );
    const last = rows.at(-1);
    if (!last) return;
    after = last.id;
    const keys = rows.map((row) => ({ id: row.id, ...matchKeys(row) }));
    await query(
      `update assets a set match_title = k."matchTitle", match_creator = k."matchCreator", match_numbers = k."matchNumbers"
       from jsonb_to_recordset($1::jsonb) as k(id text, "matchTitle" text, "matchCreator" text, "matchNumbers" text)
       where a.id = k.id`,
      [JSON.stringify(keys)],
    );
  }
}
