import type { MigrationQuery } from '../../../platform/database/migrations.ts';
import { wordsOf } from '../auction/words.service.ts';
import { seenByAll } from './auction-asset.entity.ts';

/** Lots written at once: a megabyte of descriptions. */
const page = 500;

/**
 * Writes the titles of the assets of which none is known, as the log of facts told them last, and the titles and words of their lots
 * where everybody sees the asset.
 */
export async function writeEarlierTitles(query: MigrationQuery): Promise<void> {
  await query(
    `update auction.assets a set title = normalize(t.title, NFC) from (
       select distinct on (key) key, coalesce(payload ->> 'title', payload #>> '{changed,title,to}') as title from facts.log
       where type in ('assets.asset.created', 'assets.asset.imported', 'assets.asset.updated')
         and coalesce(payload ->> 'title', payload #>> '{changed,title,to}') is not null
         and key in (select id from auction.assets where title is null)
       order by key, seq desc
     ) as t where a.id = t.key and a.title is null`,
  );
  let after = '';
  for (;;) {
    const lots = await query<{ id: string; title: string; description: string | null }>(
      `select l.id, a.title, l.description from auction.auctions l join auction.assets a on a.id = l.asset_id
       where l.title = '' and a.title <> '' and a.status = any($1) and l.id > $2 order by l.id limit ${page}`,
      [seenByAll, after],
    );
    await query(
      `update auction.auctions l set title = w.title, words = w.words::tsvector
       from jsonb_to_recordset($1::jsonb) as w(id text, title text, words text) where l.id = w.id`,
      [JSON.stringify(lots.map(({ id, ...texts }) => ({ id, title: texts.title, words: wordsOf(texts) })))],
    );
    const last = lots.at(-1);
    if (!last || lots.length < page) return;
    after = last.id;
  }
}
