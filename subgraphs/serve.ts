import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { bearerVerifier } from '../platform/serving/bearer.ts';
import { remoteIdentity } from '../platform/serving/remote-identity.ts';
import { readServeConfig, type ServeConfig } from '../platform/config/environment.ts';
import { ConfigFault } from '../platform/config/fault.ts';
import { drainOnSignals, runProgram } from '../platform/config/program.ts';
import { routerActorId, houseActor } from '../platform/context/actor.ts';
import { sealingKeyOf } from '../platform/config/sealing-key.ts';
import { openDatabase } from '../platform/database/database.ts';
import { withPrecedence } from '../platform/database/precedence.ts';
import { openEmbedder } from '../platform/embeddings/open.ts';
import { openMailer } from '../platform/mail/open.ts';
import { openObjects } from '../platform/objects/open.ts';
import { openHouse, type House } from '../platform/house/house.ts';
import { serveSubgraph, type ServedSubgraph, type ServeOptions } from '../platform/serving/http.ts';
import type { Subgraph } from '../platform/subgraph/subgraph.ts';
import { createLog, type Logger } from '../platform/telemetry/log.ts';
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

/** Every scope of the installation, from the catalog. */
function allScopes(): ReadonlySet<string> {
  const catalog = JSON.parse(readFileSync(new URL('../schema/catalog.json', import.meta.url), 'utf8')) as {
    systems: { scopes: string[] }[];
  };
  return new Set(catalog.systems.flatMap(({ scopes }) => scopes));
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
  const database = await openDatabase({
    url: config.databaseUrl,
    ...(config.directDatabaseUrl === null ? {} : { directUrl: config.directDatabaseUrl }),
    poolSize: config.poolSize,
    report: (message, error) => log.warn({ err: error }, message),
  });
  // Without identity nothing is sealed. Random bytes make sure that anything sealed by mistake can never be opened.
  const sealingKey = config.secretKey === null ? new Uint8Array(randomBytes(32)) : sealingKeyOf(config.secretKey);
  const { natsUrl, universes } = config;
  const house = await openHouse({
    subgraphs: list,
    scopes: allScopes(),
    database,
    // Every process has the router's secret, even if it does not have the sealing key.
    secrets: { sealingKey, linkKey: Buffer.from(config.routerSecret) },
    objects: await openObjects(config.objects),
    embedder: openEmbedder(config.embeddings),
    sources: config.sources,
    chains: config.chains,
    factsRetentionDays: config.factsRetentionDays,
    log,
    migrate: false,
    natsUrl,
    universes,
    mail: {
      mailer: openMailer(config.mail, config.dataDir, log),
      publicUrl: () => config.mail.publicUrl ?? gatewayUrl,
    },
  }).catch(async (error: unknown) => {
    await database.close();
    throw error;
  });
  const served = await serveAll(house, config, log).catch(async (error: unknown) => {
    await house.close();
    await database.close();
    throw error;
  });
  const close = async (): Promise<void> => {
    await Promise.all(served.map((each) => each.close()));
    await house.close();
    await database.close();
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
