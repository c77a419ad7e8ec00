import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { pino } from 'pino';
import { afterEach, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { RemoteSubgraph } from '../../gateway/execution/remote.ts';
import { gatewayRequest } from '../../gateway/execution/context.ts';
import {
  connectionPurpose,
  digestOf,
  graphqlPurpose,
  operationDigest,
  operationPurpose,
  routerKeysOf,
  sign,
  signedPost,
  signedRoute,
} from '../../platform/access/router.ts';
import { Signatures } from '../../platform/access/signatures.ts';
import type { RequestInfo } from '../../platform/context/request.ts';
import { serveSubgraph, type ServedSubgraph } from '../../platform/serving/http.ts';
import type { SubgraphService } from '../../platform/serving/service.ts';
import { auctions } from './world/subgraphs.ts';
import { TestService, type WorldContext } from './world/service.ts';
import { routerSecret } from './world/world.ts';

const log = pino({ level: 'silent' });
const keys = routerKeysOf(routerSecret, 'files');
const info = gatewayRequest('request-1', 'main');
/** An actor with as many organizations as a snapshot allows, and the longest user agent a client can send. */
const busy: RequestInfo = {
  ...info,
  actor: {
    ...info.actor,
    id: 'usr_busy',
    kind: 'USER',
    memberships: Array.from({ length: 100 }, (_, n) => ({
      organizationId: `org_${String(n).padStart(26, '0')}`,
      role: 'EDITOR',
      since: 1_790_000_000_000 + n,
    })),
    scopes: Array.from({ length: 100 }, (_, n) => `someos.something.permission-${n}`),
  },
  client: { ip: '2001:db8::1', userAgent: 'u'.repeat(15_000) },
};

/** A subgraph with a query, a stream and a route that each return who is asking. */
function files(name = 'files'): SubgraphService {
  const service = new TestService(
    name,
    'scalar JSON type Query { whoAmI: JSON } type Mutation { count: Int } type Subscription { whoAmI: JSON }',
    {
      Query: { whoAmI: (_: unknown, __: unknown, { info: asked }: WorldContext) => asked },
      Mutation: { count: () => service.executed },
      Subscription: {
        whoAmI: {
          async *subscribe(_: unknown, __: unknown, { info: asked }: WorldContext) {
            yield { whoAmI: asked };
          },
        },
      },
    },
  );
  return {
    name,
    execute: (request) => service.execute(request),
    subscribe: (request) => service.subscribe(request),
    handle: async ({ response, info: asked }) => void response.end(JSON.stringify(asked)),
  };
}

const closing: (() => unknown)[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const close of closing.splice(0).reverse()) await close();
});

async function serve(service = files()): Promise<ServedSubgraph> {
  const place = await serveSubgraph(service, { port: 0, host: '127.0.0.1', routerSecret, log });
  closing.push(() => place.close());
  return place;
}

