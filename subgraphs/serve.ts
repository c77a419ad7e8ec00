import { randomBytes } from 'node:crypto';
import { bearerVerifier } from '../platform/serving/bearer.ts';
import { remoteIdentity } from '../platform/serving/remote-identity.ts';
import { readServeConfig, type ServeConfig } from '../platform/config/environment.ts';
import { ConfigFault } from '../platform/config/fault.ts';
import { drainOnSignals, runProgram } from '../platform/config/program.ts';
import { routerActorId, houseActor } from '../platform/context/actor.ts';
import { sealingKeyOf } from '../platform/config/sealing-key.ts';
import { openHouseDatabase } from '../platform/database/open.ts';
import { withPrecedence } from '../platform/database/precedence.ts';
import { openMailer } from '../platform/mail/open.ts';
import type { House } from '../platform/house/house.ts';
import { openConfiguredHouse } from '../platform/house/open.ts';
import { serveSubgraph, type ServedSubgraph, type ServeOptions } from '../platform/serving/http.ts';
import type { Subgraph } from '../platform/subgraph/subgraph.ts';
import { isLoopback } from '../platform/telemetry/expose.ts';
import { createLog, type Logger } from '../platform/telemetry/log.ts';
import { tracing } from '../platform/telemetry/start.ts';
import { catalogScopes } from './catalog-scopes.ts';
import { systems } from './registry.ts';

const usage = `Serves OSes to routers, each on its own port: the first on PORT, each further one on the next port.

  npm run serve -- NAME…     or     npm run serve -- all

Names: ${Object.keys(systems).join(', ')}.
`;

/** The default address of a gateway; links in mails lead there without PUBLIC_URL. */
const gatewayUrl = 'http://127.0.0.1:4000';

/** The named OSes, in the given order; no others are loaded. */
async function named(names: readonly string[]): Promise<Subgraph[]> {
  if (names.length === 0) throw new ConfigFault(usage);
  const wanted = names.length === 1 && names[0] === 'all' ? Object.keys(systems) : [...new Set(names)];
  return Promise.all(
    wanted.map((name) => {
      const load = Object.hasOwn(systems, name) ? systems[name] : undefined;
      if (!load) throw new ConfigFault(`There is no OS "${name}".\n\n${usage}`);
      return load();
    }),
  );
}

async function main(): Promise<void> {
  const list = await named(process.argv.slice(2));
  const config = readServeConfig();
  if (config.secretKey === null && list.some(({ name }) => name === 'identity'))
    throw new ConfigFault('SECRET_KEY: is needed to serve identity');
  if (config.mail.url !== null && config.mail.publicUrl === null)
    throw new ConfigFault('PUBLIC_URL: is needed with MAIL_URL; links in mails lead there');
  const names = list.map(({ name }) => name);
  const log = createLog({ level: config.logLevel, name: names.join('+') });
  const stopTracing = await tracing(config.tracing, names.join('+'), log);
  const database = openHouseDatabase(config, log);
  const { secretKey } = config;
  const { house, close: closeHouse } = await openConfiguredHouse({
    config,
    subgraphs: list,
    scopes: catalogScopes,
    database,
    secrets: () => ({
      // Without identity nothing is sealed. Random bytes make sure that anything sealed by mistake can never be opened.
      sealingKey: secretKey === null ? new Uint8Array(randomBytes(32)) : sealingKeyOf(secretKey),
      // Every process has the router's secret, even if it does not have the sealing key.
      linkKey: Buffer.from(config.routerSecret),
    }),
    migrate: false,
    mail: {
      mailer: openMailer(config.mail, config.dataDir, log),
      publicUrl: () => config.mail.publicUrl ?? gatewayUrl,
    },
    log,
  });
  const served = await serveAll(house, config, log).catch(async (error: unknown) => {
    await closeHouse();
    throw error;
  });
  const close = async (): Promise<void> => {
    await Promise.all(served.map((each) => each.close()));
    await closeHouse();
    await stopTracing?.();
  };
  drainOnSignals(log, close);
  for (const [n, { url }] of served.entries()) log.info({ os: names[n], url }, `${names[n]} is at ${url}`);
}

async function serveAll(house: House, config: ServeConfig, log: Logger): Promise<ServedSubgraph[]> {
  const verifyBearer = verifierOf(house, config);
  const ready = async (): Promise<boolean> => {
    await withPrecedence(() => house.database.query('select 1'));
    return true;
  };
  const served: ServedSubgraph[] = [];
  try {
    for (const [n, service] of house.services.entries()) {
      const options: ServeOptions = {
        port: config.port === 0 ? 0 : config.port + n,
        host: config.host,
        routerSecret: config.routerSecret,
        // Not ready while the database does not answer; the lost connection is logged where it is noticed.
        metrics: { token: config.metrics.token, isLocal: isLoopback(config.host) },
        ready: () => ready().catch(() => false),
        log: log.child({ os: service.name }),
        ...(verifyBearer ? { verifyBearer } : {}),
      };
      served.push(await serveSubgraph(service, options));
    }
    return served;
  } catch (error) {
    await Promise.all(served.map((each) => each.close()));
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new ConfigFault(`PORT: ${config.port + served.length} is in use by another program; choose another one`);
  }
}

/** Verifies bearer tokens with identity, here or at IDENTITY_URL; without either, tokens are refused. */
function verifierOf(house: House, config: ServeConfig): ServeOptions['verifyBearer'] | undefined {
  const here = house.services.find(({ name }) => name === 'identity');
  if (here) return bearerVerifier(here, houseActor(routerActorId));
  if (config.identityUrl === null) return undefined;
  return bearerVerifier(remoteIdentity(config.identityUrl, config.routerSecret), houseActor(routerActorId));
}

runProgram(main);
