import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MigrationQuery } from '../../../platform/database/migrations.ts';
import { readSearch } from '../../../platform/search/search.ts';
import { assets009 } from '../../../subgraphs/assets/migrations/009-words.ts';
import { writeMissingWords } from '../../../subgraphs/assets/search/words.service.ts';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Client, type Person, type World } from '../../testkit/world.ts';

const list = `query ($search: String, $searchMode: SearchMode, $sort: [AssetSort!], $filter: AssetFilter, $first: Int, $after: String, $last: Int, $before: String) {
  assets(search: $search, searchMode: $searchMode, sort: $sort, filter: $filter, first: $first, after: $after, last: $last, before: $before) {
    totalCount nodes { id title } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;
const snippets = `query ($search: String!, $searchMode: SearchMode) {
  assets(search: $search, searchMode: $searchMode, first: 50) {
    nodes { title searchSnippets(search: $search, searchMode: $searchMode) { field text ranges { start end } } }
  }
}`;
const imports = `mutation ($input: AssetImportInput!) { assetImport(input: $input) { created rejected { line message } } }`;

const works = [
  { title: 'Harbour', creators: ['Édouard Vuillard'], materials: 'oil on canvas', tags: ['sea', 'boats'] },
  { title: 'A view', creators: ['Ann Harbour', 'José Ø. Müller'], materials: 'etching', tags: ['sea'] },
  { title: 'Night', creators: ['Nobody'], materials: 'harbour mud on board', tags: ['night', 'sea', 'boats'] },
  { title: 'Day', provenanceText: 'Bought at the harbour in 1921 <b>by</b> a sailor.', accessionNumber: '2010.62.1' },
  { title: 'Recto/Verso: two façades', description: `${'Many words stand here. '.repeat(40)}A lighthouse.`, tags: [] },
  { title: '\u{E000}Odd\u{E001} harbours', creators: ['Decomposed E\u0301mile'], createdEarliest: '1961-05-01' },
  ...Array.from({ length: 25 }, (_, n) => ({
    title: `Plate ${n % 3}`,
    materials: 'etching',
    creators: [`Maker ${n}`],
  })),
];

/** Titles as people report them from other systems. */
const scripts = [
  'Rembrandt van Rijn (1606-1669)',
  'Sonata Op.27, ca.1850',
  '<b>Bold</b> at https://bold.example/a?b=1',
  '神奈川沖浪裏',
  'ｶﾞﾗｽの皿',
  '서울의 봄',
  'ภาพวาดสีน้ำมัน',
  'مُحَمَّد',
  'שָׁלוֹם',
  'ΟΔΥΣΣΕΥΣ',
  'Zürich im Jahr ٢٠٢٠',
];

let world: World;
let ann: Person;
beforeAll(async () => {
  world = await openWorld({ oses: ['assets'] });
  ann = await world.signUp({ displayName: 'Ann', organization: 'Museum' });
  const lines = works.map((work, n) => ({ line: n + 1, sourceId: `w${n}`, kind: 'ART', ...work }));
  await ann.ask(imports, { input: { source: 'test', run: '1', ownerId: ann.organizationId, lines } });
  const create = 'mutation ($title: String!) { assetCreate(input: { title: $title, kind: ART }) { asset { id } } }';
  await ann.ask(create, { title: 'Harbour draft' });
  const others = scripts.map((title, n) => ({ line: n + 1, sourceId: `s${n}`, kind: 'ART', title }));
  await ann.ask(imports, { input: { source: 'scripts', run: '1', ownerId: ann.organizationId, lines: others } });
});
afterAll(() => world.close());

interface Page {
  totalCount: number;
  nodes: { id: string; title: string }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string };
}
async function found(client: Client, variables: Record<string, unknown>): Promise<Page> {
  return ((await client.ask(list, variables)) as { assets: Page }).assets;
}
const titles = async (search: string, more: Record<string, unknown> = {}): Promise<string[]> =>
  (await found(world.anonymous, { search, first: 50, ...more })).nodes.map(({ title }) => title);

describe('search', () => {
  test('a word counts most in the title, then in the creators, then in classifications, then in the description', async () => {
    expect(await titles('harbour')).toEqual(['Harbour', 'A view', 'Night', 'Day']);
    const drafts = await found(ann, { search: 'harbour' });
    expect(drafts.nodes.map(({ title }) => title)).toContain('Harbour draft');
    const stranger = await world.signUp({ organization: 'Elsewhere' });
    expect((await found(stranger, { search: 'harbour' })).totalCount).toBe(4);
    expect((await found(world.inUniverse('other').anonymous, { search: 'harbour' })).totalCount).toBe(0);
  });

  test.each([
    ['edouard VUILLARD', ['Harbour']],
    ['Édouard', ['Harbour']],
    ['jose o muller', ['A view']],
    ['facades', ['Recto/Verso: two façades']],
    ['emile', ['\u{E000}Odd\u{E001} harbours']],
    ['verso', ['Recto/Verso: two façades']],
    ['recto/verso', ['Recto/Verso: two façades']],
    ['2010.62.1', ['Day']],
    ['"oil on canvas"', ['Harbour']],
    ['"canvas on oil"', []],
    ['harbour -sea', ['Day']],
    ['vuillard or nobody', ['Harbour', 'Night']],
    ['!!! ???', []],
    ['harbour ? \\ ?? $1 :x', []],
    [`'; drop table assets; --`, []],
    ['"unclosed harb', []],
  ])('%s finds the expected titles', async (search, wanted) => {
    expect((await titles(search)).toSorted()).toEqual(wanted.toSorted());
  });

  test.each([
    ['harb', ['Harbour', 'A view', 'Night', 'Day', '\u{E000}Odd\u{E001} harbours']],
    ['harb ', []],
    ['edouard vui', ['Harbour']],
    ['édou', ['Harbour']],
    ['sea -vuil', ['A view', 'Night']],
    ['vuillard or nob', ['Harbour', 'Night']],
    ['"oil on canvas" vu', ['Harbour']],
    [`o'vui`, []],
    ['2010.62', ['Day']],
    ['"open harb', []],
    ['or', []],
    ['-', []],
  ])('while typing, %s finds titles by a prefix', async (search, wanted) => {
    const seen = await titles(search, { searchMode: 'PREFIX' });
    expect(seen.toSorted()).toEqual(wanted.toSorted());
  });

  test.each([
    ['1669', ['Rembrandt van Rijn (1606-1669)']],
    ['op 27', ['Sonata Op.27, ca.1850']],
    ['1850', ['Sonata Op.27, ca.1850']],
    ['<b>Bold</b> at https://bold.example/a?b=1', ['<b>Bold</b> at https://bold.example/a?b=1']],
    ['bold', ['<b>Bold</b> at https://bold.example/a?b=1']],
    ['浪裏', ['神奈川沖浪裏']],
    ['裏', ['神奈川沖浪裏']],
    ['浪', ['神奈川沖浪裏']],
    ['奈浪', []],
    ['ガラス', ['ｶﾞﾗｽの皿']],
    ['서울', ['서울의 봄']],
    ['วาด', ['ภาพวาดสีน้ำมัน']],
    ['محمد', ['مُحَمَّد']],
    ['שלום', ['שָׁלוֹם']],
    ['οδυσσεύς', ['ΟΔΥΣΣΕΥΣ']],
    ['ΟΔΥΣΣΕΥΣ', ['ΟΔΥΣΣΕΥΣ']],
    ['zurich', ['Zürich im Jahr ٢٠٢٠']],
    ['2020', ['Zürich im Jahr ٢٠٢٠']],
  ])('in any script and spelling, %s finds the expected titles', async (search, wanted) => {
    expect((await titles(search, { filter: { source: { eq: 'scripts' } } })).toSorted()).toEqual(
      wanted.map((title) => title.normalize('NFC')),
    );
    for (const title of wanted) expect(await titles(title)).toContain(title.normalize('NFC'));
  });

  test('the sweep does not overwrite the words of a change meanwhile', async () => {
    const { assetCreate } = await ann.ask(
      'mutation ($input: AssetCreateInput!) { assetCreate(input: $input) { asset { id } } }',
      { input: { title: 'Olderword', kind: 'ART' } },
    );
    const { id } = assetCreate.asset;
    await world.database.query('update assets.assets set words = null where id = $1', [id]);
    const between: MigrationQuery = async <T>(sql: string, params: readonly unknown[] = []) => {
      const rows = await world.database.query<T & object>(sql, [...params]);
      if (sql.startsWith('select'))
        await ann.ask('mutation ($input: AssetUpdateInput!) { assetUpdate(input: $input) { asset { id } } }', {
          input: { assetId: id, title: 'Newerword' },
        });
      return rows;
    };
    const pages = writeMissingWords(between);
    while (!(await pages.next()).done);
    const found = async (search: string) => (await ann.ask(list, { search })).assets.nodes.length;
    expect([await found('newerword'), await found('olderword')]).toEqual([1, 0]);
  });

  test('a change by hand or by an import is found by its new words at once, and rows without words after the sweep', async () => {
    const create = 'mutation ($title: String!) { assetCreate(input: { title: $title, kind: ART }) { asset { id } } }';
    const { id } = (await ann.ask(create, { title: 'Quinquereme' })).assetCreate.asset;
    const update =
      'mutation ($id: ID!, $title: String!) { assetUpdate(input: { assetId: $id, title: $title }) { asset { id } } }';
    await ann.ask(update, { id, title: 'Trireme' });
    const count = async (search: string) => (await found(ann, { search })).totalCount;
    expect([await count('quinquereme'), await count('trireme')]).toEqual([0, 1]);
    const line = (title: string) => ({ line: 1, sourceId: 'ship', kind: 'ART', title });
    for (const title of ['Bireme', 'Galleon'])
      await ann.ask(imports, {
        input: { source: 'ships', run: title, lines: [line(title), { ...line(`${title} two`), sourceId: 'two' }] },
      });
    expect([await count('bireme'), await count('galleon')]).toEqual([0, 2]);
    await world.database.query('update assets.assets set words = null where id = $1', [id]);
    expect(await count('trireme')).toBe(0);
    await world.house.sweep();
    expect(await count('trireme')).toBe(1);
  });

  test('existing works are found by the new words after the migration', async () => {
    const rolledBack = new Error('rolled back');
    const migrated = world.database.transaction(async (client) => {
      await client.query('set local search_path to assets, public');
      await client.query(`alter table assets drop column words`);
      await client.query(
        `alter table assets add column words tsvector generated always as (search.weighted(title, null, null, null)) stored`,
      );
      const ask: MigrationQuery = async (sql, params) => (await client.query(sql, params)).rows as never[];
      // Page by page; here all of them are in one transaction.
      for await (const _page of (assets009.up as (query: MigrationQuery) => AsyncGenerator)(ask));
      const query = readSearch({ search: '沖浪裏 or 1669' })!.sql;
      const { rows } = await client.query(
        `select title from assets where words @@ ${query} order by title collate "C"`,
      );
      expect(rows).toEqual([{ title: 'Rembrandt van Rijn (1606-1669)' }, { title: '神奈川沖浪裏' }]);
      throw rolledBack;
    });
    await expect(migrated).rejects.toBe(rolledBack);
  });

  test('pages by relevance lose and repeat nothing with equal ranks, forwards and backwards', async () => {
    const whole = (await found(world.anonymous, { search: 'etching or harbour', first: 50 })).nodes.map(({ id }) => id);
    expect(whole).toHaveLength(29);
    for (const backward of [false, true]) {
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const place: Record<string, unknown> = backward ? { last: 4, before: cursor } : { first: 4, after: cursor };
        const page = await found(world.anonymous, { search: 'etching or harbour', sort: ['RELEVANCE'], ...place });
        seen.splice(backward ? 0 : seen.length, 0, ...page.nodes.map(({ id }) => id));
        const { hasNextPage, hasPreviousPage, startCursor, endCursor } = page.pageInfo;
        expect(page.totalCount).toBe(29);
        cursor = (backward ? hasPreviousPage : hasNextPage) ? (backward ? startCursor : endCursor) : null;
      } while (cursor !== null);
      expect(seen).toEqual(whole);
    }
    const byTitle = await titles('plate', { sort: ['RELEVANCE', 'TITLE_DESC'] });
    expect(byTitle).toHaveLength(25);
    expect(await titles('harbour', { sort: ['TITLE_ASC'] })).toEqual(['A view', 'Day', 'Harbour', 'Night']);
  });

  test('relevance without a search, and a cursor of another search, are INVALID', async () => {
    expect(await refusal(ann, list, { sort: ['RELEVANCE'] })).toEqual({ code: 'INVALID', path: 'sort' });
    const { pageInfo } = await found(ann, { search: 'etching', first: 2 });
    const after = pageInfo.endCursor;
    expect(await refusal(ann, list, { search: 'harbour', after })).toEqual({ code: 'INVALID', path: 'after' });
    const [signature] = JSON.parse(Buffer.from(after, 'base64url').toString()) as [string];
    for (const rank of ['1', 1.5, null, { $gt: 0 }]) {
      const made = Buffer.from(JSON.stringify([signature, rank, 'ast_1'])).toString('base64url');
      expect(await refusal(ann, list, { search: 'etching', after: made })).toEqual({ code: 'INVALID', path: 'after' });
    }
  });

  test('takes two statements for a page by relevance and one for the total, whatever its length', async () => {
    for (const first of [1, 50])
      expect(await world.statements(() => ann.ask(list, { search: 'etching', first }))).toHaveLength(3);
  });
});

