import { composeServices } from '@apollo/composition';
import { GraphQLError } from 'graphql';
import { createClient, type Client } from 'graphql-ws';
import { pino } from 'pino';
import { WebSocket } from 'ws';
import { readConfig } from '../../../gateway/config.ts';
import { RemoteSubgraphs } from '../../../gateway/execution/remotes.ts';
import { startGateway, type Gateway } from '../../../gateway/server.ts';
import { placesAtStart } from '../../../gateway/supergraph/places.ts';
import { EventQueue } from '../../../platform/streams/event-queue.ts';
import { openPlanner } from '../../testkit/supergraph.ts';
import { PlainSubgraph } from './subgraph.ts';

const federation = (imports: string): string =>
  `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [${imports}])`;

/** A shop of three companies: names with capitals and a dash, one that this house gives an OS, and none of its conventions. */
export class Shop {
  readonly prices = new Set<EventQueue<{ priceChanged: object }>>();
  readonly products = new PlainSubgraph(
    'Products-EU',
    `${federation('"@key", "@shareable", "@listSize"')}
    type Query {
      product(id: ID!): Product
      products(limit: Int, first: Int): [Product!]! @listSize(slicingArguments: ["limit"], requireOneSlicingArgument: false)
      fails(code: String, inside: Boolean): String
    }
    type Mutation { rename(id: ID!, name: String!): Product }
    type Subscription { priceChanged(id: ID!, after: Int): PriceChange! }
    type PriceChange { product: Product! price: Int! cursor: Int }
    type Product @key(fields: "id") { id: ID! name: String! }`,
    {
      Query: {
        product: (_: unknown, { id }: { id: string }) => ({ id }),
        products: (_: unknown, { limit, first }: { limit?: number; first?: number }) =>
          Array.from({ length: Math.min(limit ?? first ?? 2, 5) }, (_each, n) => ({ id: `p${n + 1}` })),
        fails: (_: unknown, { code, inside }: { code?: string; inside?: boolean }) => {
          const debug = {
            exception: { stacktrace: ['at /srv/shop.js:1'] },
            stacktrace: ['at /srv'],
            debugInfo: 'secret',
          };
          throw new GraphQLError('The shelf is empty.', {
            extensions: {
              ...(code ? { code } : {}),
              shelf: { row: 3, ...(inside ? debug : {}) },
              ...(inside ? debug : {}),
            },
          });
        },
      },
      Mutation: { rename: (_: unknown, { id }: { id: string }) => ({ id }) },
      Subscription: {
        priceChanged: {
          subscribe: (_: unknown, { id }: { id: string }) => {
            if (id === 'refused') throw new GraphQLError('No such price.', { extensions: { code: 'NO_PRICE' } });
            const stream: EventQueue<{ priceChanged: object }> = new EventQueue<{ priceChanged: object }>({
              onReturn: () => this.prices.delete(stream),
            });
            this.prices.add(stream);
            return stream;
          },
        },
      },
      Product: {
        __resolveReference: ({ id }: { id: string }) => ({ id }),
        name: ({ id }: { id: string }) => `Product ${id}`,
      },
    },
  );
  readonly assets = new PlainSubgraph(
    'assets',
    `${federation('"@key"')}
    type Query { node(id: ID!): Node nodes(ids: [ID!]!): [Node]! }
    interface Node { id: ID! }
    type Picture implements Node @key(fields: "id") { id: ID! url: String! }
    type Product @key(fields: "id") { id: ID! pictures: [Picture!]! }`,
    {
      Query: {
        node: (_: unknown, { id }: { id: string }) => ({ __typename: 'Picture', id }),
        nodes: (_: unknown, { ids }: { ids: string[] }) => ids.map((id) => ({ __typename: 'Picture', id })),
      },
      Node: { __resolveType: () => 'Picture' },
      Picture: { url: ({ id }: { id: string }) => `https://pictures.example/${id}` },
      Product: {
        __resolveReference: ({ id }: { id: string }) => ({ id }),
        pictures: ({ id }: { id: string }) => [{ id: `${id}-1` }],
      },
    },
  );
  readonly reviews = new PlainSubgraph(
    'reviews',
    `${federation('"@key"')}
    type Query { reviews: [Review!]! }
    type Product @key(fields: "id") { id: ID! reviews: [Review!]! }
    type Review @key(fields: "id") { id: ID! text: String! product: Product! author: Author }
    type Author @key(fields: "id") { id: ID! name: String! reviews: [Review!]! }`,
    {
      Query: { reviews: () => [review('r1', 'p1')] },
      Product: {
        __resolveReference: ({ id }: { id: string }) => ({ id }),
        reviews: ({ id }: { id: string }) => [review(`r-${id}`, id)],
      },
      Review: { __resolveReference: ({ id }: { id: string }) => review(id, 'p1') },
      Author: {
        __resolveReference: ({ id }: { id: string }) => ({ id }),
        name: ({ id }: { id: string }) => `Author ${id}`,
        reviews: ({ id }: { id: string }) => [review(`r-${id}`, 'p1')],
      },
    },
  );
  readonly all = [this.products, this.assets, this.reviews];

