import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { RouteTable } from '../platform/http/routes.ts';
import { endWithin } from '../platform/http/connection.ts';
import type { SubgraphService } from '../platform/serving/service.ts';
import type { Logger } from '../platform/telemetry/log.ts';
import { Authentication } from './authentication/authentication.ts';
import type { RightsNews } from './authentication/snapshots.ts';
import type { GatewayConfig } from './config.ts';
import { Disclosure } from './authorization/disclosure.ts';
import { guarded } from './authorization/enforce.ts';
import { Documents } from './documents/documents.ts';
import { noManifest, type Manifest } from './documents/manifest.ts';
import { Warming } from './documents/warming.ts';
import { createErrorFormat } from './errors.ts';
import { aliasSafe } from './execution/aliases.ts';
import { bounded } from './execution/bounded.ts';
import { completing } from './execution/completing.ts';
import { introspecting } from './execution/introspection.ts';
import { ownExecutor } from './execution/execute.ts';
import { SubgraphSource } from './execution/source.ts';
import { policyOf } from './fetches/policies.ts';
import { SteadySubgraph } from './fetches/steady.ts';
import { Changes } from './fetches/changes.ts';
import { Viewers } from './fetches/viewers.ts';
import { isLoopback } from '../platform/telemetry/expose.ts';
import { gauge } from '../platform/telemetry/metrics.ts';
import { HeaderForwarding } from './headers/forwarding.ts';
import { createApollo } from './http/apollo.ts';
import { mostConnections } from './limits/rations.ts';
import { Rationing } from './limits/rationing.ts';
import { Transfers } from './limits/transfers.ts';
import { ConsoleFiles } from './http/console.ts';
import type { GraphQLOptions } from './http/exchange.ts';
import { Health, type Readiness } from './http/health.ts';
import { RoutedPaths } from './http/routed.ts';
import { route, type RouterOptions } from './http/router.ts';
import { mayUpgrade } from './http/security.ts';
import { PlannerThread, type Planner } from './planning/planner.ts';
import { Heartbeats } from './subscriptions/heartbeats.ts';
import { HttpStreams } from './subscriptions/http-streams.ts';
import { Operations } from './subscriptions/operations.ts';
import { Subscriptions } from './subscriptions/subscriptions.ts';
import { SocketServer } from './subscriptions/socket.ts';
import { audiencesOf } from './supergraph/audiences.ts';
import { always, CurrentSupergraph } from './supergraph/current.ts';
import { Views } from './supergraph/views.ts';
import { readParts, type Parts, type SupergraphValue } from './supergraph/value.ts';

/** Milliseconds that requests in flight have to end when the process is asked to stop. */
const drainPatience = 10_000;
/** Milliseconds for a client to send its headers, and its whole request. */
const headersPatience = 10_000;
const requestPatience = 30_000;
/** The same below a route that takes files, where a request may be a film. */
const routedPatience = 600_000;

export interface GatewayOptions {
  config: GatewayConfig;
  /** Every subgraph of the supergraph, in this process or another. */
  services: SubgraphService[];
  supergraphSdl: string;
  /** The OSes' HTTP routes; none if absent. */
  routes?: RouteTable;
  /** The documents of clients' manifests; none if absent. */
  manifest?: Manifest;
  log: Logger;
  /** Reads a supergraph in another thread; if absent, in a new one each time. */
  openPlanner?: (sdl: string) => Promise<Planner>;
  /** Names of other parts of the process that are not ready. */
  ready?: () => Promise<string[]> | string[];
}

export interface Gateway {
  /** Its own address, such as http://127.0.0.1:4000. */
  url: string;
  /**
   * Replaces the supergraph, and with it the subgraphs that `services` names. Rejects, and changes nothing, if the SDL is not a
   * supergraph.
   */
  swap(sdl: string, services?: readonly SubgraphService[]): Promise<void>;
  /** Replaces the documents of clients' manifests. */
  trust(manifest: Manifest): void;
  /** Forgets an actor's cached rights and sessions, because they have changed. */
  dropActor(actorId: string): void;
  /** While these news are healthy, every change of rights reaches `dropActor`, and cached rights stay valid until then. */
  followRights(news: RightsNews): void;
  /** Whether `/health/ready` answers 200 from now on, and what it waits for otherwise. */
  readiness(): Promise<Readiness>;
  /** Number of open sockets and streamed responses, subscriptions, and streams behind them. */
  open(): { sockets: number; responses: number; subscriptions: number; streams: number };
  /** Drains: accepts no new connections, waits for requests in flight (10 s at most), and tells clients to reconnect elsewhere. */
  close(): Promise<void>;
}