describe('searchSnippets', () => {
  const of = async (search: string, searchMode = 'WORDS') =>
    (await world.anonymous.ask(snippets, { search, searchMode })).assets.nodes as {
      title: string;
      searchSnippets: { field: string; text: string; ranges: { start: number; end: number }[] }[];
    }[];
  const marked = ({ text, ranges }: { text: string; ranges: { start: number; end: number }[] }) =>
    ranges.map(({ start, end }) => text.slice(start, end));

  test('show the found words as plain text with ranges', async () => {
    const nodes = await of('harbour');
    expect(nodes.map(({ searchSnippets }) => searchSnippets.map(({ field }) => field))).toEqual([
      ['title'],
      ['creators'],
      ['materials'],
      ['provenanceText'],
    ]);
    const [, view, , day] = nodes.map(({ searchSnippets }) => searchSnippets[0]!);
    expect(view).toEqual({ field: 'creators', text: 'Ann Harbour, José Ø. Müller', ranges: [{ start: 4, end: 11 }] });
    expect(day?.text).toBe('Bought at the harbour in 1921 <b>by</b> a sailor.');
    expect(marked(day!)).toEqual(['harbour']);
  });

  test('mark words as written, also in a text that contains the marks, and cut long ones', async () => {
    const [odd] = await of('EMILE odd');
    expect(odd?.searchSnippets).toEqual([
      { field: 'title', text: '\u{E000}Odd\u{E001} harbours', ranges: [{ start: 1, end: 4 }] },
      { field: 'creators', text: 'Decomposed Émile', ranges: [{ start: 11, end: 16 }] },
    ]);
    const [long] = await of('lighthouse two facades');
    expect(long?.searchSnippets.map(({ field }) => field)).toEqual(['title', 'description']);
    expect(marked(long!.searchSnippets[1]!)).toEqual(['lighthouse']);
    expect(long!.searchSnippets[1]!.text.length).toBeLessThan(300);
    const prefix = await of('harb', 'PREFIX');
    const first = prefix.map(({ searchSnippets }) => searchSnippets.flatMap(marked)[0]);
    expect(first).toHaveLength(5);
    for (const word of first) expect(word).toMatch(/^harbours?$/i);
  });

  test('take one statement for all rows of a page', async () => {
    expect(await world.statements(() => of('etching'))).toHaveLength(3);
    expect(await world.statements(() => of('vuillard'))).toHaveLength(3);
  });

  test('are absent for an empty search', async () => {
    const { assets } = await world.anonymous.ask(
      '{ assets(first: 1) { nodes { searchSnippets(search: " ") { text } } } }',
    );
    expect(assets.nodes[0].searchSnippets).toEqual([]);
  });
});

