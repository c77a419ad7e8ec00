import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parse } from 'graphql';
import { createClient } from 'graphql-ws';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { RemoteSubgraph } from '../../gateway/execution/remote.ts';
import { gatewayRequest } from '../../gateway/execution/context.ts';
import { operationDigest, operationPurpose, routerKeysOf, sign, signedPost } from '../../platform/access/router.ts';
import { Unauthenticated } from '../../platform/errors/errors.ts';
import { serveSubgraph, type ServeOptions } from '../../platform/serving/http.ts';
import { auctions, TestIdentity } from './world/subgraphs.ts';
import { openWorld, pause, routerSecret, until } from './world/world.ts';

const log = pino({ level: 'silent' });
const info = gatewayRequest('request-1', 'main');
const keys = routerKeysOf(routerSecret, 'identity');
const router = { 'router-authorization': keys.credential };

async function served(options: Partial<ServeOptions> = {}) {
  const identity = new TestIdentity();
  const place = await serveSubgraph(identity.service, { port: 0, host: '127.0.0.1', routerSecret, log, ...options });
  const post = async (headers: Record<string, string>, body: unknown = { query: '{ whoAmI }' }) => {
    const response = await fetch(place.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    return {
      status: response.status,
      body: (await response.json()) as { data?: { whoAmI?: unknown }; errors?: { extensions: { code: string } }[] },
    };
  };
  return { identity, place, post, [Symbol.asyncDispose]: () => place.close() };
}

test('a served subgraph accepts only routers', async () => {
  await using subgraph = await served();
  expect((await subgraph.post({})).status).toBe(401);
  expect((await subgraph.post({ 'router-authorization': 'wrong' })).status).toBe(401);
  expect((await subgraph.post({ 'router-authorization': routerSecret })).status).toBe(401);
  expect((await subgraph.post({ ...router, authorization: 'Bearer abc' })).status).toBe(401);
  const { headers, body } = await signedPost(keys, { query: '{ whoAmI }' }, info);
  expect(await subgraph.post(headers, JSON.parse(body))).toMatchObject({
    status: 200,
    body: { data: { whoAmI: { actor: { id: 'svc_gateway' }, requestId: 'request-1' } } },
  });
  const nobody = await subgraph.post({ ...router, universe: 'mars' });
  expect(nobody.body.data?.whoAmI).toMatchObject({ actor: { id: null, universe: 'mars' } });
});

test('another router may pass on the bearer token of its user', async () => {
  await using subgraph = await served({
    verifyBearer: async (bearer, headers) => {
      if (bearer !== 'good') throw new Unauthenticated();
      return { ...info, actor: { ...info.actor, id: 'usr_x', kind: 'USER' }, universe: headers['universe'] ?? 'main' };
    },
  });
  const as = (bearer: string) => subgraph.post({ ...router, authorization: `Bearer ${bearer}`, universe: 'mars' });
  expect((await as('good')).body.data?.whoAmI).toMatchObject({ actor: { id: 'usr_x' }, universe: 'mars' });
  expect(await as('bad')).toMatchObject({
    status: 401,
    body: { errors: [{ extensions: { code: 'UNAUTHENTICATED', os: 'identity' } }] },
  });
});

test('composition tools read the SDL of a served subgraph', async () => {
  await using subgraph = await served();
  const answer = await subgraph.post(router, { query: '{ _service { sdl } }' });
  expect(
    parse((answer.body.data as unknown as { _service: { sdl: string } })._service.sdl).definitions.length,
  ).toBeGreaterThan(0);
});

test('a served subgraph reports liveness and readiness', async () => {
  let ready = true;
  await using subgraph = await served({ ready: () => ready });
  const at = async (path: string) => (await fetch(subgraph.place.url.replace('/graphql', path))).status;
  expect([await at('/health/live'), await at('/health/ready')]).toEqual([200, 200]);
  ready = false;
  expect([await at('/health/live'), await at('/health/ready'), await at('/other')]).toEqual([200, 503, 404]);
});

test('over its socket a served subgraph requires the credential, and a signed request per operation', async () => {
  const auction = auctions();
  const place = await serveSubgraph(auction.service, { port: 0, host: '127.0.0.1', routerSecret, log });
  const client = (connectionParams: Record<string, unknown>) =>
    createClient({
      url: place.url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      connectionParams,
      retryAttempts: 0,
    });
  const run = (params: Record<string, unknown>, ensembleRequest?: string) =>
    new Promise<unknown>((resolve) => {
      client(params).subscribe(
        { query: '{ echo(text: "hello") }', extensions: { ensembleRequest } },
        { next: resolve, error: resolve, complete: () => undefined },
      );
    });
  const auctionKeys = routerKeysOf(routerSecret, 'auction');
  const routerAuthorization = auctionKeys.credential;
  for (const wrong of ['wrong', routerSecret, keys.credential])
    expect(await run({ routerAuthorization: wrong })).toMatchObject({ code: 4403 });
  expect(await run({ routerAuthorization }, 'nonsense')).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  const digest = operationDigest({ query: '{ echo(text: "hello") }' }, false);
  const signed = await sign(auctionKeys, { purpose: operationPurpose, digest, info });
  expect(await run({ routerAuthorization }, signed)).toEqual({ data: { echo: 'hello' } });
  await place.close();
});

test('the actor reaches a remote subgraph signed, over HTTP and over the socket', async () => {
  await using world = await openWorld({ remote: ['auction', 'asset', 'identity'] });
  world.identity.people.set('usr_a', { platformRoles: ['AUDITOR'] });
  const authorization = `Bearer ${await world.identity.token('usr_a')}`;
  expect((await world.ask('{ whoAmI }', { headers: { authorization } })).data?.['whoAmI']).toMatchObject({
    actor: { id: 'usr_a' },
  });
  const listening = world.listen('subscription { guarded { cursor } }', { params: { authorization } });
  const refused = world.listen('subscription { guarded { cursor } }');
  await until(() => world.auctions.service.streams === 1 && refused.errors.length === 1);
  expect(refused.errors[0]?.extensions).toMatchObject({ code: 'FORBIDDEN' });
  world.auctions.bid();
  await until(() => listening.events.length === 1);
});

test('a stream whose subgraph restarts resumes without loss or duplicates, with a new signature', async () => {
  await using world = await openWorld({ remote: ['auction'] });
  const fact = world.listen('subscription { bidPlaced { bid { amount } } }');
  const state = world.listen('subscription { tick { at } }');
  await until(() => world.auctions.service.streams === 2);
  world.auctions.bid('auc_1', '1');
  await until(() => fact.events.length === 1);
  const place = world.served.get('auction');
  const port = Number(new URL(place?.url ?? '').port);
  await place?.close();
  for (const amount of ['2', '3']) world.auctions.bid('auc_1', amount);
  await pause(300);
  world.served.set(
    'auction',
    await serveSubgraph(world.auctions.service, { port, host: '127.0.0.1', routerSecret, log }),
  );
  await until(() => fact.events.length === 3, 'the missed events', 10_000);
  world.auctions.bid('auc_1', '4');
  await until(() => fact.events.length === 4);
  expect(fact.events.map((event) => (event['bidPlaced'] as { bid: { amount: string } }).bid.amount)).toEqual([
    '1',
    '2',
    '3',
    '4',
  ]);
  await until(() => world.auctions.service.streams === 2);
  world.auctions.tick(7);
  await until(() => state.events.length === 1);
  expect([fact.errors, state.errors]).toEqual([[], []]);
}, 20_000);

test('a subgraph that hangs, or sends garbage or endless data, is an error within its limits, without its address', async () => {
  const odd = createServer((request, response) => {
    if (request.url === '/html') response.end('<html>');
    else if (request.url === '/empty') response.end('{}');
    else if (request.url === '/endless') {
      response.writeHead(200);
      const chunk = Buffer.alloc(1_048_576, 32);
      const more = () => {
        if (!response.destroyed) response.write(chunk, more);
      };
      more();
    }
  });
  await new Promise<void>((resolve) => odd.listen(0, '127.0.0.1', resolve));
  const { port } = odd.address() as AddressInfo;
  for (const path of ['/html', '/empty', '/endless']) {
    const remote = new RemoteSubgraph({ name: 'odd', url: `http://127.0.0.1:${port}${path}`, routerSecret });
    await expect(remote.execute({ query: '{ a }', info })).rejects.toThrow(
      /without JSON|without a GraphQL answer|more than/,
    );
    await remote.close();
  }
  const remote = new RemoteSubgraph({ name: 'odd', url: `http://127.0.0.1:${port}/hang`, routerSecret });
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 50);
  await expect(remote.execute({ query: '{ a }', info, signal: controller.signal })).rejects.toThrow(
    'the client has left',
  );
  await remote.close();
  odd.closeAllConnections();
  odd.close();
}, 20_000);