/** Forwards bytes to a port, and records them. */
async function listenIn(port: number): Promise<{ url: string; heard: () => string }> {
  const chunks: Buffer[] = [];
  const tap = createServer((socket) => {
    const onward = connect(port, '127.0.0.1');
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => onward.destroy());
    onward.on('error', () => socket.destroy());
    socket.pipe(onward).pipe(socket);
    closing.push(() => (socket.destroy(), onward.destroy()));
  });
  const url = await listening(tap);
  return { url: `${url}/graphql`, heard: () => Buffer.concat(chunks).toString('latin1') };
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Asks over every transport, and returns the actors that the subgraph reports. */
async function askEveryWay(url: string, asking: RequestInfo): Promise<unknown[]> {
  const remote = new RemoteSubgraph({ name: 'files', url, routerSecret });
  closing.push(() => remote.close());
  const answered = await remote.execute({ query: '{ whoAmI }', info: asking });
  const stream = await remote.subscribe({ query: 'subscription { whoAmI }', info: asking });
  if (!('next' in stream)) throw new Error('no stream');
  const event = (await stream.next()) as IteratorResult<{ data: { whoAmI: unknown } }>;
  const front = createHttpServer((request, response) => {
    void remote.handle({ request, response, info: asking, origin: 'http://graph.example' }).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  const origin = await listening(front);
  const headers = { 'user-agent': asking.client.userAgent ?? 'x' };
  const routed = await fetch(`${origin}/files/1?size=2`, { method: 'PUT', body: 'bytes', headers });
  front.closeAllConnections();
  return [answered.data?.['whoAmI'], event.value.data.whoAmI, JSON.parse(await routed.text())];
}

test('no byte that a subgraph receives contains the secret, its derivatives or anything usable elsewhere', async () => {
  const place = await serve();
  const tap = await listenIn(Number(new URL(place.url).port));
  expect(await askEveryWay(tap.url, info)).toEqual([info, info, info]);
  const heard = tap.heard();
  // Clients mask socket frames with a key in the frame: unmask them and read them with the rest.
  const bytes = Buffer.from(heard, 'latin1');
  let read = heard;
  for (let at = 0; at < bytes.length - 4; at += 1) if (bytes[at] === 0x81) read += unmasked(bytes, at);
  expect(read).toContain('connection_init');
  expect(read).toContain('routerAuthorization');
  const secrets = [Buffer.from(routerSecret), keys.signing.export(), Buffer.from(keys.credential, 'base64url')];
  for (const secret of secrets)
    for (const coding of ['latin1', 'hex', 'base64', 'base64url'] as const)
      expect(read).not.toContain(secret.toString(coding).replace(/=+$/, ''));
});

/** The payload of a masked text frame that starts here, if one does. */
function unmasked(bytes: Buffer, at: number): string {
  const short = (bytes[at + 1] ?? 0) & 0x7f;
  if (((bytes[at + 1] ?? 0) & 0x80) === 0 || short === 127) return '';
  const keyAt = at + (short === 126 ? 4 : 2);
  const length = short === 126 ? bytes.readUInt16BE(at + 2) : short;
  return Buffer.from(
    bytes.subarray(keyAt + 4, keyAt + 4 + length).map((byte, n) => byte ^ (bytes[keyAt + (n % 4)] ?? 0)),
  ).toString('latin1');
}

test('an actor with a hundred memberships fits every transport', async () => {
  const place = await serve();
  expect(await askEveryWay(place.url, busy)).toEqual([busy, busy, busy]);
});

test('a value that does not fit into a header is refused by name', async () => {
  const memberships = Array.from({ length: 1_000 }, () => busy.actor.memberships[0] as never);
  const endless = { ...busy, actor: { ...busy.actor, memberships } };
  await expect(signedRoute(keys, 'GET', '/files/1', endless)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
});

async function post(url: string, headers: Record<string, string>, body: string): Promise<number> {
  return (await fetch(url, { method: 'POST', headers, body })).status;
}

test('a captured request works once, with the same body, at the same subgraph, within its time', async () => {
  const [place, other] = [await serve(), await serve(files('letters'))];
  const made = () => signedPost(keys, { query: 'mutation { count }' }, busy);
  const used = await made();
  expect(await post(place.url, used.headers, used.body)).toBe(200);
  expect(await post(place.url, used.headers, used.body)).toBe(401);

  const changed = await made();
  expect(await post(place.url, changed.headers, changed.body.replace('usr_busy', 'usr_other'))).toBe(401);
  expect(await post(place.url, changed.headers, changed.body)).toBe(401);

  const elsewhere = await made();
  expect(await post(other.url, elsewhere.headers, elsewhere.body)).toBe(401);
  expect(await post(place.url.replace('/graphql', '/files/1'), elsewhere.headers, elsewhere.body)).toBe(401);
  expect(await post(place.url, elsewhere.headers, elsewhere.body)).toBe(200);

  const late = await made();
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 36_000 });
  expect(await post(place.url, late.headers, late.body)).toBe(401);
  const fresh = await made();
  expect(await post(place.url, fresh.headers, fresh.body)).toBe(200);
});

test('a captured routed request works once, with the same method and path', async () => {
  const place = await serve();
  const at = (path: string) => place.url.replace('/graphql', path);
  const headers = await signedRoute(keys, 'POST', '/files/1?size=2', info);
  for (const path of ['/files/2', '/files/1', '/files/1?size=3']) expect(await post(at(path), headers, '')).toBe(401);
  expect((await fetch(at('/files/1?size=2'), { method: 'DELETE', headers })).status).toBe(401);
  expect(await post(at('/files/1?size=2'), headers, '')).toBe(200);
  expect(await post(at('/files/1?size=2'), headers, '')).toBe(401);
});

test('a signature is remembered as long as it is valid, and one from before the process started is refused', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const signatures = new Signatures(keys);
  const made = await sign(keys, { purpose: connectionPurpose });
  await signatures.take(made, connectionPurpose);
  for (let waited = 0; waited < 120_000; waited += 1_000) {
    vi.setSystemTime(Date.now() + 1_000);
    await expect(signatures.take(made, connectionPurpose)).rejects.toThrow();
  }
  const before = await sign(keys, { purpose: connectionPurpose });
  vi.setSystemTime(Date.now() + 10_000);
  await expect(new Signatures(keys).take(before, connectionPurpose)).rejects.toThrow('before this process');
  const ahead = await sign(keys, { purpose: connectionPurpose });
  vi.setSystemTime(Date.now() - 10_000);
  await expect(signatures.take(ahead, connectionPurpose)).rejects.toThrow('iat');
});

