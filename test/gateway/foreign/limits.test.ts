import { expect, test } from 'vitest';
import { admit } from '../../../gateway/limits/admit.ts';
import { defaultLimits } from '../../../gateway/limits/limits.ts';
import { measurable } from '../../testkit/supergraph.ts';
import { composed, openForeign, Shop } from './world.ts';

async function costs(isForeign: boolean) {
  const shop = new Shop();
  for (const subgraph of shop.all) subgraph.url = 'http://127.0.0.1:1/';
  const value = await measurable(composed(shop.all), isForeign);
  return (query: string, variables: Record<string, unknown> = {}) =>
    admit(value, { query, variables }, 'anonymous', defaultLimits).cost.used;
}

test('pages are measured by the arguments that @listSize names, whatever they are called', async () => {
  const cost = await costs(true);
  expect(cost('{ products(limit: 7) { name } }')).toBe(7);
  expect(cost('query ($n: Int = 9) { products(limit: $n) { name } }')).toBe(9);
  expect(() => cost('{ products(limit: 101) { name } }')).toThrow(/page size 101 of at most 100 at products/);
  expect(() => cost('query ($n: Int) { products(limit: $n) { name } }', { n: 500 })).toThrow(/page size 500/);
  // An argument that it does not name is no page, even if this house would call one so.
  expect(cost('{ products(limit: 2, first: 5000) { name } }')).toBe(2);
});

test('a foreign list without a declared size is assumed to be short, and one of this house the largest page', async () => {
  const query = '{ reviews { product { reviews { product { reviews { product { reviews { text } } } } } } } }';
  const foreign = await costs(true);
  expect(foreign(query)).toBe(12_220);
  const own = await costs(false);
  expect(() => own(query)).toThrow(/estimated objects/);
});

test('depth, tokens, aliases and cost hold for a foreign schema', async () => {
  const cost = await costs(true);
  const nested = (levels: number): string => (levels === 0 ? 'text' : `product { reviews { ${nested(levels - 1)} } }`);
  expect(() => cost(`{ reviews { ${nested(6)} } }`)).toThrow(/depth 14 of at most 12/);
  const aliases = Array.from({ length: 31 }, (_, n) => `a${n}: text`).join(' ');
  expect(() => cost(`{ reviews { ${aliases} } }`)).toThrow(/aliases 31 of at most 30/);
  expect(() => cost(`{ reviews { ${'text '.repeat(2_000)} } }`)).toThrow(/tokens/);
  expect(() =>
    cost('{ products(limit: 100) { reviews { author { reviews { product { reviews { text } } } } } } }'),
  ).toThrow(/estimated objects/);
});

test('what a list without a declared size really has counts while the operation runs', async () => {
  await using world = await openForeign(new Shop(), { env: { LIMITS: 'anonymous.objects=20' } });
  world.shop.reviews.instead = (response) =>
    response.end(JSON.stringify({ data: { reviews: Array.from({ length: 50 }, (_, n) => ({ text: `${n}` })) } }));
  const { data, errors } = await world.ask('{ reviews { text } }');
  expect([data, errors[0]?.extensions]).toMatchObject([
    null,
    { code: 'LIMIT_EXCEEDED', limit: 'objects', allowed: 20 },
  ]);
});

test('however short the names in them, parsed documents are kept up to a number of tokens', async () => {
  const shop = new Shop();
  for (const subgraph of shop.all) subgraph.url = 'http://127.0.0.1:1/';
  const value = await measurable(composed(shop.all), true);
  const fields = 'a '.repeat(1_990);
  for (let n = 0; n < 150; n += 1)
    expect(() => admit(value, { query: `{ ${fields} b${n} }` }, 'anonymous', defaultLimits)).toThrow(/fields 1991/);
  // 2,000 tokens take about a megabyte.
  expect(value.documents.size).toBeGreaterThan(90);
  expect(value.documents.size).toBeLessThanOrEqual(100);
});

test('fields called node and nodes take any id', async () => {
  await using world = await openForeign(new Shop());
  const { data, errors } = await world.ask(
    '{ node(id: "42") { id } nodes(ids: ["a", "not_anid"]) { id ... on Picture { url } } }',
  );
  expect(errors).toEqual([]);
  expect(data).toMatchObject({
    node: { id: '42' },
    nodes: [{ id: 'a' }, { url: 'https://pictures.example/not_anid' }],
  });
});
