import { join } from 'node:path';
import type { HouseConfig } from '../config/house.ts';
import type { Logger } from '../telemetry/log.ts';
import { openDatabase, type Database } from './database.ts';

/** Opens the configured database: Postgres, or the embedded one in the data folder. Throws `DataFolderLocked`. */
export function openHouseDatabase(
  { databaseUrl, directDatabaseUrl, poolSize, dataDir }: HouseConfig,
  log: Logger,
): Promise<Database> {
  const report = (message: string, error: unknown): void => log.warn({ err: error }, message);
  if (databaseUrl === null) return openDatabase({ dataDir: join(dataDir, 'database'), report });
  return openDatabase({
    url: databaseUrl,
    ...(directDatabaseUrl === null ? {} : { directUrl: directDatabaseUrl }),
    poolSize,
    report,
  });
}
