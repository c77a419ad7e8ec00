import type { MigrationPages, MigrationQuery } from '../../../platform/database/migrations.ts';
import { wordsOf } from '../auction/words.service.ts';
import { seenByAll } from './auction-asset.entity.ts';

/** Lots written at once: about a megabyte of descriptions. */
const page = 500;

/**
 * Writes which imported assets were published. Older facts of the assets do not say it, but the fact of their batch does, which was
 * published as a whole or not at all.
 */
export async function writeEarlierStates(query: MigrationQuery): Promise<void> {
  await query(
    `update auction.assets a set status = case when b.published then 'PUBLISHED' else 'DRAFT' end from (
       select i.key, bool_and((p.payload ->> 'published')::int > 0) as published
       from facts.log i join facts.log p on p.type = 'assets.import.progressed'
         and p.correlation_id = i.correlation_id and p.key = i.payload ->> 'importId'
       where i.type = 'assets.asset.imported' and i.payload ->> 'change' = 'CREATED'
         and i.key in (select id from auction.assets where status is null)
       group by i.key
     ) as b where a.id = b.key and a.status is null`,
  );
}

/** Writes missing titles of assets from the log of facts, and the titles and words of their lots if the asset is public. */
export async function* writeEarlierTitles(query: MigrationQuery): MigrationPages {
  await query(
    `update auction.assets a set title = normalize(t.title, NFC) from (
       select distinct on (key) key, coalesce(payload ->> 'title', payload #>> '{changed,title,to}') as title from facts.log
       where type in ('assets.asset.created', 'assets.asset.imported', 'assets.asset.updated')
         and coalesce(payload ->> 'title', payload #>> '{changed,title,to}') is not null
         and key in (select id from auction.assets where title is null)
       order by key, seq desc
     ) as t where a.id = t.key and a.title is null`,
  );
  yield;
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
    yield;
  }
}
