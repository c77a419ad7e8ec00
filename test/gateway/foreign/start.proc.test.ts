import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startProcess } from '../../testkit/processes.ts';
import { removeFolder, throwawayFolder } from '../../testkit/throwaway.ts';
import { until } from '../world/world.ts';
import { askAt, composed, Shop } from './world.ts';

/** Milliseconds; a start compiles nothing, but the machine may be busy. */
const patience = 60_000;

const folder = throwawayFolder('foreign');
const supergraph = join(folder, 'shop.graphql');
const dataDir = join(folder, 'data');
const shop = new Shop();
const moved = new Shop();

beforeAll(async () => {
  await Promise.all([...shop.all, ...moved.all].map((subgraph) => subgraph.listen()));
});

afterAll(async () => {
  await Promise.all([...shop.all, ...moved.all].map((subgraph) => subgraph.close()));
  removeFolder(folder);
});

const start = (env: Record<string, string>) =>
  startProcess('gateway/start.ts', {
    env: { PORT: '0', DATA_DIR: dataDir, DATABASE_URL: null, CONSOLE_DIR: '/nonexistent', LOG_LEVEL: 'info', ...env },
  });

test('npm start with another SUPERGRAPH answers from its subgraphs, opens no database, and follows a changed file', async () => {
  writeFileSync(supergraph, composed(shop.all));
  await using child = start({ SUPERGRAPH: supergraph, SUBGRAPH_URLS: `reviews=${shop.reviews.url}` });
  const [, url = ''] = await child.line(/^ {2}GraphiQL +(http\S+)\/$/, patience);
  const query = '{ product(id: "p1") { name pictures { url } reviews { author { name } } } }';
  expect(await askAt(url, query)).toMatchObject({
    data: { product: { name: 'Product p1', reviews: [{ author: { name: 'Author a1' } }] } },
    errors: [],
  });
  expect(existsSync(dataDir)).toBe(false);

  writeFileSync(supergraph, composed([moved.products, shop.assets, shop.reviews]));
  child.signal('SIGHUP');
  await child.line('the supergraph was read again', patience);
  await askAt(url, query);
  expect(moved.products.operations.length).toBeGreaterThan(0);
  const before = shop.products.operations.length;

  // A subgraph leaves the supergraph before SUBGRAPH_URLS.
  writeFileSync(supergraph, composed([moved.products, shop.assets]));
  child.signal('SIGHUP');
  await until(async () => (await askAt(url, '{ reviews { text } }')).errors[0]?.extensions['code'] === 'BAD_QUERY');

  writeFileSync(supergraph, 'type Query { broken: String }');
  child.signal('SIGHUP');
  await child.line('the supergraph was not read; the old one stays', patience);
  const left = '{ product(id: "p1") { name pictures { url } } }';
  await until(async () => (await askAt(url, left)).errors.length === 0);
  expect(shop.products.operations.length).toBe(before);
  expect(await child.stop()).toEqual({ code: 0, signal: null });
});

test.each([
  ['that is missing', null, 'cannot be read: ENOENT'],
  ['of one subgraph', 'type Query { a: String }', 'is no Federation 2 supergraph: it has no enum join__Graph'],
  [
    'that is cut off',
    'enum join__Graph { A @join__graph(name: "a", url: "http://127.0.0.1:1/") }\ntype Query {',
    'is no supergraph: Syntax Error',
  ],
])('a SUPERGRAPH %s stops the start in one line with its name', async (_what, text, message) => {
  const file = join(folder, 'broken.graphql');
  if (text !== null) writeFileSync(file, text);
  await using child = start({ SUPERGRAPH: text === null ? join(folder, 'none.graphql') : file });
  expect((await child.ended(patience)).code).toBe(1);
  expect(child.stderr).toMatch(/^SUPERGRAPH: .*\n$/);
  expect(child.stderr).toContain(message);
});
