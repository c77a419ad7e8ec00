import { afterAll, beforeAll, expect, test } from 'vitest';
import { openWorld, type Person, type World } from '../../testkit/world.ts';

const imports = `mutation ($input: AssetImportInput!) { assetImport(input: $input) { created } }`;

let world: World;
let ann: Person;
beforeAll(async () => {
  world = await openWorld({ oses: ['assets'], database: 'postgres' });
  ann = await world.signUp({ organization: 'Museum' });
  const lines = [
    { title: 'Été à Zürich', creators: ['José Ø. Müller'], materials: 'oil on canvas', createdEarliest: '1961-01-01' },
    { title: 'Winter', creators: ['Éclair Été'], materials: 'oil on board', createdEarliest: '1969-12-31' },
    { title: 'Autumn', description: 'After the summer, été, of Straße/Œuvre.', createdEarliest: '1970-01-01' },
    { title: 'ete a zurich', creators: ['Muller, Jose O.'], materials: 'oil', createdEarliest: '1961-01-01' },
    ...Array.from({ length: 30 }, (_, n) => ({ title: `Sheet ${n}`, creators: ['Zoë'], materials: 'ink on paper' })),
  ].map((line, n) => ({ line: n + 1, sourceId: `s${n}`, ...line }));
  await ann.ask(imports, { input: { source: 'test', run: '1', lines } });
});
afterAll(() => world.close());

test('a server finds and ranks without accents, also by beginnings, and shows snippets', async () => {
  const search = `query ($search: String!, $searchMode: SearchMode) { assets(search: $search, searchMode: $searchMode) {
    totalCount nodes { title searchSnippets(search: $search, searchMode: $searchMode) { field text ranges { start end } } } } }`;
  const titles = async (words: string, searchMode = 'WORDS') =>
    (await world.anonymous.ask(search, { search: words, searchMode })).assets.nodes.map(
      ({ title }: { title: string }) => title,
    ) as string[];
  expect((await titles('ÉTÉ')).slice(2)).toEqual(['Winter', 'Autumn']);
  expect(await titles('jose muller -ete')).toEqual([]);
  expect((await titles('jose mul', 'PREFIX')).toSorted()).toEqual(['ete a zurich', 'Été à Zürich']);
  expect(await titles('strasse oeuvre')).toEqual(['Autumn']);
  expect(await titles('? \\ \' " $x')).toEqual([]);
  const { assets } = await world.anonymous.ask(search, { search: 'strasse' });
  expect(assets.nodes[0].searchSnippets).toEqual([
    { field: 'description', text: 'After the summer, été, of Straße/Œuvre.', ranges: [{ start: 26, end: 32 }] },
  ]);
});

test('a server pages by relevance without gaps at equal ranks', async () => {
  const page = `query ($after: String) { assets(search: "ink", first: 7, after: $after) {
    totalCount nodes { id } pageInfo { hasNextPage endCursor } } }`;
  const seen: string[] = [];
  let after: string | null = null;
  do {
    const answer: ReturnType<typeof JSON.parse> = await world.anonymous.ask(page, { after });
    seen.push(...(answer.assets.nodes as { id: string }[]).map(({ id }) => id));
    after = answer.assets.pageInfo.hasNextPage ? answer.assets.pageInfo.endCursor : null;
  } while (after !== null);
  expect(seen).toHaveLength(30);
  expect(new Set(seen).size).toBe(30);
});

test('a server counts facets, keeps the largest groups and finds duplicates', async () => {
  const { assetFacets, assetAggregate, assets } = await world.anonymous.ask(`{
    assetFacets(filter: { decade: { eq: 1960 } }, facets: [DECADE, CREATOR], top: 2) {
      total facets { distinct missing values { value count } }
    }
    assetAggregate(groupBy: [CREATOR], top: 1, bucket: { by: CREATED_EARLIEST, unit: CENTURY, fill: true }) { rows { creator count } }
    assets(search: "zurich") { nodes { title duplicates { reason asset { title } } } }
  }`);
  expect(assetFacets).toEqual({
    total: 3,
    facets: [
      {
        distinct: 2,
        missing: 30,
        values: [
          { value: '1960', count: 3 },
          { value: '1970', count: 1 },
        ],
      },
      {
        distinct: 3,
        missing: 0,
        values: [
          { value: 'Éclair Été', count: 1 },
          { value: 'José Ø. Müller', count: 1 },
        ],
      },
    ],
  });
  expect(assetAggregate.rows).toEqual([{ creator: 'Zoë', count: 30 }]);
  expect(
    assets.nodes.flatMap((node: { duplicates: { reason: string }[] }) => node.duplicates.map(({ reason }) => reason)),
  ).toEqual(['FINGERPRINT', 'FINGERPRINT']);
});
