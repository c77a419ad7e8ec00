import { Client, fetchExchange, gql, subscriptionExchange } from '@urql/core';
import { createClient, type Client as SocketClient, type Sink } from 'graphql-ws';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { holdTimers } from '../testkit/held-timers.ts';
import { openSale, placeBids, type PlacedBid, type Sale } from '../testkit/sale.ts';
import { openWorld, type Person, type World } from '../testkit/world.ts';

/*
 * Live bids in third-party clients. Only three lines are ours: after each event its cursor becomes the variable `after`, so that a
 * client that resubscribes by itself resumes where it was.
 */

const query = `
  subscription LiveBids($filter: BidPlacedFilter, $after: String) {
    bidPlaced(filter: $filter, after: $after) {
      cursor
      sequence
      occurredAt
      bid {
        amount {
          amount
          currency
        }
        bidder {
          displayName
        }
        auction {
          currentPrice {
            amount
          }
          asset {
            title
          }
        }
      }
    }
  }
`;

interface LiveBid {
  bidPlaced: {
    cursor: string;
    sequence: string;
    bid: {
      amount: { amount: string; currency: string };
      bidder: { displayName: string };
      auction: { currentPrice: { amount: string }; asset: { title: string } };
    };
  };
}

let world: World;
let sale: Sale;
let ann: Person;
beforeAll(async () => {
  world = await openWorld();
  sale = await openSale(
    world,
    ['Harbour at Dusk', 'Lantern under Repair'],
    ['Noor Haddadin', 'Kofi Adjaye-Marsh', 'Liselotte Varn'],
  );
  ann = await world.signUp({ displayName: 'Ann' });
});
afterAll(() => world?.close());

/** A graphql-ws client with the state that a page would keep. */
interface Line {
  client: SocketClient;
  /** The currently open socket. */
  socket(): WebSocket;
  /** Number of connections so far. */
  connected(): number;
  /** The server's answer to the last token sent in band. */
  answered(): Record<string, unknown> | null;
  /** Lets it reconnect after a cut. */
  mend(): void;
}

