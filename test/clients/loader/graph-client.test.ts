import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { GraphClient } from '../../../clients/loader/graph/client.ts';
import { Delegation } from '../../../clients/loader/graph/delegation.ts';
import { freePort } from '../../testkit/throwaway.ts';

/** A graph that issues tokens and returns the caller; it counts requests by operation name. */
let server: Server;
let url: string;
let asked: string[] = [];
let lifetime = 600_000;
let tokens = 0;
const refused = new Set<string>();

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { query } = JSON.parse(Buffer.concat(chunks).toString()) as { query: string };
      const name = /(?:query|mutation) (\w+)/.exec(query)?.[1] ?? '';
      asked.push(name);
      tokens += 1;
      const token = {
        accessToken: `t${tokens}`,
        accessTokenExpiresAt: new Date(Date.now() + lifetime).toISOString(),
        refreshToken: 'r',
      };
      const bearer = request.headers.authorization ?? '';
      const answer = refused.has(bearer)
        ? { errors: [{ message: 'It ended.', extensions: { code: 'EXPIRED' } }] }
        : { data: { tokens: token, sessionActOnBehalf: token, who: bearer } };
      response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  asked = [];
  refused.clear();
  lifetime = 600_000;
  tokens = 0;
});

const count = (name: string): number => asked.filter((each) => each === name).length;
const open = (): GraphClient => new GraphClient(url, { email: 'op@example.org', password: 'secret' }, {}, 8);
const who = 'query Who { who }';

test('concurrent calls share one sign-in and one renewal', async () => {
  const graph = open();
  const answers = await Promise.all(Array.from({ length: 8 }, () => graph.send<{ who: string }>(who)));
  expect(new Set(answers.map(({ who: bearer }) => bearer))).toEqual(new Set(['Bearer t1']));
  expect(count('LoaderSignIn')).toBe(1);
  await graph.close();

  lifetime = 30_000;
  const short = open();
  await short.send(who);
  lifetime = 600_000;
  await Promise.all(Array.from({ length: 8 }, () => short.send(who)));
  expect([count('LoaderSignIn'), count('LoaderRefresh')]).toEqual([2, 1]);
  await short.close();
});

test('a bidder’s token is fetched once for all calls, and again shortly before its expiry or after a revocation', async () => {
  const graph = open();
  const delegation = new Delegation(graph, 'Replay');
  const ask = async (actorId: string): Promise<string> =>
    (await delegation.send<{ who: string }>(actorId, who, {})).who;
  const [ann, again, bea] = await Promise.all([ask('usr_ann'), ask('usr_ann'), ask('usr_bea')]);
  expect(again).toBe(ann);
  expect(bea).not.toBe(ann);
  expect(count('LoaderActOnBehalf')).toBe(2);

  refused.add(ann);
  expect(await ask('usr_ann')).not.toBe(ann);
  expect(count('LoaderActOnBehalf')).toBe(3);

  lifetime = 30_000;
  const brief = await ask('usr_cem');
  expect(await ask('usr_cem')).not.toBe(brief);
  expect(count('LoaderActOnBehalf')).toBe(5);
  await graph.close();
});

test('an address where nothing listens is named with the option for another one', async () => {
  const nowhere = `http://127.0.0.1:${await freePort()}/graphql`;
  const graph = new GraphClient(nowhere, { email: 'op@example.org', password: 'secret' }, { attempts: 1 });
  await expect(graph.send(who)).rejects.toThrow(/^http:\/\/127.0.0.1:\d+\/graphql does not answer: .* \(--url gives /);
  await graph.close();
});

test('a limited number of tokens is cached: the oldest are evicted and fetched again', async () => {
  const begun: string[] = [];
  const graph = {
    patiently: <T>(attempt: () => Promise<T>) => attempt(),
    sendOnce: (_query: string, { input }: { input: { actorId: string } }) => {
      begun.push(input.actorId);
      const accessTokenExpiresAt = new Date(Date.now() + 600_000).toISOString();
      return Promise.resolve({ sessionActOnBehalf: { accessToken: input.actorId, accessTokenExpiresAt } });
    },
    sendWith: (token: string) => Promise.resolve(token),
  } as unknown as GraphClient;
  const delegation = new Delegation(graph, 'replay');
  for (let n = 0; n <= 10_000; n++) await delegation.send(`usr_${n}`, who, {});
  expect(begun).toHaveLength(10_001);
  await delegation.send('usr_10000', who, {});
  expect(begun).toHaveLength(10_001);
  expect(await delegation.send('usr_0', who, {})).toBe('usr_0');
  expect(begun.at(-1)).toBe('usr_0');
});

test('an address without a graph is reported at once, with a valid example', async () => {
  let calls = 0;
  const page = createServer((_request, response) => {
    calls += 1;
    response.writeHead(405, { 'content-type': 'application/json' }).end('{"error":"This path answers GET, HEAD."}');
  });
  await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(page.address() as AddressInfo).port}`;
  const graph = new GraphClient(origin, { email: 'op@example.org', password: 'secret' }, {}, 1);
  await expect(graph.send(who)).rejects.toThrow(
    `${origin} is not the address of a graph: it answered 405. Use the full address, such as ${origin}/graphql.`,
  );
  expect(calls).toBe(1);
  await graph.close();
  await new Promise((resolve) => page.close(resolve));
});
