import { Client, fetchExchange, gql, subscriptionExchange } from '@urql/core';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { openWorld, type Person, type World } from '../testkit/world.ts';

/*
 * Third-party clients, used as their documentation says. Nothing here is specific to our gateway.
 */

let world: World;
let ann: Person;

beforeAll(async () => {
  world = await openWorld();
  ann = await world.signUp({ organization: 'Museum of Small Things' });
});
afterAll(() => world?.close());

const query = `
  subscription Progress($after: String) {
    assetImportProgressed(after: $after) {
      cursor
      lastLine
      created
      import {
        owner {
          displayName
        }
      }
    }
  }
`;

interface Progress {
  assetImportProgressed: {
    cursor: string;
    lastLine: number;
    created: number;
    import: { owner: { displayName: string } };
  };
}

let run = 0;

/** Imports in batches of one line; the events have the line numbers. */
async function importLines(name: string, from: number, to: number): Promise<void> {
  for (let line = from; line <= to; line += 1) {
    await ann.ask('mutation ($input: AssetImportInput!) { assetImport(input: $input) { created } }', {
      input: {
        ownerId: ann.organizationId,
        source: 'strangers',
        run: name,
        lines: [{ line, sourceId: `${name}-${line}`, title: `Work ${line}` }],
      },
    });
  }
}

/** The stream's cursor after all events so far. */
async function liveCursor(): Promise<string> {
  await world.settled();
  const { viewer } = await ann.ask('{ viewer { assetImports(first: 1) { nodes { liveCursor } } } }');
  return viewer.assetImports.nodes[0].liveCursor as string;
}

/** A client that collects events, and can be awaited and ended. */
interface Stranger {
  subscribe(after: string | null): { events: Progress[]; errors: unknown[]; stop(): void };
  ask(): Promise<string>;
  end(): Promise<void>;
}

function socketTo(token: string): ReturnType<typeof createClient> {
  return createClient({
    url: `${world.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
  });
}

function graphqlWs(token: string): Stranger {
  const client = socketTo(token);
  return {
    subscribe(after) {
      const events: Progress[] = [];
      const errors: unknown[] = [];
      const stop = client.subscribe<Progress>(
        { query, variables: { after } },
        {
          next: ({ data, errors: refused }) => (data ? events.push(data) : errors.push(refused)),
          error: (error) => errors.push(error),
          complete: () => undefined,
        },
      );
      return { events, errors, stop };
    },
    async ask() {
      // The protocol supports queries too.
      for await (const { data } of client.iterate<{ viewer: { id: string } }>({ query: '{ viewer { id } }' }))
        return data?.viewer.id ?? '';
      throw new Error('The socket gave no answer.');
    },
    end: async () => client.dispose(),
  };
}

function urql(token: string): Stranger {
  const socket = socketTo(token);
  const client = new Client({
    url: `${world.url}/graphql`,
    preferGetMethod: false,
    fetchOptions: { headers: { authorization: `Bearer ${token}` } },
    exchanges: [
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: (request) => ({
          subscribe: (sink) => ({
            unsubscribe: socket.subscribe({ ...request, query: request.query ?? '' }, sink),
          }),
        }),
      }),
    ],
  });
  return {
    subscribe(after) {
      const events: Progress[] = [];
      const errors: unknown[] = [];
      const { unsubscribe } = client.subscription<Progress>(gql(query), { after }).subscribe(({ data, error }) => {
        if (error) errors.push(error);
        if (data) events.push(data);
      });
      return { events, errors, stop: unsubscribe };
    },
    async ask() {
      const answer = await client.query<{ viewer: { id: string } }>(gql('{ viewer { id } }'), {}).toPromise();
      if (answer.error) throw answer.error;
      return answer.data?.viewer.id ?? '';
    },
    end: async () => socket.dispose(),
  };
}

test.each([
  ['graphql-ws', graphqlWs],
  ['urql', urql],
] as const)(
  '%s queries, follows an import live, and resumes without a gap',
  async (name, open) => {
    const stranger = open(ann.accessToken);
    const runName = `${name} ${(run += 1)}`;
    try {
      expect(await stranger.ask()).toBe(ann.id);

      await importLines(runName, 1, 1);
      const live = stranger.subscribe(await liveCursor());
      await importLines(runName, 2, 2);
      await expect.poll(() => live.events.length, { timeout: 10_000 }).toBe(1);
      await importLines(runName, 3, 4);
      await expect.poll(() => live.events.length, { timeout: 10_000 }).toBe(3);
      expect(live.events.map(({ assetImportProgressed: event }) => [event.lastLine, event.created])).toEqual([
        [2, 1],
        [3, 1],
        [4, 1],
      ]);
      expect(live.events[0]?.assetImportProgressed.import.owner.displayName).toBe('Museum of Small Things');
      expect(live.errors).toEqual([]);
      live.stop();
      await expect.poll(() => world.gateway.open().subscriptions, { timeout: 10_000 }).toBe(0);

      await importLines(runName, 5, 6);
      const cursor = live.events[1]?.assetImportProgressed.cursor ?? '';
      const again = stranger.subscribe(cursor);
      await expect.poll(() => again.events.length, { timeout: 10_000 }).toBe(3);
      await importLines(runName, 7, 7);
      await expect.poll(() => again.events.length, { timeout: 10_000 }).toBe(4);
      expect(again.events.map(({ assetImportProgressed }) => assetImportProgressed.lastLine)).toEqual([4, 5, 6, 7]);
      expect(again.errors).toEqual([]);
      again.stop();
    } finally {
      await stranger.end();
    }
  },
  40_000,
);

test.each([
  ['graphql-ws', graphqlWs],
  ['urql', urql],
] as const)('%s gets a readable error for an invalid cursor', async (_, open) => {
  const stranger = open(ann.accessToken);
  try {
    const refused = stranger.subscribe('no cursor');
    await expect.poll(() => refused.errors.length, { timeout: 10_000 }).toBe(1);
    expect(JSON.stringify(refused.errors)).toContain('INVALID');
    expect(refused.events).toEqual([]);
    refused.stop();
  } finally {
    await stranger.end();
  }
});
