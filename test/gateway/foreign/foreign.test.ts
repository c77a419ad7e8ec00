import { expect, test } from 'vitest';
import { ConfigFault } from '../../../platform/config/fault.ts';
import { readConfig } from '../../../gateway/config.ts';
import { placesOf } from '../../../gateway/supergraph/places.ts';
import { until } from '../world/world.ts';
import { PlainSubgraph } from './subgraph.ts';
import { composed, openForeign, Shop } from './world.ts';

const everything = `{
  product(id: "p1") { id name pictures { url } reviews { text author { name } product { name } } }
  products(limit: 2) { name }
  node(id: "x") { id ... on Picture { url } }
}`;

test('a supergraph of others answers at the addresses that it names, by any name and without this house’s conventions', async () => {
  await using world = await openForeign(new Shop());
  const { data, errors } = await world.ask(everything);
  expect(errors).toEqual([]);
  expect(data).toEqual({
    product: {
      id: 'p1',
      name: 'Product p1',
      pictures: [{ url: 'https://pictures.example/p1-1' }],
      reviews: [{ text: 'Review r-p1', author: { name: 'Author a1' }, product: { name: 'Product p1' } }],
    },
    products: [{ name: 'Product p1' }, { name: 'Product p2' }],
    node: { id: 'x', url: 'https://pictures.example/x' },
  });
  const ready = await world.gateway.readiness();
  expect(ready).toEqual({ ready: true, status: 'ready', waitingFor: [] });
});

test('SUBGRAPH_URLS overrides the addresses of the supergraph', async () => {
  const shop = new Shop();
  await using world = await openForeign(shop, {
    urls: { 'Products-EU': 'http://127.0.0.1:1/graphql', assets: '' },
    env: () => ({ SUBGRAPH_URLS: `Products-EU=${shop.products.url},assets=${shop.assets.url}` }),
  });
  const { data } = await world.ask('{ product(id: "p1") { name pictures { url } } }');
  expect(data).toEqual({ product: { name: 'Product p1', pictures: [{ url: 'https://pictures.example/p1-1' }] } });
});

test('nothing signed reaches a foreign subgraph, whatever its name, over HTTP and sockets', async () => {
  await using world = await openForeign(new Shop());
  await world.ask(everything, { headers: { authorization: 'Bearer abc', cookie: 'a=b', 'x-api-key': 'k' } });
  const stream = world.client({ authorization: 'Bearer abc' }).iterate({
    query: 'subscription { priceChanged(id: "p1") { price product { name pictures { url } } } }',
  });
  const first = stream.next();
  await until(() => world.shop.prices.size === 1);
  world.shop.changePrice('p1', 5);
  expect((await first).value).toEqual({
    data: {
      priceChanged: { price: 5, product: { name: 'Product p1', pictures: [{ url: 'https://pictures.example/p1-1' }] } },
    },
  });
  await stream.return?.();
  const received = world.shop.all.flatMap((subgraph) => subgraph.received);
  expect(new Set(received.map(({ transport }) => transport))).toEqual(new Set(['http', 'ws']));
  for (const { headers, body } of received) {
    expect(Object.keys(headers)).not.toContain('router-authorization');
    expect(Object.keys(headers)).not.toContain('authorization');
    expect(Object.keys(headers)).not.toContain('cookie');
    expect(JSON.stringify([headers, body])).not.toMatch(/ensemble|routerAuthorization|abc|eyJ/i);
  }
});

test('a stream that two subscribers share is one at the foreign subgraph, and ends with the last of them', async () => {
  await using world = await openForeign(new Shop());
  const query = 'subscription { priceChanged(id: "p1") { price cursor } }';
  const streams = [1, 2].map(() => world.client().iterate({ query }));
  const firsts = streams.map((stream) => stream.next());
  await until(() => world.gateway.open().subscriptions === 2 && world.shop.prices.size > 0);
  expect(world.gateway.open().streams).toBe(1);
  world.shop.changePrice('p1', 7);
  for (const { value } of await Promise.all(firsts))
    expect(value).toEqual({ data: { priceChanged: { price: 7, cursor: 7 } } });
  for (const stream of streams) await stream.return?.();
  await until(() => world.shop.prices.size === 0);
});

test('an unreachable foreign subgraph is UNAVAILABLE, and the rest answers', async () => {
  await using world = await openForeign(new Shop());
  await world.shop.reviews.close();
  const { data, errors } = await world.ask('{ product(id: "p1") { name pictures { url } } reviews { text } }');
  expect(data).toBeNull();
  const { data: rest } = await world.ask('{ product(id: "p1") { name pictures { url } } }');
  expect(rest).toEqual({ product: { name: 'Product p1', pictures: [{ url: 'https://pictures.example/p1-1' }] } });
  expect(errors[0]).toMatchObject({
    message: 'reviews does not answer now.',
    extensions: { code: 'UNAVAILABLE', retryable: true },
  });
});