/** Starts the gateway. Resolves once it listens. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, services, supergraphSdl, routes = [], manifest = noManifest, log, ready } = options;
  const byName = new Map(services.map((service) => [service.name, service]));
  const steady = steadyWith(config, log);
  // A mutation's change of rights holds for the request after its answer: the facts about it arrive later.
  const dropActor = (actorId: string): void => {
    authentication.drop(actorId);
    sockets.lookAgain(actorId);
    streams.lookAgain(actorId);
    subscriptions.rightsChanged(actorId);
  };
  const changes = new Changes();
  // Each supergraph has its own thread: the previous one plans meanwhile, and frees its memory when it ends.
  const openPlanner = options.openPlanner ?? ((sdl: string) => new PlannerThread(log).open(sdl));
  /** The subgraphs of a supergraph that is about to replace the current one, by its SDL. */
  const coming = new Map<string, ReadonlyMap<string, SubgraphService>>();
  const supergraph = new CurrentSupergraph((sdl) =>
    buildValue(
      sdl,
      openPlanner,
      config,
      (name) => steady((coming.get(sdl) ?? byName).get(name)),
      changes,
      log,
      dropActor,
    ),
  );
  const swap: Gateway['swap'] = async (sdl, more = []) => {
    const next = new Map([...byName, ...more.map((service) => [service.name, service] as const)]);
    coming.set(sdl, next);
    try {
      await supergraph.swap(sdl);
      for (const [name, service] of next) byName.set(name, service);
      warm();
    } finally {
      coming.delete(sdl);
    }
  };
  await supergraph.swap(supergraphSdl);
  const health = new Health(byName, () => supergraph.current.subgraphs, ready ?? (() => []));
  const quietly = whileStarted(log, health);
  const format = createErrorFormat(quietly, config.subgraphErrors);
  const authentication = new Authentication(steady(ownIdentity(services)), config.universes, quietly, config.issuer);
  const disclosure = new Disclosure(config.disclosed);
  const apollo = createApollo(supergraph, format, disclosure, quietly);
  await apollo.start();
  const views = new Views({
    current: () => supergraph.current,
    apollo,
    names: config.audiences.map(({ name }) => name),
    open: async (value) => {
      const server = createApollo(always(value), format, disclosure, quietly);
      await server.start();
      return server;
    },
  });
  const { limits, trustProxy, corsOrigins } = config;
  const rationing = new Rationing(limits);
  const subscriptions = new Subscriptions(byName, changes, rationing, format, quietly);
  const documents = new Documents({ ...config.documents, manifest, log: quietly });
  const warming = new Warming(() => documents.texts, subscriptions, quietly);
  // The stock gateway plans only what it runs.
  const warm = (): void => (config.executor === 'own' ? warming.begin(supergraph.current) : undefined);
  const forwarding = new HeaderForwarding(config.headerRules);
  const shared = {
    authentication,
    disclosure,
    documents,
    forwarding,
    limits,
    rationing,
    trustProxy,
    views,
    format,
    log: quietly,
  };
  const heartbeats = new Heartbeats();
  const operations = new Operations({
    ...shared,
    subscriptions,
    execute: async (payload, contextValue, view) => {
      const request = {
        query: payload.query,
        variables: payload.variables ?? {},
        ...(payload.operationName ? { operationName: payload.operationName } : {}),
      };
      const { body } = await view.apollo.executeOperation(request, { contextValue });
      if (body.kind !== 'single') throw new Error('Apollo Server answered in parts, which was not requested.');
      return body.singleResult as never;
    },
  });
  const sockets = new SocketServer({ ...shared, operations, heartbeats });
  const streams = new HttpStreams({ ...shared, operations, heartbeats });
  const graphql: GraphQLOptions = { ...shared, corsOrigins, operations, streams };
  const files = new ConsoleFiles(config.consoleDir, quietly);
  const routing: RouterOptions = {
    graphql,
    authentication,
    console: files,
    routed: new RoutedPaths(routes, byName),
    changes,
    transfers: new Transfers(rationing),
    health,
    metrics: { token: config.metrics.token, isLocal: isLoopback(config.host) && trustProxy === 0 },
    corsOrigins,
    trustProxy,
    publicUrl: config.mail.publicUrl,
    format,
    log: quietly,
  };

  let inFlight = 0;
  const server = createServer({
    headersTimeout: headersPatience,
    requestTimeout: routedPatience,
    keepAliveTimeout: 65_000,
  });
  server.maxConnections = mostConnections;
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    inFlight += 1;
    response.once('close', () => {
      inFlight -= 1;
    });
    if (health.state === 'draining') response.setHeader('connection', 'close');
    if (!routing.routed.takesFiles(request)) endWithin(request, requestPatience);
    route(routing, request, response).catch((error: unknown) => {
      quietly.error({ err: error, path: request.url?.split('?', 1)[0] }, 'a request failed unexpectedly');
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end();
    });
  });
  server.on('upgrade', (request: IncomingMessage, duplex: Duplex, head: Buffer) => {
    duplex.on('error', (error) => quietly.debug({ err: error }, 'an upgrade failed'));
    const [, audience] = /^\/graphql(?:\/([^?]*))?(?:\?|$)/.exec(request.url ?? '') ?? [null];
    if (audience === null || (audience !== undefined && !views.has(audience))) return refuse(duplex, '404 Not Found');
    if (health.state === 'draining') return refuse(duplex, '503 Service Unavailable');
    if (!mayUpgrade(request, corsOrigins, trustProxy)) return refuse(duplex, '403 Forbidden');
    try {
      sockets.accept(request, duplex, head);
    } catch (error) {
      quietly.debug({ err: error }, 'an upgrade was refused');
      refuse(duplex, '429 Too Many Requests', 'retry-after: 1\r\n');
    }
  });
  const unseen = [
    gauge('ensemble_sockets', 'Open WebSockets.', () => sockets.size),
    gauge('ensemble_responses', 'Open streamed responses.', () => streams.size),
    gauge('ensemble_subscriptions', 'Open subscriptions.', () => subscriptions.size.subscriptions),
    gauge('ensemble_streams', 'Streams of subgraphs behind the subscriptions.', () => subscriptions.size.streams),
    gauge('ensemble_requests_in_flight', 'HTTP requests that are being answered.', () => inFlight),
  ];
  await listen(server, config.port, config.host);
  health.state = 'started';
  warm();

  let closing: Promise<void> | undefined;
  const drain = async () => {
    health.state = 'draining';
    warming.stop();
    streams.stop();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    const patience = Date.now() + drainPatience;
    // Streams end when they are told to, after the operations in progress.
    const busy = () => inFlight > streams.size || streams.running > 0 || sockets.running > 0;
    while (busy() && Date.now() < patience) await new Promise((resolve) => setTimeout(resolve, 20));
    await Promise.all([sockets.close(), streams.close()]);
    heartbeats.stop();
    for (const forget of unseen) forget();
    server.closeAllConnections();
    await closed;
    await apollo.stop();
  };
  return {
    url: addressOf(server, config.host),
    swap,
    trust: (given) => {
      documents.replace(given);
      warm();
    },
    dropActor,
    followRights: (news) => authentication.followRights(news),
    readiness: () => health.readinessNow(),
    open: () => ({ sockets: sockets.size, responses: streams.size, ...subscriptions.size }),
    close: () => (closing ??= drain()),
  };
}

