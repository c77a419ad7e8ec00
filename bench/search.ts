import { Client } from 'pg';
import { startPostgres } from '../test/testkit/postgres.ts';
import { figure, now, quantile, type Bar, type Bench } from './bench.ts';
import { sizes } from './config.ts';
import { openGraph } from './graph.ts';
import { insertWorks } from './works-table.ts';

/** Sizes of the catalogue by default. */
const sizesByDefault = [3_000, 100_000, 1_000_000];

/** Number of searches per measurement, and of uncounted warm-up searches before it. With a million works each takes seconds. */
const searchesFor = (works: number): number => (works > 500_000 ? 24 : 60);
const warming = 6;

/** Works per insert while the table is filled. */
const page = 5_000;

/** Searches that find at most one work in a hundred, and searches that find one in eight or more; every other one has a filter. */
const rare = ['"workshop 42"', '"winter garden"', 'forgotten procession'];
const frequent = ['orchard', 'quiet harbour', 'golden or silver'];
const searches = [...rare, ...frequent];
const kinds = [null, 'ART'];

const question = `query ($search: String!, $filter: AssetFilter) {
  assets(search: $search, filter: $filter, first: 20) {
    totalCount nodes { id title creators classification searchSnippets(search: $search) { field text } }
  }
  assetFacets(search: $search, filter: $filter, facets: [KIND, CLASSIFICATION, DEPARTMENT, DECADE, CREATOR], top: 10) {
    total facets { facet distinct values { value count } }
  }
}`;

export const search: Bench = {
  name: 'search',
  sentence:
    'A search with first page, total, snippets and five facets, through the graph and as plain SQL (BENCH_SIZE works).',
  async run(say) {
    const postgres = await startPostgres();
    if ('missing' in postgres) {
      say(`Left out: ${postgres.missing}`);
      return [];
    }
    const bars: Bar[] = [];
    try {
      for (const count of sizes(sizesByDefault))
        bars.push(...(await ofSize(await postgres.createDatabase(), count, say)));
      return bars;
    } finally {
      await postgres.stop();
    }
  },
};

async function ofSize(url: string, count: number, say: (text: string) => void): Promise<Bar[]> {
  await (await openGraph({ url })).close();
  const client = new Client({ connectionString: url });
  await client.connect();
  const name = `${count.toLocaleString('en-US')} works`;
  say(`${name}: filling the table`);
  for (let n = 0; n < count; n += page) await insertWorks(client, n, Math.min(n + page, count));
  await client.query('vacuum analyze assets.assets');
  // Opened only now: inserting a million works takes longer than a sign-in lasts.
  const graph = await openGraph({ url });
  const measured = searchesFor(count);
  try {
    const asked = Array.from({ length: warming + measured }, (_, n) => ({
      search: searches[n % searches.length] ?? '',
      kind: kinds[Math.floor(n / searches.length) % kinds.length] ?? null,
    }));
    say(`${name}: ${measured} searches through the graph, then as plain SQL`);
    const found = new Map<string, number>();
    const taken: { words: string; graph: number; sql: number }[] = [];
    for (const [n, { search: words, kind }] of asked.entries()) {
      const begun = now();
      const { assets } = await graph.ask(question, { search: words, filter: kind ? { kind: { eq: kind } } : null });
      const between = now();
      const total = await plain(client, words, kind);
      if (total !== (assets as { totalCount: number }).totalCount) throw new Error(`The totals of "${words}" differ.`);
      if (!kind) found.set(words, total);
      if (n >= warming) taken.push({ words, graph: between - begun, sql: now() - between });
    }
    say(
      `${name}, found: ${[...found].map(([words, total]) => `${words} ${total.toLocaleString('en-US')}`).join(', ')}`,
    );
    for (const words of [rare[0] ?? '', frequent.at(-1) ?? ''])
      for (const [label, sql] of Object.entries(statements(null)))
        say(`${name}, ${words}, ${label}: ${await explained(client, sql, words)}`);
    return Object.entries({ all: searches, rare, frequent }).flatMap(([kind, among]) =>
      (['graph', 'sql'] as const).flatMap((by) => {
        const times = taken.filter(({ words }) => among.includes(words)).map((each) => each[by]);
        const title = `${name}, ${kind}: ${by === 'graph' ? 'through the graph' : 'plain SQL'}`;
        return [
          figure(`${title}, p50`, quantile(times, 0.5), 'ms'),
          figure(`${title}, p95`, quantile(times, 0.95), 'ms'),
        ];
      }),
    );
  } finally {
    await client.end();
    await graph.close();
  }
}

/** The same search as hand-written SQL, one statement for each part. */
function statements(kind: string | null): { page: string; total: string; facets: string } {
  const query = `websearch_to_tsquery('search.words', $1)`;
  const where = `universe_id = 'main' and status = 'PUBLISHED' and words @@ ${query}`;
  const narrowed = kind ? `${where} and kind = '${kind}'` : where;
  const counted = (column: string, rows: string): string =>
    `(select '${column}' as facet, ${column}::text as value, count(*) as n from assets.assets where ${rows}
      group by ${column} order by n desc limit 10)`;
  const page = `select p.id, p.title, p.creators, p.classification, ts_headline('search.words', p.title, ${query}) as title_found,
      ts_headline('search.words', coalesce(p.description, ''), ${query}) as description_found
    from (select id, title, creators, classification, description, ts_rank(words, ${query}, 1) as rank
      from assets.assets where ${narrowed} order by rank desc, id desc limit 20) p order by p.rank desc, p.id desc`;
  const facets = [
    counted('kind', where),
    ...['classification', 'department', 'decade', 'creator'].map((column) => counted(column, narrowed)),
  ].join(' union all ');
  return { page, total: `select count(*) as n from assets.assets where ${narrowed}`, facets };
}

async function plain(client: Client, words: string, kind: string | null): Promise<number> {
  const { page: rows, total, facets } = statements(kind);
  await client.query(rows, [words]);
  await client.query(facets, [words]);
  const counted = await client.query<{ n: string }>(total, [words]);
  return Number(counted.rows[0]?.n);
}

/** The database's plan of a search: its nodes from the outside in, with times. */
async function explained(client: Client, sql: string, words: string): Promise<string> {
  const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain (analyze, costs off, timing off) ${sql}`, [
    words,
  ]);
  const lines = rows.map((row) => row['QUERY PLAN']);
  const nodes = lines.flatMap(
    (line) => /(?:->\s+|^)([A-Z][A-Za-z ]+?(?: on \w+)?)\s+\(actual rows=(\d+)/.exec(line)?.slice(1, 3).join(' ') ?? [],
  );
  const times = lines.filter((line) => /^(Planning|Execution) Time/.test(line)).map((line) => line.toLowerCase());
  return `${[...new Set(nodes)].join(' ← ')}; ${times.join(', ')}`;
}
