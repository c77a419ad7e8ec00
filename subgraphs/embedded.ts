import { ConfigFault } from '../platform/config/fault.ts';
import type { HouseConfig } from '../platform/config/house.ts';
import { sealingKeyFor } from '../platform/config/sealing-key.ts';
import type { Database } from '../platform/database/database.ts';
import { dropNamed } from '../platform/facts/rights.ts';
import type { House } from '../platform/house/house.ts';
import { openConfiguredHouse } from '../platform/house/open.ts';
import type { MailPort } from '../platform/mail/mail.ts';
import { openMailer } from '../platform/mail/open.ts';
import type { SubgraphService } from '../platform/serving/service.ts';
import { scopesOf } from '../platform/subgraph/all-scopes.ts';
import type { Logger } from '../platform/telemetry/log.ts';
import { openDemo, type Demo } from './demo/demo.ts';
import { enlivenDemo } from './demo/enliven.ts';
import { firstOperator, type FirstOperator } from './identity/operator/first-operator.ts';
import { subgraphs } from './index.ts';

export interface EmbeddedConfig extends HouseConfig {
  /** Names of the OSes that run in this process. */
  here: readonly string[];
  /** Whether to build the demonstration in an empty embedded database. */
  demo: boolean;
  /** Whether the demonstration includes the auctions that never stop. */
  bidders: boolean;
}

/** The part of the gateway that the OSes of its process need. */
export interface Front {
  url: string;
  /** Drops an actor's cached rights. */
  dropActor(actorId: string): void;
  /** Caches rights until they are dropped, while the news of changes are healthy. */
  followRights(news: { readonly healthySince: number | null }): void;
}

/** The accounts created at the start of an embedded house. */
export interface SignIns {
  operator: FirstOperator | null;
  demo: Demo | null;
}

/** The OSes that run in the gateway's process. */
export interface EmbeddedHouse {
  services: SubgraphService[];
  /** Names of the parts that are not ready yet. */
  ready(): string[];
  /** Call once the gateway listens. Fills an empty embedded database. */
  started(gateway: Front): Promise<SignIns>;
  close(): Promise<void>;
}

/**
 * Opens OSes in this process on this database. Closing the house closes the database. Throws `MigrationMismatch`, and `ConfigFault` for
 * a name that is no OS of this build.
 */
export async function openEmbeddedHouse(
  config: EmbeddedConfig,
  database: Database | Promise<Database>,
  log: Logger,
): Promise<EmbeddedHouse> {
  const here = subgraphs.filter(({ name }) => config.here.includes(name));
  const unknown = config.here.filter((name) => !subgraphs.some((each) => each.name === name));
  if (unknown.length > 0)
    throw new ConfigFault(
      `SUBGRAPH_URLS: must name ${unknown.map((name) => `"${name}"`).join(', ')}, which the supergraph has; this build has only ${subgraphs.map(({ name }) => name).join(', ')}`,
    );
  let publicUrl = config.mail.publicUrl;
  const mail: MailPort = { mailer: openMailer(config.mail, config.dataDir, log), publicUrl: () => publicUrl };
  const { house, close } = await openConfiguredHouse({
    config,
    subgraphs: here,
    scopes: () => scopesOf(subgraphs),
    database,
    secrets: () => ({ sealingKey: sealingKeyFor(config) }),
    migrate: true,
    mail,
    log,
  });
  let isFilled = false;
  const leaving = new AbortController();
  let enlivening = Promise.resolve();
  return {
    services: house.services,
    ready: () => (isFilled ? [] : ['first start']),
    async started(gateway) {
      // A change of rights takes effect at once, instead of after the gateway's five seconds of caching.
      const rightsFacts = here.flatMap((each) => each.rightsFacts.map(({ type }) => type));
      house.hub.hear(rightsFacts, (facts) => dropNamed(gateway, facts));
      // If identity runs elsewhere its facts may come late.
      if (rightsFacts.length > 0) gateway.followRights(house.hub);
      publicUrl ??= gateway.url;
      const signIns = await fillEmpty(config, house, here.length === subgraphs.length);
      isFilled = true;
      // Not awaited: sales and pictures are added while the house is already serving.
      if (signIns.demo)
        enlivening = enlivenDemo({
          house,
          dataDir: config.dataDir,
          url: gateway.url,
          bidders: config.bidders,
          log,
          signal: leaving.signal,
        });
      return signIns;
    },
    async close() {
      leaving.abort();
      await enlivening;
      await close();
    },
  };
}

/** Creates the operator and, unless it is disabled, the demonstration in an embedded database. A Postgres is left unchanged. */
async function fillEmpty(config: EmbeddedConfig, house: House, isWhole: boolean): Promise<SignIns> {
  if (config.databaseUrl !== null || !isWhole) return { operator: null, demo: null };
  // The keys of facts remain when the facts themselves are pruned.
  const [facts] = await house.database.query<{ none: boolean }>('select not exists (select from facts.keys) as none');
  const empty = facts?.none === true;
  // Both save their plans before they create anything, so that the next start after a killed one either continues from these
  // files, or still finds the database empty.
  const [operator, demo] = await Promise.all([
    firstOperator(house, config.dataDir, empty),
    config.demo ? openDemo(house, config.dataDir, empty) : null,
  ]);
  return { operator, demo };
}
