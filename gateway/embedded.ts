import type { HouseConfig } from '../platform/config/house.ts';
import { sealingKeyIn, sealingKeyOf } from '../platform/config/sealing-key.ts';
import type { Database } from '../platform/database/database.ts';
import { openEmbedder } from '../platform/embeddings/open.ts';
import type { MailPort } from '../platform/mail/mail.ts';
import { openMailer } from '../platform/mail/open.ts';
import { openObjects } from '../platform/objects/open.ts';
import { scopesOf } from '../platform/subgraph/all-scopes.ts';
import { openHouse, type House } from '../platform/house/house.ts';
import type { SubgraphService } from '../platform/serving/service.ts';
import type { Subgraph } from '../platform/subgraph/subgraph.ts';
import type { Logger } from '../platform/telemetry/log.ts';
import { openDemo, type Demo } from '../subgraphs/demo/demo.ts';
import { enlivenDemo } from '../subgraphs/demo/enliven.ts';
import { subgraphs } from '../subgraphs/index.ts';
import type { GatewayConfig } from './config.ts';
import { firstOperator, type FirstOperator } from './operators.ts';
import { dropNamed } from './rights.ts';
import type { Gateway } from './server.ts';

/** Who can sign in at an embedded house, as far as the start knows. */
export interface Acquaintances {
  operator: FirstOperator | null;
  demo: Demo | null;
}

/** The part of the process that is not the gateway: the OSes that run in it. */
export interface Rooms {
  services: SubgraphService[];
  /** Names of what is not ready yet. */
  ready(): string[];
  /** Called once the gateway listens, which is told of actors whose rights have changed. Fills an empty embedded database. */
  started(gateway: Pick<Gateway, 'dropActor' | 'url'>): Promise<Acquaintances>;
  close(): Promise<void>;
}

type RoomsConfig = HouseConfig & Pick<GatewayConfig, 'databaseUrl' | 'subgraphUrls' | 'demo' | 'bidders'>;

/**
 * Opens every OS in this process, but for those that are reached elsewhere, on this database, which it closes. The one file of
 * the gateway that knows the registry. Throws `MigrationMismatch`.
 */
export async function openRooms(
  config: RoomsConfig,
  database: Database | Promise<Database>,
  log: Logger,
): Promise<Rooms> {
  const here = subgraphs.filter(({ name }) => !(name in config.subgraphUrls));
  let publicUrl = config.mail.publicUrl;
  const mail: MailPort = { mailer: openMailer(config.mail, config.dataDir, log), publicUrl: () => publicUrl };
  const { house, close } = await openHouseOf(config, database, here, log, true, mail);
  let settling = true;
  const leaving = new AbortController();
  let enlivening = Promise.resolve();
  return {
    services: house.services,
    ready: () => (settling ? ['first start'] : []),
    async started(gateway) {
      dropOnChange(house, here, gateway);
      publicUrl ??= gateway.url;
      const acquaintances = await acquaint(config, house, here.length === subgraphs.length);
      settling = false;
      // Nobody waits for it: sales and pictures come while the house is at work already.
      if (acquaintances.demo)
        enlivening = enlivenDemo({
          house,
          dataDir: config.dataDir,
          url: gateway.url,
          bidders: config.bidders,
          log,
          signal: leaving.signal,
        });
      return acquaintances;
    },
    async close() {
      leaving.abort();
      await enlivening;
      await close();
    },
  };
}

/**
 * The OSes of this list on a database, which is closed with them, or when they cannot be opened. Without `mail` nothing is sent:
 * what is to be waits for the process that serves them.
 */
export async function openHouseOf(
  config: HouseConfig,
  opening: Database | Promise<Database>,
  list: readonly Subgraph[],
  log: Logger,
  migrate: boolean,
  mail?: MailPort,
): Promise<{ house: House; close: () => Promise<void> }> {
  try {
    // Builds the schemas of all OSes, while the database opens in a thread of its own.
    const scopes = scopesOf(subgraphs);
    const database = await opening;
    const sealingKey = config.secretKey === null ? sealingKeyIn(config.dataDir) : sealingKeyOf(config.secretKey);
    const { natsUrl, universes } = config;
    const objects = await openObjects(config.objects);
    const secrets = { sealingKey };
    const embedder = openEmbedder(config.embeddings);
    const house = await openHouse({
      subgraphs: list,
      scopes,
      database,
      secrets,
      log,
      migrate,
      natsUrl,
      universes,
      objects,
      embedder,
      sources: config.sources,
      chains: config.chains,
      factsRetentionDays: config.factsRetentionDays,
      ...(mail ? { mail } : {}),
    });
    const close = async (): Promise<void> => {
      await house.close();
      await database.close();
    };
    return { house, close };
  } catch (error) {
    await (await opening).close();
    throw error;
  }
}

/** The OSes that make operators: identity alone. */
export const operatorSubgraphs: readonly Subgraph[] = subgraphs.filter(({ name }) => name === 'identity');

/** Whatever an OS calls a fact of rights makes the gateway look up the actor anew, now and not five seconds later. */
function dropOnChange(house: House, list: readonly Subgraph[], gateway: Pick<Gateway, 'dropActor'>): void {
  const types = list.flatMap(({ rightsFacts }) => rightsFacts.map(({ type }) => type));
  house.hub.hear(types, (facts) => {
    for (const fact of facts) dropNamed(gateway, fact);
  });
}

/** A database of one's own is left as it is; the embedded one gets an operator and, unless it is declined, the demonstration. */
async function acquaint(config: RoomsConfig, house: House, whole: boolean): Promise<Acquaintances> {
  if (config.databaseUrl !== null || !whole) return { operator: null, demo: null };
  // The keys of facts stay when the facts themselves are pruned.
  const [facts] = await house.database.query<{ none: boolean }>('select not exists (select from facts.keys) as none');
  const empty = facts?.none === true;
  // Both write down what they will make before they make any of it. So a start that is killed at any point is either
  // continued from these files, or finds the database empty still.
  const [operator, demo] = await Promise.all([
    firstOperator(house, config.dataDir, empty),
    config.demo ? openDemo(house, config.dataDir, empty) : null,
  ]);
  return { operator, demo };
}
