import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { readConfig } from '../../../gateway/config.ts';
import { ConfigFault } from '../../../platform/config/fault.ts';
import { openWorld, until } from '../world/world.ts';
import { IssuerServer } from './issuer-server.ts';
import { openForeign, Shop } from './world.ts';

const ruled = (rules: object): Record<string, string> => ({ HEADER_RULES: JSON.stringify(rules) });

const query = '{ product(id: "p1") { name pictures { url } reviews { text } } }';

test('rules forward, set and strip headers, for all subgraphs or one', async () => {
  await using world = await openForeign(new Shop(), {
    env: ruled({
      all: { forward: ['Accept-Language', 'x-market'], set: { 'x-via': 'gateway' } },
      subgraphs: {
        assets: { strip: ['x-market', 'X-Request-Id'], set: { 'x-key': 'secret' } },
        reviews: { forward: ['authorization'] },
      },
    }),
  });
  const headers = {
    'accept-language': 'de',
    'x-market': 'eu',
    'x-other': 'no',
    authorization: 'Bearer abc',
    cookie: 'a=b',
    'x-via': 'client',
  };
  expect((await world.ask(query, { headers })).errors).toEqual([]);
  const { products, assets, reviews } = world.shop;
  const got = ({ operations }: typeof products) => {
    const { host: _host, connection: _connection, ...rest } = operations[0]!.headers;
    return rest;
  };
  const plain = {
    accept: expect.any(String),
    'content-type': 'application/json',
    'content-length': expect.any(String),
  };
  const id = { 'x-request-id': expect.any(String) };
  expect(got(products)).toEqual({ ...plain, ...id, 'accept-language': 'de', 'x-market': 'eu', 'x-via': 'gateway' });
  expect(got(assets)).toEqual({ ...plain, 'accept-language': 'de', 'x-via': 'gateway', 'x-key': 'secret' });
  expect(got(reviews)).toEqual({
    ...plain,
    ...id,
    'accept-language': 'de',
    'x-market': 'eu',
    'x-via': 'gateway',
    authorization: 'Bearer abc',
  });
});

test('a header that the client’s Connection header names is not forwarded', async () => {
  await using world = await openForeign(new Shop(), { env: ruled({ all: { forward: ['x-hop', 'x-end'] } }) });
  const { request } = await import('node:http');
  await new Promise<void>((resolve, reject) => {
    const sent = request(
      `${world.gateway.url}/graphql`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', connection: 'X-Hop, close', 'x-hop': '1', 'x-end': '2' },
      },
      (response) => response.resume().once('end', resolve),
    );
    sent.once('error', reject).end(JSON.stringify({ query: '{ product(id: "p1") { name } }' }));
  });
  const [received] = world.shop.products.operations;
  expect([received?.headers['x-hop'], received?.headers['x-end']]).toEqual([undefined, '2']);
});

test('a header set from a claim comes from the verified token, never from the client', async () => {
  await using issuer = await IssuerServer.open();
  await using world = await openForeign(new Shop(), {
    env: {
      ...issuer.env,
      ...ruled({
        all: {
          forward: ['x-user'],
          set: { 'x-user': { claim: 'sub' }, 'x-roles': { claim: 'roles' }, 'x-bad': { claim: 'lines' } },
        },
      }),
    },
  });
  const token = await issuer.token({ sub: 'ann', roles: ['a', 'b'], lines: 'x\r\ny: z' });
  const headers = { authorization: `Bearer ${token}`, 'x-user': 'root' };
  await world.ask('{ product(id: "p1") { name } }', { headers });
  await world.ask('{ product(id: "p1") { name } }', { headers: { 'x-user': 'root' } });
  const [first, second] = world.shop.products.operations.map((each) => each.headers);
  expect([first?.['x-user'], first?.['x-roles'], first?.['x-bad']]).toEqual(['ann', 'a b', undefined]);
  expect(second?.['x-user']).toBeUndefined();
});

test('a header that the rules for all set is not the client’s, even if the subgraph’s own rule forwards it', async () => {
  await using world = await openForeign(new Shop(), {
    env: ruled({
      all: { set: { 'x-user': { claim: 'sub' }, 'x-via': 'gateway' } },
      subgraphs: { 'Products-EU': { forward: ['x-user', 'x-via'] } },
    }),
  });
  await world.ask('{ product(id: "p1") { name } }', { headers: { 'x-user': 'root', 'x-via': 'client' } });
  const [received] = world.shop.products.operations;
  expect([received?.headers['x-user'], received?.headers['x-via']]).toEqual([undefined, 'gateway']);
});

