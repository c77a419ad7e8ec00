import type { ExecutionResult } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NoAnswer } from '../../gateway/execution/http-client.ts';
import { hashingEmbedder } from '../../platform/embeddings/hashing.ts';
import type { SubgraphRequest } from '../../platform/serving/service.ts';
import { examplesOf } from '../../schema/contracts.ts';
import { systems } from '../../subgraphs/registry.ts';
import { openSale, placeBids } from '../testkit/sale.ts';
import { openWorld, type AnswerError, type Client, type WholeAnswer, type World } from '../testkit/world.ts';

const names = Object.keys(systems);
const examples = (await Promise.all(names.map(examplesOf))).flat();
const operations = examples.filter(({ operation }) => !/^\s*subscription\b/.test(operation));
const isMutation = ({ operation }: { operation: string }): boolean => /^\s*mutation\b/.test(operation);
const queries = operations.filter((each) => !isMutation(each));

/** How an OS answers nothing. */
const failures = {
  stopped: () => Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })),
  slow: ({ signal }: SubgraphRequest) =>
    new Promise<never>((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason as Error));
    }),
  failing: () => Promise.reject(new NoAnswer('HTTP 500 without JSON', 500)),
} satisfies Record<string, (request: SubgraphRequest) => Promise<ExecutionResult>>;

let world: World;
let person: Client;
let broken: { os: string; how: keyof typeof failures } | null = null;
/** The OSes that were called for a request. */
const called = new Map<string, Set<string>>();
const whole = new Map<string, WholeAnswer>();

beforeAll(async () => {
  world = await openWorld({
    embedder: hashingEmbedder(),
    env: {
      // Everything at once, and a short time for an OS that does not answer.
      LIMITS: ['anonymous', 'signedIn']
        .flatMap((role) =>
          ['rate', 'burst', 'atOnce', 'traffic', 'trafficBurst'].map((name) => `${role}.${name}=999999999`),
        )
        .concat('anonymous.time=2000', 'signedIn.time=2000')
        .join(),
      // Each operation meets the failure itself, and calls of its own.
      SUBGRAPH_POLICIES: '*.failures=0',
      SHARE_FETCHES: '0',
    },
    between: (service) => ({
      name: service.name,
      subscribe: (request) => service.subscribe(request),
      execute: (request) => {
        const { requestId } = request.info;
        called.set(requestId, (called.get(requestId) ?? new Set()).add(service.name));
        return broken?.os === service.name ? failures[broken.how](request) : service.execute(request);
      },
    }),
  });
  await placeBids(await openSale(world, ['Sunrise', 'Moonrise'], ['Ann Archer', 'Ben Baker']), 4);
  await world.settled();
  person = await world.signUp({ organization: 'Museum' });
  // The first run of each is planned, with more time for it.
  for (const each of queries) whole.set(each.name, await ask(each, 'whole'));
});
afterAll(() => world.close());

async function ask(example: (typeof operations)[number], id: string, viewer?: Client): Promise<WholeAnswer> {
  const variables = example.variables === null ? {} : (JSON.parse(example.variables) as Record<string, unknown>);
  const client = viewer ?? (example.public ? world.anonymous : person);
  return client.answer(example.operation, variables, { headers: { 'x-request-id': `${example.name}-${id}` } });
}

/** Places that were not null before, are null now, and have no error at, above or below them. */
function unexplained(
  before: unknown,
  now: unknown,
  errors: readonly AnswerError[],
  at: (string | number)[] = [],
): string[] {
  if (before === null || before === undefined) return [];
  if (now === null || now === undefined) {
    const isTold = errors.some(({ path }) => path?.every((step, n) => n >= at.length || step === at[n]));
    return isTold ? [] : [at.join('.')];
  }
  if (typeof before !== 'object' || typeof now !== 'object') return [];
  return Object.entries(before).flatMap(([key, value]) =>
    unexplained(value, (now as Record<string, unknown>)[key], errors, [
      ...at,
      Array.isArray(before) ? Number(key) : key,
    ]),
  );
}

const told = ({ errors }: WholeAnswer): string[] =>
  errors.map(({ extensions, path }) => JSON.stringify([extensions.code, path])).toSorted();

