import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Graph, GraphError, type Tokens, type TypedDocument } from '../../../clients/sdk/index.ts';
import { openSale, placeBids, type Sale } from '../../testkit/sale.ts';
import { openWorld, type World } from '../../testkit/world.ts';
import { lineTo, type Line } from './cut.ts';

let world: World;
let sale: Sale;
let line: Line;
let graph: Graph;

beforeAll(async () => {
  world = await openWorld({ oses: ['assets', 'auction', 'hub'] });
  sale = await openSale(world, ['A Quiet Field', 'Two Hares'], ['Bo', 'Cy']);
});
afterAll(() => world?.close());
beforeEach(async () => {
  line = await lineTo(world.url);
  graph = new Graph({ url: `${line.url}/graphql` });
});
afterEach(async () => {
  await graph.close();
  await line[Symbol.asyncDispose]();
});

/** A typed document as codegen makes it with `documentMode: 'string'`. */
const typed = <TData, TVariables>(text: string): TypedDocument<TData, TVariables> => new String(text) as never;

interface Bids {
  bidPlaced: { cursor: string; bid: { id: string; amount: { amount: string } } };
}
const bidsPlaced = typed<Bids, { after?: string | null }>(
  'subscription Bids($after: String) { bidPlaced(after: $after) { cursor bid { id amount { amount } } } }',
);
const newest = typed<{ bids: { nodes: { id: string; amount: { amount: string } }[] } }, Record<string, never>>(
  'query Newest { bids(first: 100) { nodes { id amount { amount } } } }',
);

