import type { Migration, MigrationPages, MigrationQuery } from '../../../platform/database/migrations.ts';
import { wordsOf } from '../auction/words.service.ts';

/** Lots written at once: a megabyte of descriptions. */
const page = 500;

/**
 * What assets were called before titles were kept here, and which that an import brought were published, as the facts of those days tell;
 * with them the titles and words of their lots. The reaction that keeps these has passed those facts, and would tell owners and states of
 * long ago if it began anew.
 */
export const auction009: Migration = {
  name: '009-former-titles',
  async *up(query) {
    await query(
      `update assets a set title = t.title
      from (
        select distinct on (key) key, universe_id, normalize(coalesce(payload ->> 'title', payload #>> '{changed,title,to}'), NFC) as title
        from facts.log
        where type in ('assets.asset.created', 'assets.asset.imported', 'assets.asset.updated')
          and position is not null and coalesce(payload ->> 'title', payload #>> '{changed,title,to}') is not null
        order by key, position desc
      ) t
      where a.id = t.key and a.universe_id = t.universe_id and a.title is null`,
    );
    yield;
    // The facts of imported assets did not say it; that of their batch does, which was published as a whole or not at all.
    await query(
      `update assets a set status = case when b.published then 'PUBLISHED' else 'DRAFT' end
      from (
        select i.key, i.universe_id, bool_and((p.payload ->> 'published')::int > 0) as published
        from facts.log i join facts.log p on p.type = 'assets.import.progressed'
          and p.correlation_id = i.correlation_id and p.key = i.payload ->> 'importId'
        where i.type = 'assets.asset.imported' and i.payload ->> 'change' = 'CREATED' and i.position is not null
        group by i.key, i.universe_id
      ) b
      where a.id = b.key and a.universe_id = b.universe_id and a.status is null`,
    );
    yield;
    yield* writeTitles(query);
  },
};

async function* writeTitles(query: MigrationQuery): MigrationPages {
  for (let after = ''; ;) {
    const rows = await query<{ id: string; title: string; description: string | null }>(
      `select l.id, a.title, l.description from auctions l join assets a on a.id = l.asset_id
      where l.id > $1 and l.title = '' and a.title <> '' and a.status in ('PUBLISHED', 'ON_SALE', 'SOLD')
      order by l.id limit ${page}`,
      [after],
    );
    const last = rows.at(-1);
    if (!last) return;
    after = last.id;
    const written = rows.map((row) => ({ id: row.id, title: row.title, words: wordsOf(row) }));
    await query(
      `update auctions l set title = w.title, words = w.words::tsvector
      from jsonb_to_recordset($1::jsonb) as w(id text, title text, words text) where l.id = w.id`,
      [JSON.stringify(written)],
    );
    yield;
  }
}
