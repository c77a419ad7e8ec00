import { closeAll } from '../config/close-all.ts';
import type { HouseConfig } from '../config/house.ts';
import type { Secrets } from '../context/context.ts';
import type { Database } from '../database/database.ts';
import { openEmbedder } from '../embeddings/open.ts';
import type { MailPort } from '../mail/mail.ts';
import { openObjects } from '../objects/open.ts';
import type { Subgraph } from '../subgraph/subgraph.ts';
import type { Logger } from '../telemetry/log.ts';
import { openHouse, type House } from './house.ts';

export interface ConfiguredHouseOptions {
  config: HouseConfig;
  subgraphs: readonly Subgraph[];
  /** Every scope of the installation. Called while the database opens: to build the schemas of all OSes takes a while. */
  scopes: () => ReadonlySet<string>;
  database: Database | Promise<Database>;
  /** Called once the database is open, which locks the data folder: its sealing key may have to be made. */
  secrets: () => Secrets;
  migrate: boolean;
  /** Without it nothing is sent: mails wait for a process that sends them. */
  mail?: MailPort;
  log: Logger;
}

/** Opens OSes as the configuration says. The database is closed with them, and also if they cannot be opened. */
export async function openConfiguredHouse({
  config,
  scopes,
  secrets,
  database: opening,
  ...options
}: ConfiguredHouseOptions): Promise<{ house: House; close: () => Promise<void> }> {
  try {
    const known = scopes();
    const database = await opening;
    const { natsUrl, universes, sources, chains, factsRetentionDays } = config;
    const house = await openHouse({
      ...options,
      scopes: known,
      database,
      secrets: secrets(),
      natsUrl,
      universes,
      objects: await openObjects(config.objects),
      embedder: openEmbedder(config.embeddings),
      sources,
      chains,
      factsRetentionDays,
    });
    return { house, close: () => closeAll([() => house.close(), () => database.close()]) };
  } catch (error) {
    await (await opening).close();
    throw error;
  }
}