describe('filters over lists', () => {
  const having = (tags: Record<string, string[]>) => titles('', { filter: { tags }, sort: ['TITLE_ASC'] });
  test('find assets with any or all of some tags, and none for an empty list', async () => {
    expect(await having({ hasAny: ['boats', 'night'] })).toEqual(['Harbour', 'Night']);
    expect(await having({ hasAll: ['boats', 'sea'] })).toEqual(['Harbour', 'Night']);
    expect(await having({ hasAll: ['boats', 'sea', 'night'] })).toEqual(['Night']);
    expect(await having({ hasAny: [`x','y`, '{}', '"'] })).toEqual([]);
    expect(await having({ hasAny: [] })).toEqual([]);
    expect(
      (await found(world.anonymous, { filter: { source: { eq: 'test' }, not: { tags: { hasAny: ['sea'] } } } }))
        .totalCount,
    ).toBe(28);
    expect((await found(world.anonymous, { filter: { creators: { hasAny: ['José Ø. Müller'] } } })).totalCount).toBe(1);
  });

  test('find assets made in a range of time', async () => {
    for (const filter of [
      { decade: { eq: 1960 } },
      { decade: { gte: 1960, lt: 1970 } },
      { createdEarliest: { gte: '1961-05-01', lt: '1961-05-02' } },
    ])
      expect((await found(world.anonymous, { filter })).totalCount).toBe(1);
  });

  test('too many are refused', async () => {
    const hasAny = Array.from({ length: 51 }, (_, n) => `t${n}`);
    expect(await refusal(ann, list, { filter: { tags: { hasAny } } })).toEqual({
      code: 'INVALID',
      path: 'filter.tags.hasAny',
    });
  });
});
