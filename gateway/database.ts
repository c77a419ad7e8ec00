import { join } from 'node:path';
import { openDatabase, type Database } from '../platform/database/database.ts';
import type { Logger } from '../platform/telemetry/log.ts';
import type { GatewayConfig } from './config.ts';

/** Opens the database that the configuration names: one's own, or the one in the data folder. Throws `DataFolderLocked`. */
export function openHouseDatabase(
  config: Pick<GatewayConfig, 'databaseUrl' | 'dataDir'> &
    Partial<Pick<GatewayConfig, 'poolSize' | 'directDatabaseUrl'>>,
  log: Logger,
): Promise<Database> {
  return openDatabase({
    ...(config.databaseUrl
      ? {
          url: config.databaseUrl,
          ...(config.directDatabaseUrl ? { directUrl: config.directDatabaseUrl } : {}),
          ...(config.poolSize ? { poolSize: config.poolSize } : {}),
        }
      : { dataDir: join(config.dataDir, 'database') }),
    report: (message, error) => log.warn({ err: error }, message),
  });
}