describe.each(names)('without %s', (os) => {
  test.each(Object.keys(failures) as (keyof typeof failures)[])(
    'that is %s, the rest of every example query is answered, with an error for each field that is missing',
    async (how) => {
      // Rights that were just looked up are used for five seconds.
      await world.anonymous.ask('{ __typename }');
      await person.ask('{ viewer { displayName } }');
      broken = { os, how };
      try {
        const run = `${os}-${how}`;
        const answers = await Promise.all(queries.map(async (each) => [each.name, await ask(each, run)] as const));
        let without = 0;
        for (const [name, answer] of answers) {
          const before = whole.get(name)!;
          const isConcerned = called.get(`${name}-whole`)?.has(os) ?? false;
          const { errors, data, status } = answer;
          // Who a viewer is only identity says.
          if (os === 'identity' && status === 503) {
            expect(
              errors.map(({ extensions }) => extensions.code),
              name,
            ).toEqual(['UNAVAILABLE']);
            continue;
          }
          if (!isConcerned) {
            expect(told(answer), name).toEqual(told(before));
            expect(unexplained(before.data, data, []), name).toEqual([]);
            continue;
          }
          without += 1;
          const known = new Set(told(before));
          const more = errors.filter(({ extensions, path }) => !known.has(JSON.stringify([extensions.code, path])));
          for (const error of more) {
            expect(error, name).toMatchObject({ extensions: { code: 'UNAVAILABLE', os, retryable: true } });
            expect(error.path?.length, name).toBeGreaterThan(0);
          }
          expect(more.length, name).toBeGreaterThan(0);
          expect(unexplained(before.data, data, errors), name).toEqual([]);
        }
        expect(without).toBeGreaterThan(0);
      } finally {
        broken = null;
      }
    },
    60_000,
  );
});

test('an OS that is down costs only its own fields', async () => {
  broken = { os: 'assets', how: 'stopped' };
  try {
    const { data, errors } = await world.anonymous.answer(
      '{ auctions { nodes { currentPrice { amount } asset { title } bids { bidder { displayName } } } } }',
    );
    const { nodes } = (data as Record<string, unknown>)['auctions'] as {
      nodes: { bids: object[] }[];
    };
    expect(nodes).toHaveLength(2);
    for (const each of nodes)
      expect(each).toMatchObject({
        currentPrice: { amount: expect.any(String) as unknown },
        bids: expect.arrayContaining([{ bidder: { displayName: expect.any(String) as unknown } }]) as unknown,
      });
    expect(errors.map(({ path }) => path)).toEqual(nodes.map((_, n) => ['auctions', 'nodes', n, 'asset', 'title']));
  } finally {
    broken = null;
  }
});

test('when an OS answers again, so do all its fields', async () => {
  for (const each of queries) {
    const before = whole.get(each.name)!;
    const again = await ask(each, 'again');
    expect(told(again), each.name).toEqual(told(before));
    expect(unexplained(before.data, again.data, []), each.name).toEqual([]);
  }
});

test.each(Object.keys(failures) as (keyof typeof failures)[])(
  'every example mutation is answered while any OS is %s',
  async (how) => {
    for (const os of names) {
      const viewer = await world.signUp({ organization: 'Gallery' });
      const isSlow = how === 'slow';
      broken = { os, how };
      try {
        const run = `${os}-${how}-mutation`;
        const mutations = operations.filter(isMutation);
        const answers = await Promise.all(mutations.map(async (each) => ask(each, run, viewer)));
        for (const { errors } of answers)
          for (const { extensions, path, message } of errors) {
            expect(typeof extensions.code, message).toBe('string');
            if (extensions.code !== 'UNAVAILABLE') continue;
            // A refused request has no fields.
            if (os !== 'identity') expect([extensions['os'], path !== undefined], message).toEqual([os, true]);
            // Whether it was executed is known only if it was not sent, or can be repeated.
            if (!isSlow) expect(typeof extensions['retryable'], message).toBe('boolean');
          }
      } finally {
        broken = null;
      }
    }
  },
  120_000,
);
