import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cmoaLine } from '../../../clients/loader/works/cmoa.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { readSearch, searchAtMost } from '../../../platform/search/search.ts';
import { wordsOf } from '../../../subgraphs/assets/search/words.ts';
import { testConfig } from '../../testkit/config.ts';
import { openWorld, type World } from '../../testkit/world.ts';

/** As much of a title as a search takes, without the half of a word at its end. */
const wholeWords = (title: string): string =>
  title.length <= searchAtMost ? title : title.slice(0, searchAtMost).replace(/\S+$/, '');

interface Work {
  id: string;
  title: string;
  creators: string[];
  provenanceText: string | null;
}

let world: World;
let works: Work[];
beforeAll(async () => {
  world = await openWorld({ oses: ['assets'] });
  const text = await readFile(join(testConfig().datasets ?? '', 'cmoa-works.ndjson'), 'utf8');
  const read = text
    .trim()
    .split('\n')
    .flatMap((record, n) => {
      const { line } = cmoaLine(JSON.parse(record), n + 1) as { line?: Record<string, never> };
      return line ? [{ tags: [] as string[], creators: [] as string[], ...line, id: newId('ast') }] : [];
    }) as unknown as (Work & { tags: string[] })[];
  works = read;
  await world.database.query(
    `insert into assets.assets (id, universe_id, created_at, updated_at, title, kind, status, owner_id, created_by, source, source_id,
       creators, classification, department, medium, accession_number, provenance_text, words)
     select id, 'main', now(), now(), title, 'ART', 'PUBLISHED', 'org_museum', 'usr_ann', 'cmoa', "sourceId",
       array(select jsonb_array_elements_text(creators)), classification, department, medium, "accessionNumber", "provenanceText", words::tsvector
     from jsonb_to_recordset($1::jsonb) as r(id text, title text, "sourceId" text, creators jsonb, classification text, department text,
       medium text, "accessionNumber" text, "provenanceText" text, words text)`,
    [JSON.stringify(read.map((work) => ({ ...work, words: wordsOf(work) })))],
  );
}, 120_000);
afterAll(() => world.close());

/** The share of these searches that find their work now, and with the words and searches that Postgres itself parses. */
async function found(searches: { id: string; search: string }[]): Promise<{ now: number; postgres: number }> {
  const count = async (words: string, query: (search: string) => string): Promise<number> => {
    let hits = 0;
    for (let n = 0; n < searches.length; n += 2_000) {
      const asked = searches.slice(n, n + 2_000).map(({ id, search }) => `('${id}', ${query(search)})`);
      const [row] = await world.database.query<{ n: number }>(
        `select count(*)::int as n from (values ${asked.join(', ')}) as s(id, query) join assets.assets e on e.id = s.id
         where ${words} @@ s.query`,
      );
      hits += row?.n ?? 0;
    }
    return hits / searches.length;
  };
  const before = `search.weighted(e.title, search.joined(variadic e.creators), search.joined(e.classification, e.department, e.medium,
    search.joined(variadic e.tags), e.accession_number), search.joined(e.description, e.provenance_text))`;
  return {
    now: await count('e.words', (search) => readSearch({ search })!.sql),
    postgres: await count(
      before,
      (search) => `websearch_to_tsquery('search.words', '${search.replaceAll("'", "''")}')`,
    ),
  };
}

const figures: Record<string, { now: number; postgres: number; searches: number }> = {};
async function measured(name: string, searches: { id: string; search: string }[]): Promise<number> {
  figures[name] = { ...(await found(searches)), searches: searches.length };
  return figures[name].now;
}
afterAll(() => console.table(figures));

test('each work of a museum is found by the years of its people, by every word of its title, and by its title', async () => {
  const years = works.flatMap(({ id, provenanceText }) =>
    [...new Set((provenanceText ?? '').match(/(?<=\b\d{4}-)\d{4}\b/g))].map((search) => ({ id, search })),
  );
  expect(years.length).toBeGreaterThan(1_000);
  expect(await measured('dying years', years)).toBe(1);
  const words = works.flatMap(({ id, title }) =>
    [...new Set(title.match(/[\p{L}\p{N}\p{M}]+/gu))]
      .filter((word) => !/^or$/i.test(word))
      .map((search) => ({ id, search })),
  );
  expect(words.length).toBeGreaterThan(10_000);
  expect(await measured('words of titles', words)).toBe(1);
  const titles = works
    .map(({ id, title }) => ({ id, search: wholeWords(title) }))
    .filter(({ search }) => /[\p{L}\p{N}]/u.test(search));
  // The two others contain a minus before a word, which means "without".
  expect(await measured('titles', titles)).toBeGreaterThan(0.999);
}, 300_000);
