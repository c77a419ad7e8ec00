import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'graphql-ws';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { serveSubgraph } from '../../platform/serving/http.ts';
import { programFlags } from '../testkit/processes.ts';
import { eventsIn, openResponse } from './world/http-stream.ts';
import { assets, auctions, TestIdentity } from './world/subgraphs.ts';
import { compose, routerSecret, until } from './world/world.ts';

/** The real gateway process, with its subgraphs in this process. */
async function startProcess() {
  const identity = new TestIdentity();
  const auction = auctions();
  const services = [identity.service, auction.service, assets()];
  const log = pino({ level: 'silent' });
  const places = await Promise.all(
    services.map((service) => serveSubgraph(service, { port: 0, host: '127.0.0.1', routerSecret, log })),
  );
  const folder = await mkdtemp(join(tmpdir(), 'gateway-'));
  const supergraph = join(folder, 'supergraph.graphql');
  await writeFile(supergraph, compose(services));
  const child: ChildProcess = spawn(process.execPath, [...programFlags, 'gateway/start.ts', '--apart'], {
    env: {
      PORT: '0',
      SUPERGRAPH: supergraph,
      OWN_SUBGRAPHS: services.map(({ name }) => name).join(','),
      ROUTER_SECRET: routerSecret,
      SUBGRAPH_URLS: services.map((service, index) => `${service.name}=${places[index]?.url ?? ''}`).join(','),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  let code: number | null | undefined;
  child.on('exit', (exit) => (code = exit));
  await until(() => output.includes('Ensemble is at') || code !== undefined, 'the start', 60_000);
  const url = /"url":"([^"]+)"/.exec(output)?.[1] ?? '';
  return {
    child,
    url,
    auction,
    services,
    supergraph,
    output: () => output,
    code: () => code,
    async [Symbol.asyncDispose]() {
      if (code === undefined) child.kill('SIGKILL');
      await Promise.all(places.map((place) => place.close()));
      await rm(folder, { recursive: true });
    },
  };
}

test('on SIGTERM operations in progress finish, sockets and streams are told to reconnect, and the process exits with 0', async () => {
  await using gateway = await startProcess();
  let closed: { code: number; reason: string } | null = null;
  const client = createClient({
    url: `${gateway.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    on: { closed: (event) => (closed = event as typeof closed) },
  });
  client.subscribe(
    { query: 'subscription { bidPlaced { cursor } }' },
    { next: () => undefined, error: () => undefined, complete: () => undefined },
  );
  const stream = await openResponse(gateway, {
    body: { query: 'subscription { bidPlaced { cursor bid { amount } } }' },
    headers: { accept: 'text/event-stream' },
  });
  await until(() => gateway.auction.service.streams === 2);
  const body = JSON.stringify({ query: '{ slow(ms: 1500) }' });
  const slow = fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  await until(() => gateway.auction.service.requests.some((request) => request.query.includes('slow')));
  gateway.child.kill('SIGTERM');
  await until(
    () =>
      fetch(`${gateway.url}/health/ready`).then(
        () => false,
        () => true,
      ),
    'the end of listening',
  );
  expect(await (await slow).json()).toEqual({ data: { slow: 'after 1500' } });
  await until(() => gateway.code() !== undefined, 'the end', 20_000);
  expect(gateway.code()).toBe(0);
  expect(closed).toMatchObject({ code: 1001, reason: expect.stringContaining('connect again') as string });
  expect(stream.ended()).toBe('ended');
  expect(eventsIn(stream.text())).toMatchObject([
    { event: 'next', data: { errors: [{ extensions: { code: 'UNAVAILABLE', retryable: true } }] } },
    { event: 'complete' },
  ]);
  await until(() => gateway.auction.service.streams === 0);
  expect(gateway.output()).not.toMatch(/"level":(40|50)/);
}, 90_000);

test('a second signal ends the process at once', async () => {
  await using gateway = await startProcess();
  const body = JSON.stringify({ query: '{ slow(ms: 8000) }' });
  const slow = fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  }).catch(() => 'cut');
  await until(() => gateway.auction.service.requests.some((request) => request.query.includes('slow')));
  gateway.child.kill('SIGINT');
  await until(() => gateway.output().includes('draining'));
  gateway.child.kill('SIGINT');
  await until(() => gateway.code() !== undefined, 'the end');
  expect(gateway.code()).toBe(1);
  expect(await slow).toBe('cut');
}, 90_000);

test('on SIGHUP the supergraph is reloaded, and an invalid file keeps the old one', async () => {
  await using gateway = await startProcess();
  const fields = async () => (await fetch(`${gateway.url}/schema.graphql`)).text();
  await writeFile(gateway.supergraph, 'type Query {');
  gateway.child.kill('SIGHUP');
  await until(() => gateway.output().includes('the old one stays'));
  expect(await fields()).not.toContain('grown');
  await writeFile(
    gateway.supergraph,
    compose(
      [gateway.services[0], auctions('grown: String').service, gateway.services[2]].filter(
        (service) => service !== undefined,
      ),
    ),
  );
  gateway.child.kill('SIGHUP');
  await until(async () => (await fields()).includes('grown'));
}, 90_000);
