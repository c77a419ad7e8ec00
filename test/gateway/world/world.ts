import { composeServices } from '@apollo/composition';
import { print } from 'graphql';
import { createClient, type Client } from 'graphql-ws';
import { pino } from 'pino';
import { WebSocket } from 'ws';
import { RemoteSubgraph } from '../../../gateway/execution/remote.ts';
import { readConfig } from '../../../gateway/config.ts';
import { readManifests } from '../../../gateway/documents/manifest.ts';
import { startGateway, type Gateway } from '../../../gateway/server.ts';
import type { SubgraphService } from '../../../platform/serving/service.ts';
import type { RouteTable } from '../../../platform/http/routes.ts';
import { serveSubgraph, type ServedSubgraph } from '../../../platform/serving/http.ts';
import { openPlanner } from '../../testkit/supergraph.ts';
import { assets, auctions, TestIdentity, type AuctionWorld, type TestAssets } from './subgraphs.ts';
import type { TestService } from './service.ts';

export const routerSecret = 'router-secret-router-secret-router-secret';

export interface WorldOptions {
  executor?: 'own' | 'apollo';
  /** Names of subgraphs to call over HTTP. */
  remote?: string[];
  env?: Record<string, string>;
  ready?: () => string[];
  /** Reads and plans each supergraph in its own thread, as in production; by default one thread serves all worlds. */
  ownThreads?: boolean;
  /** Routes of subgraphs besides GraphQL, answered by `handle`. */
  routes?: RouteTable;
}

export interface Answer {
  status: number;
  headers: Headers;
  data: Record<string, unknown> | null | undefined;
  errors: { message: string; path?: unknown[]; extensions: Record<string, unknown> }[];
  extensions: Record<string, unknown> | undefined;
}

/** A gateway over three small subgraphs, with ways to use it as any client would. */
export interface World extends AsyncDisposable {
  gateway: Gateway;
  url: string;
  identity: TestIdentity;
  auctions: AuctionWorld & { tick(at: number): void };
  assets: TestAssets;
  log: Record<string, unknown>[];
  served: Map<string, ServedSubgraph>;
  ask(
    query: string,
    options?: {
      variables?: Record<string, unknown>;
      headers?: Record<string, string>;
      operationName?: string;
      extensions?: Record<string, unknown>;
    },
  ): Promise<Answer>;
  client(params?: Record<string, unknown>, on?: { closed?: (event: { code: number; reason: string }) => void }): Client;
  listen(
    query: string,
    options?: {
      variables?: Record<string, unknown>;
      params?: Record<string, unknown>;
      extensions?: Record<string, unknown>;
      client?: Client;
    },
  ): Listening;
  close(): Promise<void>;
}

/** One subscription of a test: its results and its end. */
export interface Listening {
  events: Record<string, unknown>[];
  results: {
    data?: unknown;
    errors?: { message: string; extensions: Record<string, unknown> }[];
    extensions?: Record<string, unknown>;
  }[];
  errors: { message: string; extensions: Record<string, unknown> }[];
  closed: { code: number; reason: string } | null;
  completed: boolean;
  stop(): void;
}

/** Supergraphs by their subgraphs' SDL: most worlds have the same three subgraphs, and composing takes most of the time to open one. */
const supergraphs = new Map<string, string>();

export function compose(services: readonly TestService[]): string {
  const key = JSON.stringify(services.map(({ name, typeDefs }) => [name, print(typeDefs)]));
  const known = supergraphs.get(key);
  if (known !== undefined) return known;
  const result = composeServices(services.map(({ name, typeDefs }) => ({ name, typeDefs })));
  if (result.errors) throw new Error(result.errors.map((error) => error.message).join('\n'));
  supergraphs.set(key, result.supergraphSdl);
  return result.supergraphSdl;
}

export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const identity = new TestIdentity();
  const auction = auctions() as World['auctions'];
  const asset = assets();
  const all = [identity.service, auction.service, asset];
  const lines: Record<string, unknown>[] = [];
  const log = pino(
    { level: 'debug' },
    { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  );
  const served = new Map<string, ServedSubgraph>();
  const remotes: RemoteSubgraph[] = [];
  const services: SubgraphService[] = [];
  for (const service of all) {
    if (!options.remote?.includes(service.name)) {
      services.push(service);
      continue;
    }
    const place = await serveSubgraph(service, { port: 0, host: '127.0.0.1', routerSecret, log });
    served.set(service.name, place);
    const remote = new RemoteSubgraph({ name: service.name, url: place.url, routerSecret });
    remotes.push(remote);
    services.push(remote);
  }
  const config = readConfig(
    {
      PORT: '0',
      CONSOLE_DIR: '/nonexistent',
      GATEWAY_EXECUTOR: options.executor ?? 'own',
      UNIVERSES: 'mars,venus',
      ...options.env,
    },
    [],
  );
  const gateway = await startGateway({
    config,
    services,
    supergraphSdl: compose(all),
    manifest: await readManifests(config.documents.manifests),
    ...(options.ownThreads ? {} : { openPlanner }),
    log,
    routes: options.routes ?? [],
    ...(options.ready ? { ready: options.ready } : {}),
  });
  const clients = new Set<Client>();
  const client: World['client'] = (params = {}, on = {}) => {
    const made = createClient({
      url: `${gateway.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: params,
      retryAttempts: 0,
      lazy: true,
      on: { closed: (event) => on.closed?.(event as { code: number; reason: string }) },
    });
    clients.add(made);
    return made;
  };
  const close = async () => {
    for (const made of clients) made.terminate();
    await gateway.close();
    await Promise.all(remotes.map((remote) => remote.close()));
    await Promise.all([...served.values()].map((place) => place.close()));
  };
  return {
    gateway,
    url: gateway.url,
    identity,
    auctions: auction,
    assets: asset,
    log: lines,
    served,
    client,
    close,
    [Symbol.asyncDispose]: close,
    async ask(query, { variables, headers = {}, operationName, extensions } = {}) {
      const response = await fetch(`${gateway.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query, variables, operationName, extensions }),
      });
      const body = (await response.json()) as Partial<Answer>;
      return {
        status: response.status,
        headers: response.headers,
        data: body.data,
        errors: body.errors ?? [],
        extensions: body.extensions,
      };
    },
    listen(query, { variables, params, extensions, client: given } = {}) {
      const listening: Listening = {
        events: [],
        results: [],
        errors: [],
        closed: null,
        completed: false,
        stop: () => undefined,
      };
      const through =
        given ??
        client(params ?? {}, { closed: (event) => (listening.closed = { code: event.code, reason: event.reason }) });
      listening.stop = through.subscribe<Record<string, unknown>>(
        { query, ...(variables ? { variables } : {}), ...(extensions ? { extensions } : {}) },
        {
          next: (result) => {
            listening.results.push(result as Listening['results'][number]);
            if (result.data) listening.events.push(result.data);
          },
          error: (error) => {
            if (Array.isArray(error)) listening.errors.push(...(error as unknown as Listening['errors']));
            else if (typeof error === 'object' && error !== null && 'code' in error)
              listening.closed = error as Listening['closed'];
          },
          complete: () => (listening.completed = true),
        },
      );
      return listening;
    },
  };
}

/** Waits until a condition holds. It usually takes milliseconds; a machine under load gets twenty seconds. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what = 'what was waited for',
  patience = 20_000,
): Promise<void> {
  const end = Date.now() + patience;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`${what} did not happen`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
