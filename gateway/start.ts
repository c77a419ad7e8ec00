import { readFile } from 'node:fs/promises';
import { createLog, type Logger } from '../platform/telemetry/log.ts';
import { ConfigFault, readConfig, type GatewayConfig } from './config.ts';
import type { Rooms } from './embedded.ts';
import { RemoteSubgraph } from './execution/remote.ts';
import { startGateway, type Gateway } from './server.ts';

async function main(): Promise<void> {
  const config = readConfig();
  const log = createLog({ level: config.logLevel, name: 'gateway' });
  const remote = Object.entries(config.subgraphUrls).map(
    ([name, url]) => new RemoteSubgraph({ name, url, routerSecret: config.routerSecret ?? '' }),
  );
  // A gateway alone does not load the OSes: not their code, not their database.
  const rooms: Rooms | null = config.apart ? null : await (await import('./embedded.ts')).openRooms(config, log);
  const elsewhere = new Set(remote.map((service) => service.name));
  const services = [...(rooms?.services ?? []).filter((service) => !elsewhere.has(service.name)), ...remote];
  const supergraphSdl = await readFile(config.supergraphPath, 'utf8');
  const gateway = await startGateway({ config, services, supergraphSdl, log, ready: () => rooms?.ready() ?? [] });
  await rooms?.started(gateway);
  listenForSignals(config, gateway, log, async () => {
    await gateway.close();
    await Promise.all(remote.map((service) => service.close()));
    await rooms?.close();
  });
  log.info(
    { url: gateway.url, subgraphs: services.length, executor: config.executor },
    `Ensemble is at ${gateway.url}`,
  );
}

/** SIGTERM and SIGINT drain, a second one ends at once; SIGHUP reads the supergraph anew. */
function listenForSignals(config: GatewayConfig, gateway: Gateway, log: Logger, close: () => Promise<void>): void {
  let leaving = false;
  const leave = (signal: NodeJS.Signals) => {
    if (leaving) process.exit(1);
    leaving = true;
    log.info({ signal }, 'draining');
    close().then(
      () => {
        log.info('drained');
        process.exit(0);
      },
      (error: unknown) => {
        log.error({ err: error }, 'the end was not a clean one');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', leave);
  process.on('SIGINT', leave);
  process.on('SIGHUP', () => {
    readFile(config.supergraphPath, 'utf8')
      .then((sdl) => gateway.swap(sdl))
      .then(
        () => log.info('the supergraph was read anew'),
        (error: unknown) => log.error({ err: error }, 'the supergraph was not read; the old one stays'),
      );
  });
}

main().catch((error: unknown) => {
  if (error instanceof ConfigFault) process.stderr.write(`${error.message}\n`);
  else
    process.stderr.write(
      `The gateway did not start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
  process.exit(1);
});