test('an answer with another status is read if it is GraphQL, and is otherwise UNAVAILABLE', async () => {
  await using world = await openForeign(new Shop());
  world.shop.products.statusOfErrors = 422;
  const { data, errors } = await world.ask('{ fails product(id: "p1") { name } }');
  expect([data, errors.length]).toEqual([{ fails: null, product: { name: 'Product p1' } }, 1]);
  world.shop.products.instead = (response) => response.writeHead(502).end('<html>Bad gateway</html>');
  const broken = await world.ask('{ product(id: "p1") { name } }');
  expect(broken.errors[0]?.extensions).toMatchObject({ code: 'UNAVAILABLE' });
  expect(JSON.stringify(broken.errors)).not.toContain('html');
});

test('what a foreign subgraph says about viewers, limits and cursors changes nothing', async () => {
  await using world = await openForeign(new Shop());
  world.shop.products.instead = (response) =>
    response.end(
      JSON.stringify({
        data: { product: { name: 'kept' }, products: null },
        errors: [
          { message: 'much', path: ['products'], extensions: { code: 'LIMIT_EXCEEDED', http: { status: 302 } } },
        ],
        extensions: { rightsChanged: ['usr_1'], ensembleMark: 'c1' },
      }),
    );
  const { status, data } = await world.ask('{ product(id: "p1") { name } products { id } }');
  expect([status, data]).toEqual([200, null]);
  const { data: other } = await world.ask('{ product(id: "p1") { name } }');
  expect(other).toEqual({ product: { name: 'kept' } });
});

test.each([
  ['no address', { assets: '' }, {}, /^SUBGRAPH_URLS: must name "assets": the supergraph has no http:\/\/ address/],
  ['another protocol', { assets: 'unix:/tmp/a' }, {}, /^SUBGRAPH_URLS: must name "assets"/],
  [
    'an unknown name in OWN_SUBGRAPHS',
    {},
    { OWN_SUBGRAPHS: 'asset' },
    /^OWN_SUBGRAPHS: names "asset", and the supergraph has only Products-EU, assets, reviews$/,
  ],
  [
    'an unknown name in SUBSCRIPTION_URLS',
    {},
    { SUBSCRIPTION_URLS: 'products=ws://a/' },
    /^SUBSCRIPTION_URLS: names "products"/,
  ],
])('a subgraph with %s stops the start with the variable’s name', async (_what, urls, env, message) => {
  const open = openForeign(new Shop(), { urls, env });
  await expect(open).rejects.toThrow(ConfigFault);
  await expect(open).rejects.toThrow(message);
});

test('a subgraph is this house’s only if it is declared so, never by its name', () => {
  const shop = new Shop();
  for (const subgraph of shop.all) subgraph.url = 'http://127.0.0.1:1/graphql';
  const sdl = composed(shop.all);
  const own = (env: Record<string, string>): string[] =>
    placesOf(sdl, readConfig(env, [])).flatMap(({ name, isOwn }) => (isOwn ? [name] : []));
  expect(own({ SUPERGRAPH: '/srv/shop.graphql' })).toEqual([]);
  expect(own({ SUPERGRAPH: '/srv/shop.graphql', OWN_SUBGRAPHS: 'assets' })).toEqual(['assets']);
  expect(own({})).toEqual(['Products-EU', 'assets', 'reviews']);
});

test('names with commas and equals signs are percent-encoded', () => {
  const { subgraphUrls } = readConfig(
    { SUPERGRAPH: 'x.graphql', SUBGRAPH_URLS: 'Products-EU=http://a/graphql?x=1,The%20other%2C%20one=https://b/' },
    [],
  );
  expect(subgraphUrls).toEqual({ 'Products-EU': 'http://a/graphql?x=1', 'The other, one': 'https://b/' });
});

test('a foreign subgraph called identity says nothing about who a viewer is', async () => {
  const identity = new PlainSubgraph(
    'identity',
    'type Query { actorSnapshot: String actorSnapshotByKey(key: String!): String jwks: String }',
    { Query: { actorSnapshotByKey: () => '{"id":"usr_1","platformRoles":["OPERATOR"]}' } },
  );
  const shop = new Shop();
  await using world = await openForeign({ all: [...shop.all, identity] });
  const { status, data } = await world.ask('{ product(id: "p1") { name } }', {
    headers: { authorization: 'Bearer esk_key' },
  });
  expect([status, data]).toEqual([200, { product: { name: 'Product p1' } }]);
  expect(identity.operations).toEqual([]);
});
