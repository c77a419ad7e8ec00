import { readFile } from 'node:fs/promises';
import { closeAll } from '../platform/config/close-all.ts';
import { ConfigFault } from '../platform/config/fault.ts';
import { drainOnSignals, runProgram } from '../platform/config/program.ts';
import { openHouseDatabase } from '../platform/database/open.ts';
import type { RouteTable } from '../platform/http/routes.ts';
import type { SubgraphService } from '../platform/serving/service.ts';
import { createLog, type Logger } from '../platform/telemetry/log.ts';
import { tracing } from '../platform/telemetry/start.ts';
import type { EmbeddedHouse } from '../subgraphs/embedded.ts';
import { readConfig, type GatewayConfig } from './config.ts';
import type { RemoteSubgraphs } from './execution/remotes.ts';
import { readManifests } from './documents/manifest.ts';
import { readEarly, type EarlySupergraph } from './planning/early.ts';
import type { Gateway } from './server.ts';
import { placesAtStart, placesOf } from './supergraph/places.ts';
import { welcome } from './welcome.ts';

async function main(): Promise<void> {
  const config = readConfig();
  const log = createLog({ level: config.logLevel, name: 'gateway' });
  const stopTracing = await tracing(config.tracing, 'gateway', log);
  const supergraph = readEarly(config.supergraphPath, log);
  // Before the database is opened, and with it migrated.
  const places = placesAtStart(await supergraph.sdl, config);
  if (config.routerSecret !== null && !places.some(({ isOwn }) => isOwn))
    log.warn('ROUTER_SECRET is not used: OWN_SUBGRAPHS names no subgraph of this supergraph as an OS of this house');
  const here = places.filter(({ isOwn, url }) => isOwn && url === null).map(({ name }) => name);
  // The database opens in its own thread while this one loads the programs, which takes as long.
  const database = here.length === 0 ? null : openHouseDatabase(config, log);
  // Its rejection is handled where it is awaited; until then it must not count as unhandled.
  database?.catch(() => undefined);
  const { RemoteSubgraphs } = await import('./execution/remotes.ts');
  const remotes = new RemoteSubgraphs(config, log);
  const remote = remotes.of(places);
  // A gateway alone loads neither the OSes' code nor their database.
  const house =
    database &&
    (await (await import('../subgraphs/embedded.ts')).openEmbeddedHouse({ ...config, here }, database, log));
  const gateway = await openGateway(config, supergraph, [...(house?.services ?? []), ...remote], house, log);
  readAgainOnHangup(config, gateway, remotes, log);
  const silence = config.apart && config.natsUrl ? await dropOnNews(config.natsUrl, gateway, log) : null;
  drainOnSignals(log, () =>
    closeAll([
      () => gateway.close(),
      () => silence?.(),
      () => remotes.close(),
      () => house?.close(),
      () => stopTracing?.(),
    ]),
  );
  const signIns = (await house?.started(gateway)) ?? null;
  log.info({ url: gateway.url, executor: config.executor }, `Ensemble is at ${gateway.url}`);
  await welcome(gateway, signIns, (text) => process.stdout.write(text));
}

/** Starts the gateway. If that fails, the OSes of this process are closed, which frees their data folder. */
async function openGateway(
  config: GatewayConfig,
  supergraph: EarlySupergraph,
  services: SubgraphService[],
  house: EmbeddedHouse | null,
  log: Logger,
): Promise<Gateway> {
  try {
    const { startGateway } = await import('./server.ts');
    const supergraphSdl = await supergraph.sdl;
    const { openPlanner } = supergraph;
    const routes = await readRoutes(config.routesPath);
    const manifest = await readManifests(config.documents.manifests);
    return await startGateway({
      config,
      services,
      supergraphSdl,
      openPlanner,
      routes,
      manifest,
      log,
      ready: () => house?.ready() ?? [],
    });
  } catch (error) {
    await house?.close();
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new ConfigFault(`PORT: ${config.port} is in use by another program; choose another one`);
  }
}

/**
 * A gateway without OSes hears over NATS whose rights have changed. While NATS is down it notices within the five seconds for which it
 * caches them, and starts all the same.
 */
async function dropOnNews(natsUrl: string, gateway: Gateway, log: Logger): Promise<() => Promise<void>> {
  const { hearOnceConnected } = await import('../platform/facts/carried.ts');
  const { dropNamed } = await import('../platform/facts/rights.ts');
  return hearOnceConnected(natsUrl, { types: ['identity.>'], heard: (fact) => dropNamed(gateway, [fact]), log });
}

/** The OSes' HTTP routes. Without that file beside the supergraph there are none. */
async function readRoutes(path: string): Promise<RouteTable> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '[]';
    throw error;
  });
  return JSON.parse(text) as RouteTable;
}

/** SIGHUP reads the supergraph and the manifests again; if that fails, the old ones stay. */
function readAgainOnHangup(config: GatewayConfig, gateway: Gateway, remotes: RemoteSubgraphs, log: Logger): void {
  process.on('SIGHUP', () => {
    readFile(config.supergraphPath, 'utf8')
      .then(async (sdl) => {
        const manifest = await readManifests(config.documents.manifests);
        const places = placesOf(sdl, config);
        await gateway.swap(sdl, remotes.of(places));
        gateway.trust(manifest);
        remotes.keep(places);
      })
      .then(
        () => log.info('the supergraph was read again'),
        (error: unknown) => log.error({ err: error }, 'the supergraph was not read; the old one stays'),
      );
  });
}

runProgram(main);