test('a refreshed token is forwarded for the next event of an open stream', async () => {
  await using issuer = await IssuerServer.open();
  await using world = await openForeign(new Shop(), {
    env: { ...issuer.env, ...ruled({ subgraphs: { reviews: { forward: ['authorization'] } } }) },
  });
  const bearer = async (jti: string): Promise<string> => `Bearer ${await issuer.token({ sub: 'ann', jti })}`;
  const [first, second] = [await bearer('1'), await bearer('2')];
  const socket = new WebSocket(`${world.gateway.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const said: string[] = [];
  socket.on('message', (data: Buffer) => said.push((JSON.parse(data.toString()) as { type: string }).type));
  await new Promise((resolve) => socket.once('open', resolve));
  const send = (message: object): void => socket.send(JSON.stringify(message));
  const count = (type: string): number => said.filter((each) => each === type).length;
  send({ type: 'connection_init', payload: { authorization: first } });
  await until(() => count('connection_ack') === 1);
  const query = 'subscription { priceChanged(id: "p1") { product { reviews { text } } } }';
  send({ type: 'subscribe', id: '1', payload: { query } });
  await until(() => world.shop.prices.size === 1);
  world.shop.changePrice('p1', 1);
  await until(() => count('next') === 1);
  send({ type: 'ping', payload: { authorization: second } });
  await until(() => count('pong') === 1);
  world.shop.changePrice('p1', 2);
  await until(() => count('next') === 2);
  expect(world.shop.reviews.operations.map(({ headers }) => headers.authorization)).toEqual([first, second]);
  socket.terminate();
});

test('over sockets the headers come from connection_init or the upgrade, and go to the subgraph in both ways', async () => {
  await using world = await openForeign(new Shop(), {
    env: ruled({ all: { forward: ['authorization', 'x-market'] } }),
  });
  const stream = world
    .client({ Authorization: 'Bearer abc', 'x-market': 'eu', 'x-other': 'no' })
    .iterate({ query: 'subscription { priceChanged(id: "p1") { price product { pictures { url } } } }' });
  const first = stream.next();
  await until(() => world.shop.prices.size === 1);
  world.shop.changePrice('p1', 1);
  await first;
  const [opened] = world.shop.products.received.filter(({ transport }) => transport === 'ws');
  expect(opened?.headers).toMatchObject({ authorization: 'Bearer abc', 'x-market': 'eu' });
  expect(JSON.parse(opened?.body ?? '')).toEqual({ authorization: 'Bearer abc', 'x-market': 'eu' });
  expect(world.shop.assets.operations[0]?.headers).toMatchObject({ authorization: 'Bearer abc', 'x-market': 'eu' });
  await stream.return?.();
});

test('streams are shared only by those whose headers for the asked subgraphs are the same', async () => {
  await using world = await openForeign(new Shop(), {
    env: ruled({ subgraphs: { 'Products-EU': { forward: ['x-market'] }, reviews: { forward: ['authorization'] } } }),
  });
  const listen = (params: object, query = 'subscription { priceChanged(id: "p1") { price } }') => {
    const stream = world.client({ ...params }).iterate({ query });
    return { stream, first: stream.next() };
  };
  const all = [
    listen({ 'x-market': 'eu', authorization: 'Bearer a' }),
    listen({ 'x-market': 'eu', authorization: 'Bearer b' }),
    listen({ 'x-market': 'us', authorization: 'Bearer b' }),
  ];
  await until(() => world.gateway.open().subscriptions === 3);
  // Reviews is not asked, so that its header does not matter.
  expect(world.gateway.open().streams).toBe(2);
  const joined = 'subscription { priceChanged(id: "p1") { product { reviews { text } } } }';
  const more = [
    listen({ 'x-market': 'eu', authorization: 'Bearer a' }, joined),
    listen({ 'x-market': 'eu', authorization: 'Bearer b' }, joined),
  ];
  await until(() => world.gateway.open().subscriptions === 5);
  expect(world.gateway.open().streams).toBe(4);
  await until(() => world.shop.prices.size === 4);
  world.shop.changePrice('p1', 3);
  await Promise.all([...all, ...more].map(({ first }) => first));
  const sent = world.shop.reviews.operations.map(({ headers }) => headers.authorization);
  expect(new Set(sent)).toEqual(new Set(['Bearer a', 'Bearer b']));
  expect(sent).toHaveLength(2);
  for (const { stream } of [...all, ...more]) await stream.return?.();
});

test('an OS of this house gets none of the forwarded headers', async () => {
  await using world = await openWorld({ remote: ['identity'], env: ruled({ all: { forward: ['x-market'] } }) });
  const { data } = await world.ask('{ whoAmI }', { headers: { 'x-market': 'eu-central' } });
  expect(data?.['whoAmI']).toMatchObject({ actor: { id: null } });
  expect(JSON.stringify(data)).not.toMatch(/forwarded|eu-central/);
});

test('the rules may be in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rules-'));
  const file = join(folder, 'headers.json');
  writeFileSync(file, '{ "all": { "forward": ["X-Market"] } }');
  expect(readConfig({ HEADER_RULES: file }, []).headerRules).toEqual({
    all: { forward: ['x-market'], set: {}, strip: [] },
    subgraphs: {},
  });
  writeFileSync(file, '{');
  expect(() => readConfig({ HEADER_RULES: file }, [])).toThrow(/^HEADER_RULES: the file .* is not readable JSON/);
  rmSync(folder, { recursive: true });
});

test.each([
  ['{', /^HEADER_RULES: is not valid JSON/],
  ['nowhere.json', /^HEADER_RULES: the file nowhere\.json is not readable JSON: ENOENT/],
  ['{"al":{}}', /^HEADER_RULES: .*"al"/],
  ['{"all":{"forward":"x-a"}}', /^HEADER_RULES: at all\.forward: /],
  ['{"all":{"forward":["x a"]}}', /^HEADER_RULES: at all\.forward\.0: is not the name of a header/],
  ['{"all":{"forward":["x-*"]}}', /^HEADER_RULES: at all\.forward\.0: is not the name of a header/],
  ['{"all":{"forward":["Connection"]}}', /^HEADER_RULES: at all\.forward\.0: "connection" belongs to one connection/],
  ['{"subgraphs":{"a":{"set":{"router-authorization":"x"}}}}', /^HEADER_RULES: at subgraphs\.a\.set\.router-auth/],
  ['{"all":{"set":{"x-a":"1\\r\\nx-b: 2"}}}', /^HEADER_RULES: at all\.set\.x-a: must be a text of one line/],
  ['{"all":{"set":{"x-a":{"clam":"sub"}}}}', /^HEADER_RULES: at all\.set\.x-a: must be a text of one line/],
])('invalid rules %s stop the start with the place', (rules, message) => {
  expect(() => readConfig({ HEADER_RULES: rules }, [])).toThrow(ConfigFault);
  expect(() => readConfig({ HEADER_RULES: rules }, [])).toThrow(message);
});

test('rules for an unknown subgraph, and for an OS of this house, stop the start', async () => {
  const unknown = openForeign(new Shop(), { env: ruled({ subgraphs: { Products: {} } }) });
  await expect(unknown).rejects.toThrow(/^HEADER_RULES: names "Products", and the supergraph has only Products-EU,/);
  const own = openForeign(new Shop(), { env: { ...ruled({ subgraphs: { assets: {} } }), OWN_SUBGRAPHS: 'assets' } });
  await expect(own).rejects.toThrow(/^HEADER_RULES: names "assets"; rules are for foreign subgraphs/);
});

test('subscriptions over server-sent events forward the headers of their request', async () => {
  await using world = await openForeign(new Shop(), { env: ruled({ all: { forward: ['x-market'] } }) });
  const left = new AbortController();
  const response = fetch(`${world.gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', 'x-market': 'eu' },
    body: JSON.stringify({ query: 'subscription { priceChanged(id: "p1") { price } }' }),
    signal: left.signal,
  });
  await until(() => world.shop.prices.size === 1);
  const [opened] = world.shop.products.received.filter(({ transport }) => transport === 'ws');
  expect(opened?.headers).toMatchObject({ 'x-market': 'eu' });
  left.abort();
  await (await response).body?.cancel().catch(() => undefined);
  await until(() => world.shop.prices.size === 0);
});
