import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Secrets } from '../platform/context/context.ts';
import { openDatabase } from '../platform/database/database.ts';
import { openHouse } from '../platform/subgraph/house.ts';
import type { SubgraphService } from '../platform/subgraph/service.ts';
import type { Logger } from '../platform/telemetry/log.ts';
import { subgraphs } from '../subgraphs/index.ts';
import type { GatewayConfig } from './config.ts';
import type { Gateway } from './server.ts';

/** The part of the process that is not the gateway: the OSes that run in it. */
export interface Rooms {
  services: SubgraphService[];
  /** Names of what is not ready yet. */
  ready(): Promise<string[]> | string[];
  /** Called once the gateway listens, which can be told of actors whose rights have changed. */
  started(gateway: Gateway): Promise<void> | void;
  close(): Promise<void>;
}

/** Opens every OS in this process, on one database. The one file of the gateway that knows the registry. */
export async function openRooms(config: GatewayConfig, log: Logger): Promise<Rooms> {
  const database = await openDatabase({
    ...(config.databaseUrl ? { url: config.databaseUrl } : { dataDir: join(config.dataDir, 'database') }),
    report: (message, error) => log.warn({ err: error }, message),
  });
  const house = await openHouse({ subgraphs, database, secrets: await secretsOf(config), log, migrate: true });
  return {
    services: house.services,
    ready: () => [],
    started: () => undefined,
    async close() {
      await house.close();
      await database.close();
    },
  };
}

/** The sealing key: made of SECRET_KEY, or kept in a file of its own that only its owner may read, made at the first start. */
async function secretsOf(config: GatewayConfig): Promise<Secrets> {
  if (config.secretKey !== null) return { sealingKey: createHash('sha256').update(config.secretKey).digest() };
  const path = join(config.dataDir, 'sealing.key');
  await mkdir(config.dataDir, { recursive: true });
  const made = randomBytes(32).toString('base64');
  // `wx` writes only where there is no file yet; what stands in it is read either way.
  await writeFile(path, made, { flag: 'wx', mode: 0o600 }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  });
  return { sealingKey: Buffer.from(await readFile(path, 'utf8'), 'base64') };
}