function dial(token: string): Line {
  let socket: WebSocket | null = null;
  let connected = 0;
  let answer: Record<string, unknown> | null = null;
  let mend = (): void => undefined;
  const mended = new Promise<void>((resolve) => {
    mend = resolve;
  });
  const client = createClient({
    url: `${world.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
    retryWait: () => mended,
    on: {
      opened: (opened) => void (socket = opened as WebSocket),
      connected: () => void (connected += 1),
      pong: (received, payload) => {
        if (received) answer = payload ?? null;
      },
    },
  });
  return {
    client,
    socket: () => {
      if (!socket) throw new Error('It has not been connected yet.');
      return socket;
    },
    connected: () => connected,
    answered: () => answer,
    mend,
  };
}

interface Watching {
  events: LiveBid[];
  errors: unknown[];
  stop(): void;
}

type Subscribe = (line: Line) => Watching;

const filter = () => ({ auctionId: { in: sale.lots.map(({ id }) => id) } });

const graphqlWs: Subscribe = ({ client }) => {
  const events: LiveBid[] = [];
  const errors: unknown[] = [];
  const variables: Record<string, unknown> = { filter: filter() };
  const stop = client.subscribe<LiveBid>(
    { query, variables },
    {
      next: ({ data, errors: refused }) => {
        if (refused) errors.push(refused);
        if (!data) return;
        events.push(data);
        variables['after'] = data.bidPlaced.cursor;
      },
      error: (error) => errors.push(error),
      complete: () => undefined,
    },
  );
  return { events, errors, stop };
};

const urql: Subscribe = (line) => {
  const client = new Client({
    url: `${world.url}/graphql`,
    preferGetMethod: false,
    exchanges: [
      subscriptionExchange({
        forwardSubscription: (request) => ({
          subscribe: (sink) => {
            const variables = { ...(request.variables as Record<string, unknown>) };
            const next = (result: Parameters<typeof sink.next>[0]): void => {
              const cursor = (result.data as LiveBid | null | undefined)?.bidPlaced.cursor;
              if (cursor) variables['after'] = cursor;
              sink.next(result);
            };
            const unsubscribe = line.client.subscribe({ ...request, query: request.query ?? '', variables }, {
              ...sink,
              next,
            } as unknown as Sink);
            return { unsubscribe };
          },
        }),
      }),
      fetchExchange,
    ],
  });
  const events: LiveBid[] = [];
  const errors: unknown[] = [];
  const { unsubscribe } = client
    .subscription<LiveBid>(gql(query), { filter: filter() })
    .subscribe(({ data, error }) => {
      if (error) errors.push(error);
      if (data) events.push(data);
    });
  return { events, errors, stop: unsubscribe };
};

const shown = ({ bidPlaced: { bid } }: LiveBid): PlacedBid => ({
  bidder: bid.bidder.displayName,
  title: bid.auction.asset.title,
  price: bid.amount.amount,
});

const patience = { timeout: 20_000, interval: 20 };

/** Resolves when the stream is open: earlier bids are not delivered. */
async function begun(): Promise<void> {
  await expect.poll(() => world.gateway.open().subscriptions, patience).toBe(1);
  await world.settled();
}

async function ended(line: Line, watching: Watching): Promise<void> {
  watching.stop();
  await line.client.dispose();
  await expect.poll(() => world.gateway.open().subscriptions, patience).toBe(0);
}

describe.each([
  ['graphql-ws', graphqlWs],
  ['urql', urql],
] as const)('%s', (_, subscribe) => {
  test('shows bids on two lots with names and titles, and resumes after a cut without gap or duplicate', async () => {
    const line = dial(ann.accessToken);
    const watching = subscribe(line);
    await begun();
    const before = await placeBids(sale, 3);
    await expect.poll(() => watching.events.length, patience).toBe(3);
    expect(watching.events.map(shown)).toEqual(before);
    expect(watching.events[0]?.bidPlaced.bid.amount.currency).toBe('EUR');

    // Cut without a close, as networks do, while bids continue.
    line.socket().terminate();
    await expect.poll(() => world.gateway.open().subscriptions, patience).toBe(0);
    const missed = await placeBids(sale, 3);
    line.mend();
    await expect.poll(() => watching.events.length, patience).toBe(6);
    const after = await placeBids(sale, 2);
    await expect.poll(() => watching.events.length, patience).toBe(8);
    expect(watching.events.map(shown)).toEqual([...before, ...missed, ...after]);
    const order = watching.events.map(({ bidPlaced }) => Number(bidPlaced.sequence));
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(line.connected()).toBe(2);
    expect(watching.errors).toEqual([]);
    await ended(line, watching);
  });

  test('a fresh token sent in band keeps the stream beyond the expiry of the first one', async () => {
    // A token is valid for ten minutes: one that is five minutes old expires before a fresh one.
    world.clock.turn(-300_000);
    const soonGone = await tokenOf(ann);
    world.clock.reset();
    using timers = holdTimers(60_000);

    const [line, forgetful] = [dial(soonGone), dial(soonGone)];
    const watching = subscribe(line);
    await begun();
    const ending = forgetful.client.iterate({ query, variables: { filter: filter() } });
    const closed = (async () => {
      for await (const { errors } of ending) if (errors) return JSON.stringify(errors);
      return 'ended';
    })().catch((error: unknown) => JSON.stringify(error));
    await expect.poll(() => world.gateway.open().subscriptions, patience).toBe(2);

    const fresh = await tokenOf(ann);
    line.socket().send(JSON.stringify({ type: 'ping', payload: { authorization: `Bearer ${fresh}` } }));
    await expect.poll(() => line.answered()?.['accepted'], patience).toBe(true);
    timers.pass(301_000);
    // A client without a fresh token gets the error, and its stream ends.
    expect(await Promise.race([closed, sleep(20_000, 'nothing')])).toContain('EXPIRED');
    timers[Symbol.dispose]();
    await forgetful.client.dispose();
    await expect.poll(() => world.gateway.open().subscriptions, patience).toBe(1);
    const placed = await placeBids(sale, 2);
    await expect.poll(() => watching.events.length, patience).toBe(2);
    expect(watching.events.map(shown)).toEqual(placed);
    expect([line.connected(), watching.errors]).toEqual([1, []]);
    await ended(line, watching);
  });
});

async function tokenOf({ email, password }: Person): Promise<string> {
  const { sessionSignIn } = await world.anonymous.ask(
    'mutation ($input: SessionSignInInput!) { sessionSignIn(input: $input) { accessToken } }',
    { input: { email, password } },
  );
  return sessionSignIn.accessToken as string;
}
