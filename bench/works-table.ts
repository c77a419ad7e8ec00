import type { Client } from 'pg';
import { newId } from '../platform/ids/ids.ts';
import { matchKeys } from '../subgraphs/assets/duplicates/match.ts';
import { wordsOf } from '../subgraphs/assets/search/words.ts';
import { workAt } from './works.ts';

/** Inserts works `from` up to `to` into the assets table with one plain insert, including the values that the service computes. */
export async function insertWorks(client: Client, from: number, to: number): Promise<void> {
  const rows = Array.from({ length: to - from }, (_, n) => {
    const work = workAt(from + n);
    const creator = work.creators[0] ?? null;
    return {
      ...work,
      id: newId('ast'),
      sourceId: `w${from + n}`,
      creator,
      ...matchKeys({ title: work.title, creator }),
      words: wordsOf(work),
    };
  });
  await client.query(
    `insert into assets.assets (id, universe_id, created_at, updated_at, title, description, kind, status, owner_id, created_by,
       source, source_id, source_hash, creators, creator, classification, department, medium, created_earliest, tags,
       match_title, match_creator, match_numbers, words)
     select id, 'main', now(), now(), title, description, kind, 'PUBLISHED', 'usr_bench', 'usr_bench',
       'bench', "sourceId", "sourceId", array(select jsonb_array_elements_text(creators)), creator, classification, department,
       materials, "createdEarliest", array(select jsonb_array_elements_text(tags)), "matchTitle", "matchCreator", "matchNumbers", words::tsvector
     from jsonb_to_recordset($1::jsonb) as r(id text, title text, description text, kind text, "sourceId" text,
       creators jsonb, creator text, classification text, department text, materials text, "createdEarliest" date, tags jsonb,
       "matchTitle" text, "matchCreator" text, "matchNumbers" text, words text)`,
    [JSON.stringify(rows)],
  );
}
