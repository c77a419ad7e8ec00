import { get, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import type { RoutedRequest } from '../../platform/http/routes.ts';
import { openWorld, until, type World } from './world/world.ts';

/*
 * Rations for requests to the routes of OSes: pictures, tiles, films, uploads.
 */

const routes = [
  {
    prefix: '/media/',
    os: 'asset',
    description: 'Files.',
    methods: ['GET', 'HEAD', 'POST'],
    open: true,
    anonymous: false,
  },
] as const;

async function openFiles(limits = '', env: Record<string, string> = {}): Promise<World> {
  const world = await openWorld({ routes, env: { ...(limits && { LIMITS: limits }), ...env } });
  world.assets.handle = answer;
  return world;
}

/** Answers `/media/<bytes>` after reading the body. */
async function answer({ request, response }: RoutedRequest): Promise<void> {
  await buffer(request);
  const bytes = Number(/\d+/.exec(request.url ?? '')?.[0] ?? 0);
  response.writeHead(200, { 'content-length': bytes }).end(Buffer.alloc(bytes));
}

async function file(world: World, bytes: number, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(`${world.url}/media/${bytes}`, init);
  await response.arrayBuffer();
  return response;
}

test('a page of 100 thumbnails, loaded repeatedly, and a zooming viewer are never refused', async () => {
  await using world = await openFiles();
  const statuses = new Set<number>();
  // Ten visits in a row, and two hundred tiles of a viewer.
  for (let visit = 0; visit < 10; visit += 1)
    for (const { status } of await Promise.all(Array.from({ length: 100 }, () => file(world, 20_000))))
      statuses.add(status);
  for (const { status } of await Promise.all(Array.from({ length: 200 }, () => file(world, 60_000))))
    statuses.add(status);
  expect([...statuses]).toEqual([200]);
});

test('requests for files are counted by address or actor, apart from operations', async () => {
  await using world = await openFiles('anonymous.files=0,anonymous.filesBurst=3');
  world.identity.people.set('usr_a', {});
  for (let n = 0; n < 3; n += 1) expect((await file(world, 1)).status).toBe(200);
  const refused = await fetch(`${world.url}/media/1`);
  expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([429, '*']);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await refused.json()).toEqual({ error: expect.stringContaining('your address') as string });
  expect((await world.ask('{ __typename }')).status).toBe(200);
  const headers = { authorization: `Bearer ${await world.identity.token('usr_a')}` };
  expect((await file(world, 1, { headers })).status).toBe(200);
});

test('heavy operations do not reduce the ration of pictures', async () => {
  await using world = await openFiles('anonymous.rate=0,anonymous.burst=100');
  await world.ask('{ __typename }');
  expect((await world.ask('{ __typename }')).status).toBe(429);
  expect((await file(world, 1)).status).toBe(200);
});

test('bytes of files count, up and down, and during the transfer', async () => {
  const thin = 'anonymous.fileTraffic=0,anonymous.fileTrafficBurst=10000';
  for (const init of [{}, { method: 'POST', body: 'x'.repeat(20_000) }]) {
    await using world = await openFiles(thin);
    expect((await file(world, init.body ? 1 : 20_000, init)).status).toBe(200);
    await until(async () => (await file(world, 1)).status === 429, 'the end of the first');
    expect((await world.ask('{ __typename }')).status).toBe(200);
  }
  await using world = await openFiles(thin);
  let film: RoutedRequest | null = null;
  world.assets.handle = async (call) => {
    film = call;
    call.response.writeHead(200).write(Buffer.alloc(20_000));
  };
  const started = await new Promise<IncomingMessage>((resolve) => get(`${world.url}/media/film`, resolve));
  world.assets.handle = answer;
  expect((await file(world, 1)).status).toBe(429);
  expect((film as RoutedRequest | null)?.response.writableEnded).toBe(false);
  started.destroy();
});

test('concurrent files are limited, and a client that leaves frees its place', async () => {
  await using world = await openFiles('anonymous.filesAtOnce=1');
  let held = 0;
  world.assets.handle = async ({ response }) => {
    held += 1;
    response.writeHead(200).write('begun');
  };
  const leaving = new AbortController();
  await fetch(`${world.url}/media/1`, { signal: leaving.signal });
  expect(held).toBe(1);
  const refused = await fetch(`${world.url}/media/1`);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
  leaving.abort();
  world.assets.handle = answer;
  await until(async () => (await file(world, 1)).status === 200, 'the place');
});

test('invalid keys are limited here as on the graph', async () => {
  await using world = await openFiles();
  const headers = { authorization: 'Bearer esk_none' };
  expect((await file(world, 1, { headers })).status).toBe(401);
  await Promise.all(Array.from({ length: 110 }, () => file(world, 1, { headers })));
  await until(async () => (await file(world, 1, { headers })).status === 429);
  // One attempt comes back every so often, so files use it up again just before.
  await until(async () => {
    await Promise.all(Array.from({ length: 5 }, () => file(world, 1, { headers })));
    return (await world.ask('{ __typename }', { headers })).status === 429;
  });
  expect((await file(world, 1)).status).toBe(200);
});
