import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ExecutionResult } from 'graphql';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { gatewayRequest } from '../../../gateway/execution/context.ts';
import { Ended } from '../../../gateway/execution/end.ts';
import { HttpClient, NoAnswer } from '../../../gateway/execution/http-client.ts';
import { defaultPolicy, policyOf, readPolicies, type SubgraphPolicy } from '../../../gateway/fetches/policies.ts';
import { SteadySubgraph } from '../../../gateway/fetches/steady.ts';
import { Unavailable } from '../../../platform/errors/errors.ts';
import type { SubgraphRequest } from '../../../platform/serving/service.ts';
import { openWorld } from '../world/world.ts';

const info = gatewayRequest('request', 'main');
const answer: ExecutionResult = { data: { a: 1 } };
const away = (): Promise<never> => Promise.reject(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }));

/** A subgraph that behaves so at each call in turn, and then answers. */
function subgraph(behaviours: (() => Promise<ExecutionResult>)[], policy: Partial<SubgraphPolicy> = {}) {
  const delays: number[] = [];
  const lines: Record<string, unknown>[] = [];
  let calls = 0;
  const service = {
    name: 'shop',
    execute: (_request: SubgraphRequest) => (behaviours[calls++] ?? (() => Promise.resolve(answer)))(),
    subscribe: () => Promise.resolve(answer),
  };
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line) as never) });
  const steady = new SteadySubgraph(service, { ...defaultPolicy, ...policy }, log, (most) => {
    delays.push(most);
    return 0;
  });
  const ask = (query = '{ a }', signal: AbortSignal | null = null) => steady.execute({ query, info, signal });
  return { steady, ask, delays, lines, calls: () => calls };
}

describe('a query', () => {
  test('that did not reach its subgraph is sent again, after a random time up to a growing one', async () => {
    const { ask, delays, calls } = subgraph([away, away]);
    expect(await ask()).toBe(answer);
    expect([calls(), delays]).toEqual([3, [50, 100]]);
  });

  test('is sent as often as the policy says', async () => {
    for (const retries of [0, 1, 5]) {
      const { ask, delays, calls } = subgraph(Array<typeof away>(9).fill(away), { retries });
      await expect(ask()).rejects.toThrow('connect');
      expect([calls(), delays.length]).toEqual([retries + 1, retries]);
    }
  });

  test('is sent again when a proxy says that its server is away, and not when it was answered otherwise', async () => {
    const odd = (status: number) => () => Promise.reject(new NoAnswer(`HTTP ${status} without JSON`, status));
    for (const status of [502, 503, 504]) {
      const { ask, calls } = subgraph([odd(status)]);
      expect(await ask()).toBe(answer);
      expect(calls()).toBe(2);
    }
    for (const status of [200, 400, 413, 500]) {
      const { ask, calls } = subgraph([odd(status)]);
      await expect(ask()).rejects.toThrow(`HTTP ${status}`);
      expect(calls()).toBe(1);
    }
  });

  test('that was not answered in time is not sent again', async () => {
    const { ask, calls } = subgraph([() => Promise.reject(new NoAnswer('no answer within 30000 ms'))]);
    await expect(ask()).rejects.toThrow('no answer');
    expect(calls()).toBe(1);
  });

  test('is not sent again after its operation has ended', async () => {
    const ended = new AbortController();
    const { ask, calls } = subgraph([
      () => {
        ended.abort(new Ended(true, 'The client has left.'));
        return away();
      },
    ]);
    await expect(ask('{ a }', ended.signal)).rejects.toThrow('connect');
    expect(calls()).toBe(1);
  });
});

test('a mutation is never sent again', async () => {
  const { ask, calls } = subgraph([away]);
  await expect(ask('mutation { a }')).rejects.toThrow('connect');
  expect(calls()).toBe(1);
});

test('a subgraph that fails is not called for a while, not for mutations either, and then once', async () => {
  const { steady, ask, lines, calls } = subgraph(Array<typeof away>(12).fill(away), { retries: 0, pause: 1 });
  for (let n = 0; n < 10; n++) await expect(ask(n % 2 ? '{ a }' : 'mutation { a }')).rejects.toThrow('connect');
  const refused = await Promise.allSettled([ask(), ask('mutation { a }')]);
  for (const each of refused) {
    const reason = (each as PromiseRejectedResult).reason as Unavailable;
    expect(reason).toBeInstanceOf(Unavailable);
    expect([reason.message, reason.retryable, reason.details]).toEqual([
      'shop does not answer now. Try again in 1 s.',
      true,
      { retryAfter: 1 },
    ]);
  }
  expect(calls()).toBe(10);
  expect(lines.map(({ msg, os }) => [msg, os])).toEqual([['a subgraph fails and is not called for a while', 'shop']]);
  expect(steady.name).toBe('shop');
});

test('retries end when the subgraph is left alone', async () => {
  const { ask, calls } = subgraph(Array<typeof away>(50).fill(away), { calls: 3, retries: 5 });
  await expect(ask()).rejects.toThrow('connect');
  expect(calls()).toBe(3);
});

test('routes are there as the subgraph has them', () => {
  const service = { name: 'shop', execute: away, subscribe: away };
  const log = pino({ level: 'silent' });
  expect(new SteadySubgraph(service, defaultPolicy, log).handle).toBeUndefined();
  expect(new SteadySubgraph({ ...service, handle: away, isForeign: true }, defaultPolicy, log)).toMatchObject({
    handle: expect.any(Function) as unknown,
    isForeign: true,
  });
});