test('the credential admits a router only to its subgraph, and cannot name an actor', async () => {
  const place = await serve();
  const body = JSON.stringify({ query: '{ whoAmI }', extensions: { ensembleRequest: busy } });
  const as = (credential: string) =>
    fetch(place.url, { method: 'POST', body, headers: { 'router-authorization': credential } });
  const answer = (await (await as(keys.credential)).json()) as { data: { whoAmI: RequestInfo } };
  expect(answer.data.whoAmI.actor).toMatchObject({ id: null, memberships: [] });
  for (const wrong of [routerSecret, routerKeysOf(routerSecret, 'letters').credential, `${keys.credential}x`])
    expect((await as(wrong)).status).toBe(401);
  // Signed by another key, for another purpose, and without an actor.
  const foreign = await sign(routerKeysOf('another secret', 'files'), { purpose: graphqlPurpose });
  const connection = await sign(keys, { purpose: connectionPurpose });
  const nobody = JSON.stringify({ query: '{ whoAmI }' });
  const silent = await sign(keys, { purpose: graphqlPurpose, digest: digestOf(nobody) });
  expect([(await as(foreign)).status, (await as(connection)).status]).toEqual([401, 401]);
  const headers = { 'content-type': 'application/json', 'router-authorization': silent };
  expect(await post(place.url, headers, nobody)).toBe(401);
});

test('over a socket a captured connection or operation works once', async () => {
  const auction = auctions().service;
  const auctionKeys = routerKeysOf(routerSecret, 'auction');
  const place = await serve(auction);
  const tap = await listenIn(Number(new URL(place.url).port));
  const remote = new RemoteSubgraph({ name: 'auction', url: tap.url, routerSecret });
  closing.push(() => remote.close());
  const stream = await remote.subscribe({ query: 'subscription { tick { at } }', info });
  if (!('next' in stream)) throw new Error('no stream');
  void stream.next();
  await vi.waitUntil(() => auction.streams === 1);
  const bytes = Buffer.from(tap.heard(), 'latin1');
  const texts = Array.from(bytes, (byte, at) => (byte === 0x81 ? unmasked(bytes, at) : '')).filter((text) =>
    text.startsWith('{"'),
  );
  expect(texts.map((text) => (JSON.parse(text) as { type: string }).type)).toEqual(['connection_init', 'subscribe']);
  const [init = '', subscribe = ''] = texts;
  expect(await say(place.url, init)).toMatchObject({ code: 4403 });
  // The same operation, one without its signature, and another one with an unused signature.
  const { payload } = JSON.parse(subscribe) as { payload: { extensions: Record<string, unknown> } };
  const signed = async () => {
    const digest = operationDigest({ query: 'subscription { tick { at } }' }, false);
    return sign(auctionKeys, { purpose: operationPurpose, digest, info });
  };
  for (const message of [
    payload,
    { ...payload, extensions: {} },
    { ...payload, query: 'subscription { guarded { cursor } }', extensions: { ensembleRequest: await signed() } },
    { ...payload, extensions: { ensembleRequest: await signed(), ensembleMarks: true } },
  ]) {
    const routerAuthorization = await sign(auctionKeys, { purpose: connectionPurpose });
    const opening = JSON.stringify({ type: 'connection_init', payload: { routerAuthorization } });
    const refused = await say(place.url, opening, JSON.stringify({ id: '1', type: 'subscribe', payload: message }));
    expect(refused).toMatchObject({ type: 'error', payload: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  }
  expect(auction.streamsEver).toBe(1);
  await stream.return?.();
});

/** Sends raw messages, the second after the connection is accepted; returns the next message or the end of the connection. */
function say(url: string, opening: string, message?: string): Promise<unknown> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws');
    closing.push(() => socket.terminate());
    socket.on('open', () => socket.send(opening));
    socket.on('message', (data: Buffer) => {
      const said = JSON.parse(data.toString()) as { type: string };
      if (said.type === 'connection_ack' && message) socket.send(message);
      else resolve(said);
    });
    socket.on('close', (code: number) => resolve({ code }));
  });
}