describe('ask', () => {
  test('answers with the types of its document', async () => {
    const { bids } = await graph.ask(newest);
    expect(bids.nodes).toEqual(expect.any(Array));
    expect(
      await graph.ask<{ assets: unknown }>('query ($n: Int!) { assets(first: $n) { totalCount } }', { n: 1 }),
    ).toEqual({
      assets: { totalCount: 2 },
    });
  });

  test('throws the reason with its code and path, and what was answered all the same', async () => {
    const asked = graph.ask('{ assets(first: 1) { totalCount } asset(id: "nonsense") { id } }');
    const error = await asked.then(
      () => null,
      (reason: unknown) => reason as GraphError,
    );
    expect(error).toBeInstanceOf(GraphError);
    expect(error).toMatchObject({ code: 'INVALID', path: ['asset'], retryable: false });
    expect(error?.data).toEqual({ assets: { totalCount: 2 }, asset: null });
    expect(error?.requestId).toMatch(/^\S+$/);
  });

  test('a server that cannot be reached is UNREACHABLE, and may be asked again', async () => {
    const nowhere = new Graph({ url: 'http://127.0.0.1:1/graphql' });
    await expect(nowhere.ask('{ serverTime }')).rejects.toMatchObject({ code: 'UNREACHABLE', retryable: true });
    await nowhere.close();
  });

  test('a document without text is sent by its hash', async () => {
    const text = 'query Time { serverTime }';
    const hash = createHash('sha256').update(text).digest('hex');
    const byHash = { kind: 'Document', __meta__: { hash } } as never;
    await expect(graph.ask(byHash)).rejects.toMatchObject({ code: 'PERSISTED_QUERY_NOT_FOUND' });
    const persisted = { persistedQuery: { version: 1, sha256Hash: hash } };
    const body = JSON.stringify({ query: text, extensions: persisted });
    await fetch(`${world.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    expect(await graph.ask(byHash)).toEqual({ serverTime: expect.any(String) });
  });

  test('a document without text or hash is refused before anything is sent', async () => {
    await expect(graph.ask({} as never)).rejects.toThrow(TypeError);
  });
});

describe('session', () => {
  const email = 'sdk@example.org';
  const password = 'correct horse battery';
  let kept: Tokens | null = null;
  const store = { read: () => kept, write: (tokens: Tokens | null) => void (kept = tokens) };
  const viewer = '{ viewer { displayName } }';

  beforeAll(async () => {
    const operator = await world.operator();
    await operator.ask('mutation ($input: UserCreateInput!) { userCreate(input: $input) { user { id } } }', {
      input: { email, password, displayName: 'Sam' },
    });
  });
  beforeEach(async () => {
    kept = null;
    await graph.close();
    graph = new Graph({ url: `${line.url}/graphql`, store });
  });

  test('signs in, is kept, and ends', async () => {
    expect(await graph.ask(viewer)).toEqual({ viewer: null });
    await graph.session.signIn(email, password);
    expect(await graph.ask(viewer)).toEqual({ viewer: { displayName: 'Sam' } });
    const again = new Graph({ url: `${line.url}/graphql`, store });
    expect(await again.ask(viewer)).toEqual({ viewer: { displayName: 'Sam' } });
    await again.session.signOut();
    expect(kept).toBeNull();
    expect(await again.ask(viewer)).toEqual({ viewer: null });
    await again.close();
    await expect(graph.session.signIn(email, 'wrong wrong wrong')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('a token that is about to expire is renewed once for all who wait', async () => {
    await graph.session.signIn(email, password);
    const before = { ...(kept as unknown as Tokens) };
    (kept as unknown as Tokens).expiresAt = Date.now();
    const answers = await Promise.all([graph.ask(viewer), graph.ask(viewer), graph.ask(viewer)]);
    expect(answers).toEqual(Array(3).fill({ viewer: { displayName: 'Sam' } }));
    // A refresh token works once: a second use would have ended the session.
    expect((kept as unknown as Tokens).refreshToken).not.toBe(before.refreshToken);
    expect(await graph.ask(viewer)).toEqual({ viewer: { displayName: 'Sam' } });
  });

  test('a session that the server has ended is forgotten', async () => {
    await graph.session.signIn(email, password);
    (kept as unknown as Tokens).refreshToken = 'nonsense';
    (kept as unknown as Tokens).expiresAt = Date.now();
    expect(await graph.ask(viewer)).toEqual({ viewer: null });
    expect(kept).toBeNull();
  });
});

describe('subscribe', () => {
  test('no bid is missing or told twice, however often the connection is lost', async () => {
    const states: string[] = [];
    const events = graph.subscribe(bidsPlaced, {}, { onConnection: (state) => states.push(state) });
    const seen: string[] = [];
    const reading = (async () => {
      for await (const { bidPlaced } of events) if (seen.push(bidPlaced.bid.id) === 12) break;
    })();
    // The stream starts now, so it must be open before the first bid.
    await expect.poll(() => world.gateway.open().subscriptions).toBe(1);
    const before = line.connections;
    for (let round = 0; round < 4; round++) {
      await placeBids(sale, 3);
      if (round < 3) await expect.poll(() => seen.length).toBeGreaterThan(round * 3);
      line.cut();
    }
    await reading;
    const { bids } = await graph.ask(newest);
    expect(seen).toEqual(
      bids.nodes
        .slice(0, 12)
        .map(({ id }) => id)
        .toReversed(),
    );
    expect(line.connections).toBeGreaterThan(before);
    expect(states).toContain('reconnecting');
    await expect.poll(() => world.gateway.open().subscriptions).toBe(0);
  });

  test('silence is told while the connection still stands, and its end', { timeout: 30_000 }, async () => {
    const states: string[] = [];
    const events = graph.subscribe(bidsPlaced, {}, { onConnection: (state) => states.push(state) });
    const first = events.next();
    await expect.poll(() => world.gateway.open().subscriptions).toBe(1);
    await placeBids(sale, 1);
    await first;
    // The first beat comes after two seconds without an event.
    await new Promise((resolve) => setTimeout(resolve, 2_600));
    line.hold(true);
    await expect.poll(() => states.at(-1)).toBe('stale');
    line.hold(false);
    await expect.poll(() => states.at(-1)).toBe('live');
    await events.return?.();
  });

  test('a refused stream throws its reason, and one that is left ends', async () => {
    const refused = graph.subscribe('subscription { assetImportProgressed { cursor } }');
    await expect(refused.next()).rejects.toMatchObject({ code: expect.stringMatching(/UNAUTHENTICATED|BAD_QUERY/) });
    const stop = new AbortController();
    const events = graph.subscribe(bidsPlaced, {}, { signal: stop.signal });
    const next = events.next();
    await expect.poll(() => world.gateway.open().subscriptions).toBe(1);
    stop.abort();
    expect(await next).toEqual({ done: true, value: undefined });
    await expect.poll(() => world.gateway.open().subscriptions).toBe(0);
  });
});

describe('keep', () => {
  interface Lot {
    auction: { liveCursor: string; bids: { id: string; amount: { amount: string } }[] };
  }
  const lot = typed<Lot, { id: string }>(
    'query Lot($id: ID!) { auction(id: $id) { liveCursor bids(first: 5) { id amount { amount } } } }',
  );
  const ofLot = typed<Bids, { filter: object; after?: string | null }>(
    'subscription Bids($filter: BidPlacedFilter, $after: String) { bidPlaced(filter: $filter, after: $after) { cursor bid { id amount { amount } } } }',
  );
  const optionsOf = (id: string) => ({
    list: lot,
    listVariables: { id },
    items: ({ auction }: Lot) => auction.bids,
    liveCursor: ({ auction }: Lot) => auction.liveCursor,
    stream: ofLot,
    streamVariables: { filter: { auctionId: { eq: id } } },
    changes: ({ bidPlaced }: Bids) => [{ put: bidPlaced.bid }],
    idOf: (bid: { id: string }) => bid.id,
    compare: (a: { amount: { amount: string } }, b: { amount: { amount: string } }) =>
      Number(b.amount.amount) - Number(a.amount.amount),
    most: 5,
  });

  test('a list is read once and stays true over a lost connection', async () => {
    const [{ id } = { id: '' }] = sale.lots;
    const kept = graph.keep(optionsOf(id));
    const states: string[] = [];
    kept.subscribe(({ state }) => states.push(state));
    await expect.poll(() => kept.current.state).toBe('live');
    const shown = (): string[] => kept.current.items.map((bid) => bid.id);
    const read = async (): Promise<string[]> => {
      const { auction } = await graph.ask(lot, { id });
      return auction.bids.map((bid) => bid.id);
    };
    await placeBids(sale, 4);
    const then = await read();
    await expect.poll(shown).toEqual(then);
    line.cut();
    await placeBids(sale, 4);
    const now = await read();
    expect(now).not.toEqual(then);
    await expect.poll(shown).toEqual(now);
    expect(states.slice(0, 2)).toEqual(['loading', 'live']);
    kept.close();
    await expect.poll(() => world.gateway.open().subscriptions).toBe(0);
  });

  test('a list that may not be read fails with the reason', async () => {
    const kept = graph.keep(optionsOf('nonsense'));
    await expect.poll(() => kept.current.state).toBe('failed');
    expect(kept.current.error?.code).toBe('INVALID');
    kept.close();
  });
});