/** Each service has one breaker, which survives a swap of the supergraph. */
function steadyWith({ subgraphPolicies }: GatewayConfig, log: Logger) {
  const known = new WeakMap<SubgraphService, SteadySubgraph>();
  return (service: SubgraphService | null | undefined): SteadySubgraph | null => {
    if (!service) return null;
    let steady = known.get(service);
    if (!steady) {
      steady = new SteadySubgraph(service, policyOf(subgraphPolicies, service.name), log);
      known.set(service, steady);
    }
    return steady;
  };
}

/** A foreign subgraph may be called "identity" too; it says nothing about actors. */
function ownIdentity(services: readonly SubgraphService[]): SubgraphService | null {
  return services.find(({ name, isForeign }) => name === 'identity' && !isForeign) ?? null;
}

async function buildValue(
  sdl: string,
  openPlanner: (sdl: string) => Promise<Planner>,
  config: GatewayConfig,
  serviceOf: (name: string) => SubgraphService | null,
  changes: Changes,
  log: Logger,
  rightsChanged: (actorId: string) => void,
): Promise<SupergraphValue> {
  const planner = await openPlanner(sdl);
  try {
    const { limits, policiesClaim, shareFetches: joining } = config;
    const parts = await readParts(sdl, planner, {
      services: (name, api) => {
        const viewers = joining > 0 ? new Viewers(api) : null;
        const service = serviceOf(name);
        return new SubgraphSource({ name, service, limits, changes, viewers, joining, log, rightsChanged });
      },
      isForeign: (name) => serviceOf(name)?.isForeign === true,
      policiesClaim,
      foreignListSize: config.foreignListSize,
    });
    // The stock gateway has its own planner and is loaded only on request.
    const stock =
      config.executor === 'apollo' ? await (await import('./execution/stock.ts')).stockExecutor(parts, log) : null;
    const stop = async (): Promise<void> => {
      await stock?.stop();
      await planner.close();
    };
    const assemble = (seen: Parts): SupergraphValue => {
      // What only the whole graph has must not be in an audience's answer.
      const narrow = stock && seen !== parts ? completing(stock.execute, seen) : stock?.execute;
      const run = narrow ?? ownExecutor(seen, log);
      const safe = aliasSafe(guarded(run, seen), seen.plannerFields);
      return { ...seen, stop, audience: () => null, execute: bounded(introspecting(safe, seen)) };
    };
    return { ...assemble(parts), audience: audiencesOf(parts, config.audiences, policiesClaim, assemble) };
  } catch (error) {
    await planner.close();
    throw error;
  }
}

/** A log that does not report failures during a planned end as such. */
function whileStarted(log: Logger, health: Health): Logger {
  const child = log.child({});
  const failing = { warn: child.warn.bind(child), error: child.error.bind(child) };
  for (const level of ['warn', 'error'] as const) {
    child[level] = ((...parts: Parameters<Logger['debug']>) =>
      health.state === 'draining' ? child.debug(...parts) : failing[level](...parts)) as Logger['warn'];
  }
  return child;
}

function refuse(duplex: Duplex, status: string, headers = ''): void {
  duplex.end(`HTTP/1.1 ${status}\r\n${headers}connection: close\r\ncontent-length: 0\r\n\r\n`);
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function addressOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  const open = host === '0.0.0.0' || host === '::';
  return `http://${open ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host}:${port}`;
}
