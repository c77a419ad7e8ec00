import { Client } from 'pg';
import { startPostgres } from '../test/testkit/postgres.ts';
import { figure, now, type Bench } from './bench.ts';
import { size } from './config.ts';
import { openGraph } from './graph.ts';
import { insertWorks } from './works-table.ts';
import { workAt } from './works.ts';

/** Lines per batch: the maximum of one call. */
const batch = 500;

/** Number of works by default. */
const worksByDefault = 20_000;

export const imports: Bench = {
  name: 'import',
  sentence:
    'Works per second through the graph, compared with the same rows, columns and indexes by plain pg (BENCH_SIZE works).',
  async run(say) {
    const count = size(worksByDefault);
    const postgres = await startPostgres();
    if ('missing' in postgres) {
      say(`Left out: ${postgres.missing}`);
      return [];
    }
    try {
      const plain = await plainInserts(await postgres.createDatabase(), count);
      say(`plain pg: ${count} works in ${(plain / 1000).toFixed(1)} s`);
      const graph = await throughGraph(await postgres.createDatabase(), count);
      say(`through the graph: ${count} works in ${(graph / 1000).toFixed(1)} s`);
      return [
        figure(`through the graph, batches of ${batch}`, (count / graph) * 1000, 'works/s'),
        figure(`plain pg, batches of ${batch}`, (count / plain) * 1000, 'works/s'),
        figure('share of plain pg', (plain / graph) * 100, '%'),
      ];
    } finally {
      await postgres.stop();
    }
  },
};

/** Inserts one row after another, each in its own transaction. */
async function plainInserts(url: string, count: number): Promise<number> {
  await (await openGraph({ url })).close();
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const begun = now();
    for (let start = 0; start < count; start += batch) await insertWorks(client, start, Math.min(start + batch, count));
    return now() - begun;
  } finally {
    await client.end();
  }
}

/** One import of several batches in sequence, each with its facts. */
async function throughGraph(url: string, count: number): Promise<number> {
  const graph = await openGraph({ url });
  try {
    const begun = now();
    for (let start = 0; start < count; start += batch) {
      const lines = Array.from({ length: Math.min(batch, count - start) }, (_, n) => ({
        line: start + n + 1,
        sourceId: `w${start + n}`,
        ...workAt(start + n),
      }));
      const { assetImport } = await graph.ask(
        'mutation ($input: AssetImportInput!) { assetImport(input: $input) { created } }',
        { input: { source: 'bench', run: '1', total: count, lines } },
      );
      if ((assetImport as { created: number }).created !== lines.length) throw new Error('Lines were not imported.');
    }
    return now() - begun;
  } finally {
    await graph.close();
  }
}