test('a client gets the error at once, with the time to wait and the path of each field', async () => {
  await using world = await openWorld({ env: { SUBGRAPH_POLICIES: 'asset.calls=1,asset.retries=0' } });
  const query = '{ auction(id: "auc_1") { title asset { a: name price } } }';
  world.assets.away = true;
  const first = await world.ask(query);
  expect(first.errors.map(({ path, extensions }) => [path, extensions['retryAfter']])).toEqual([
    [['auction', 'asset', 'a'], undefined],
    [['auction', 'asset', 'price'], undefined],
  ]);
  world.assets.away = false;
  const { data, errors } = await world.ask(query);
  expect(data).toEqual({ auction: { title: 'Auction auc_1', asset: null } });
  expect(errors.map(({ path }) => path)).toEqual([
    ['auction', 'asset', 'a'],
    ['auction', 'asset', 'price'],
  ]);
  for (const { message, extensions } of errors) {
    expect(message).toMatch(/^asset does not answer now\. Try again in [56] s\.$/);
    expect(extensions).toMatchObject({ code: 'UNAVAILABLE', os: 'asset', retryable: true });
    expect([5, 6]).toContain(extensions['retryAfter']);
  }
  // A mutation was not sent: its client may send it again.
  const mutation = await world.ask('mutation { assetName(id: "ast_1", name: "x") { id } }');
  expect(mutation.errors[0]).toMatchObject({
    path: ['assetName'],
    extensions: { code: 'UNAVAILABLE', retryable: true },
  });
  expect(world.assets.executed).toBe(0);
});

test('a subgraph that does not answer costs its own fields, and the time of the operation', async () => {
  await using world = await openWorld({ env: { LIMITS: 'anonymous.time=1000', SUBGRAPH_POLICIES: '*.failures=0' } });
  world.assets.gate = new Promise(() => undefined);
  const query =
    '{ asset(id: "ast_1") { name } auction(id: "auc_1") { title asset { lot } } user(id: "usr_1") { bidderNumber } }';
  const { data, errors } = await world.ask(query);
  expect(data).toEqual({
    asset: null,
    auction: { title: 'Auction auc_1', asset: { lot: 'Lot of ast_1' } },
    user: { bidderNumber: 'Number of usr_1' },
  });
  expect(errors.map(({ path, extensions }) => [path, extensions['code'], extensions['os']])).toEqual([
    [['asset'], 'UNAVAILABLE', 'asset'],
  ]);
});

describe('a call over HTTP', () => {
  async function against(listener: RequestListener, timeout: number, signal: AbortSignal | null = null) {
    const server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const client = new HttpClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, timeout);
    try {
      return await client.ask({ query: '{ a }', info, signal }, () => ({ headers: {}, body: '{}' }));
    } finally {
      await client.close();
      server.closeAllConnections();
      server.close();
    }
  }

  test('ends when the policy’s time is over, before the answer and within it', async () => {
    await expect(against(() => undefined, 50)).rejects.toThrow('no answer within 50 ms');
    await expect(against((_, response) => void response.write('{"data":'), 50)).rejects.toThrow(
      'no answer within 50 ms',
    );
  });

  test('that began for an operation that has ended is not sent', async () => {
    let requests = 0;
    const listener: RequestListener = (_, response) => {
      requests += 1;
      response.end('{"data":{}}');
    };
    await expect(against(listener, 5_000, AbortSignal.abort(new Error('over')))).rejects.toThrow('the client has left');
    expect(requests).toBe(0);
  });

  test('is answered in many pieces, whatever they split', async () => {
    const text = JSON.stringify({ data: { name: 'ßüé€😀'.repeat(50) } });
    const pieces: RequestListener = (_, response) => {
      void (async () => {
        for (const byte of Buffer.from(text)) {
          response.write(Buffer.from([byte]));
          if (byte % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
        }
        response.end();
      })();
    };
    expect(JSON.stringify(await against(pieces, 20_000))).toBe(text);
  });
});

describe('SUBGRAPH_POLICIES', () => {
  const read = (text: string) => readPolicies(text.split(','), decodeURIComponent);

  test('a subgraph’s settings precede those of all, and the rest are the defaults', () => {
    const policies = read('*.timeout=5000,shop.retries=0,a%2Cb.x.pause=7,*.failures=90');
    expect(policyOf(policies, 'other')).toEqual({ ...defaultPolicy, timeout: 5_000, failures: 90 });
    expect(policyOf(policies, 'shop')).toEqual({ ...defaultPolicy, timeout: 5_000, failures: 90, retries: 0 });
    expect(policyOf(policies, 'a,b.x')).toEqual({ ...defaultPolicy, timeout: 5_000, failures: 90, pause: 7 });
  });

  test.each([
    'shop',
    'shop.width=3',
    'shop.timeout=-1',
    'shop.timeout=0',
    'shop.timeout=600001',
    'shop.retries=6',
    'shop.failures=101',
    '.timeout=5',
    'shop.retries=1,shop.retries=2',
    'shop.constructor=1',
  ])('%s is refused', (text) => {
    expect(() => read(text)).toThrow(/^(is "name\.setting=number|holds|names) ?/);
  });
});
