import { readFile } from 'node:fs/promises';
import { ConfigFault } from '../platform/config/fault.ts';
import { drainOnSignals, runProgram } from '../platform/config/program.ts';
import { openHouseDatabase } from '../platform/database/open.ts';
import type { RouteTable } from '../platform/http/routes.ts';
import type { SubgraphService } from '../platform/serving/service.ts';
import { createLog, type Logger } from '../platform/telemetry/log.ts';
import type { EmbeddedHouse } from '../subgraphs/embedded.ts';
import { readConfig, type GatewayConfig } from './config.ts';
import { readEarly, type EarlySupergraph } from './planning/early.ts';
import type { Gateway } from './server.ts';
import { welcome } from './welcome.ts';

async function main(): Promise<void> {
  const config = readConfig();
  const log = createLog({ level: config.logLevel, name: 'gateway' });
  // The database opens in a thread of its own while this one loads the programs, which takes as long.
  const database = config.apart ? null : openHouseDatabase(config, log);
  // Whoever awaits it is told; until then a refusal is nobody's unhandled one.
  database?.catch(() => undefined);
  const supergraph = readEarly(config.supergraphPath, log);
  const { RemoteSubgraph } = await import('./execution/remote.ts');
  const remote = Object.entries(config.subgraphUrls).map(
    ([name, url]) => new RemoteSubgraph({ name, url, routerSecret: config.routerSecret ?? '' }),
  );
  // A gateway alone does not load the OSes: not their code, not their database.
  const house = database && (await (await import('../subgraphs/embedded.ts')).openEmbeddedHouse(config, database, log));
  const gateway = await openGateway(config, supergraph, [...(house?.services ?? []), ...remote], house, log);
  readAnewOnHangup(config, gateway, log);
  const silence = config.apart && config.natsUrl ? await dropOnNews(config.natsUrl, gateway) : null;
  drainOnSignals(log, async () => {
    await gateway.close();
    await silence?.();
    await Promise.all(remote.map((service) => service.close()));
    await house?.close();
  });
  const signIns = (await house?.started(gateway)) ?? null;
  log.info({ url: gateway.url, executor: config.executor }, `Ensemble is at ${gateway.url}`);
  process.stdout.write(welcome(gateway.url, signIns));
}

/** Starts the gateway; when it cannot, the OSes of this process end in order, so that their data folder is free again. */
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
    return await startGateway({
      config,
      services,
      supergraphSdl,
      openPlanner,
      routes,
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
 * A gateway without OSes hears over NATS whose rights have changed, and looks them up anew; without NATS it finds out within the
 * five seconds that it keeps them.
 */
async function dropOnNews(natsUrl: string, gateway: Gateway): Promise<() => Promise<void>> {
  const { hearCarried } = await import('../platform/facts/carried.ts');
  const { dropNamed } = await import('../platform/facts/rights.ts');
  return hearCarried(natsUrl, ['identity.>'], (fact) => dropNamed(gateway, [fact]));
}

/** What the OSes answer besides GraphQL; a supergraph without that file beside it is one of GraphQL alone. */
async function readRoutes(path: string): Promise<RouteTable> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '[]';
    throw error;
  });
  return JSON.parse(text) as RouteTable;
}

/** SIGHUP reads the supergraph anew; one that cannot be used leaves the old one. */
function readAnewOnHangup(config: GatewayConfig, gateway: Gateway, log: Logger): void {
  process.on('SIGHUP', () => {
    readFile(config.supergraphPath, 'utf8')
      .then((sdl) => gateway.swap(sdl))
      .then(
        () => log.info('the supergraph was read anew'),
        (error: unknown) => log.error({ err: error }, 'the supergraph was not read; the old one stays'),
      );
  });
}

runProgram(main);