  changePrice(id: string, price: number): void {
    for (const stream of this.prices) stream.push({ priceChanged: { product: { id }, price, cursor: price } });
  }
}

function review(id: string, product: string): object {
  return { id, text: `Review ${id}`, product: { id: product }, author: { id: 'a1' } };
}

/** A supergraph of these subgraphs with their addresses, as a registry would compose it. */
export function composed(subgraphs: readonly PlainSubgraph[], urls: Readonly<Record<string, string>> = {}): string {
  const services = subgraphs.map(({ name, typeDefs, url }) => ({ name, typeDefs, url: urls[name] ?? url }));
  const { supergraphSdl, errors } = composeServices(services);
  if (!supergraphSdl) throw new Error(errors?.map(({ message }) => message).join('\n'));
  return supergraphSdl;
}

export interface ForeignAnswer {
  status: number;
  data: Record<string, never> | null | undefined;
  errors: { message: string; path?: unknown[]; extensions: Record<string, unknown> }[];
}

export interface ForeignWorld<S> extends AsyncDisposable {
  shop: S;
  gateway: Gateway;
  sdl: string;
  log: Record<string, unknown>[];
  ask(query: string, options?: { variables?: object; headers?: Record<string, string> }): Promise<ForeignAnswer>;
  client(params?: Record<string, unknown>): Client;
}

export async function askAt(
  url: string,
  query: string,
  { variables, headers = {} }: { variables?: object; headers?: Record<string, string> } = {},
): Promise<ForeignAnswer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors = [] } = (await response.json()) as Partial<ForeignAnswer>;
  return { status: response.status, data, errors };
}

export interface ForeignOptions {
  env?: Record<string, string> | (() => Record<string, string>);
  urls?: Record<string, string>;
  /** Changes the composed supergraph, for what other compositions write. */
  changed?: (sdl: string) => string;
}

/** A gateway in this process over foreign subgraphs. The secret that only OSes of the house may know is set. */
export async function openForeign<S extends { all: readonly PlainSubgraph[] }>(
  shop: S,
  options: ForeignOptions = {},
): Promise<ForeignWorld<S>> {
  await Promise.all(shop.all.map((subgraph) => subgraph.listen()));
  try {
    return await opened(shop, options);
  } catch (error) {
    await Promise.all(shop.all.map((subgraph) => subgraph.close()));
    throw error;
  }
}

async function opened<S extends { all: readonly PlainSubgraph[] }>(
  shop: S,
  options: ForeignOptions,
): Promise<ForeignWorld<S>> {
  const sdl = (options.changed ?? ((text: string) => text))(composed(shop.all, options.urls));
  const config = readConfig(
    {
      PORT: '0',
      CONSOLE_DIR: '/nonexistent',
      SUPERGRAPH: '/nonexistent/supergraph.graphql',
      ROUTER_SECRET: 'r'.repeat(32),
      ...(typeof options.env === 'function' ? options.env() : options.env),
    },
    [],
  );
  const log: Record<string, unknown>[] = [];
  const logger = pino(
    { level: 'debug' },
    { write: (line: string) => void log.push(JSON.parse(line) as Record<string, unknown>) },
  );
  const places = placesAtStart(sdl, config);
  const remotes = new RemoteSubgraphs(config, logger);
  const services = remotes.of(places);
  const gateway = await startGateway({ config, services, supergraphSdl: sdl, openPlanner, log: logger });
  const clients = new Set<Client>();
  return {
    shop,
    gateway,
    sdl,
    log,
    ask: (query, given) => askAt(gateway.url, query, given),
    client: (connectionParams = {}) => {
      const made = createClient({
        url: `${gateway.url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        connectionParams,
        retryAttempts: 0,
      });
      clients.add(made);
      return made;
    },
    async [Symbol.asyncDispose]() {
      for (const made of clients) made.terminate();
      await gateway.close();
      await remotes.close();
      await Promise.all(shop.all.map((subgraph) => subgraph.close()));
    },
  };
}
