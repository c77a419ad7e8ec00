import { z } from 'zod';
import type { Universes } from '../context/universes.ts';
import { POOL_SIZE } from '../database/postgres.ts';
import type { EmbeddingsConfig } from '../embeddings/open.ts';
import { retentionAtLeast } from '../facts/retention.ts';
import type { ObjectsConfig } from '../objects/open.ts';
import type { ChainsConfig } from '../outgoing/chains.ts';
import type { SourcesConfig } from '../outgoing/sources.ts';
import { chainsConfigOf, chainsVariables } from './chains.ts';
import { embeddingsConfigOf, embeddingsFault, embeddingsVariables } from './embeddings.ts';
import { ConfigFault } from './fault.ts';
import { mailConfigOf, mailFault, mailVariables, type MailConfig } from './mail.ts';
import { objectsConfigOf, objectsVariables } from './objects.ts';
import { sourcesVariables } from './sources.ts';
import { universesVariables } from './universes.ts';

/** The configuration of a program that opens OSes. */
export interface HouseConfig {
  /** The folder of the embedded database, of generated secrets, of files, and of mails that no server takes. */
  dataDir: string;
  /** A Postgres; null for the embedded database. */
  databaseUrl: string | null;
  /** The same database without its pooler, to listen there; null if `databaseUrl` leads to no pooler. */
  directDatabaseUrl: string | null;
  /** Connections to the Postgres at most, besides the one that listens. */
  poolSize: number;
  /** Days after which facts are pruned; null keeps them. */
  factsRetentionDays: number | null;
  /** Where pictures, recordings and documents are kept. */
  objects: ObjectsConfig;
  natsUrl: string | null;
  /** The universes that are open; the same at gateways and OSes. */
  universes: Universes;
  /** Seals secrets in the database; only identity has any. */
  secretKey: string | null;
  mail: MailConfig;
  /** The model that makes vectors of texts. */
  embeddings: EmbeddingsConfig;
  /** Servers and buckets from which files may be fetched. */
  sources: SourcesConfig;
  /** Blockchains that are read. */
  chains: ChainsConfig;
}

export const databaseUrl = z.string().regex(/^postgres(ql)?:\/\//, 'is a postgres:// address');
// 32 characters, as `openssl rand -hex 16` prints: 128 bits are the least that cannot be guessed by trying.
export const secret = z.string().min(32, 'has at least 32 characters');
export const dataDir = z.string().min(1).default('.data');

/** Its variables, for programs that read others as well. */
export const houseVariables = {
  DATA_DIR: dataDir,
  DATABASE_URL: databaseUrl.optional(),
  DIRECT_DATABASE_URL: databaseUrl.optional(),
  // Five is the least that has a share for each kind of work; a Postgres server allows 100 in all by default.
  POOL_SIZE: z.coerce.number().int().min(5).max(100).default(POOL_SIZE),
  // Unless set, facts are kept for ever: histories are read from them, and pruned facts cannot be recovered.
  FACTS_RETENTION_DAYS: z.coerce.number().int().min(retentionAtLeast).max(36_500).optional(),
  NATS_URL: z
    .string()
    .regex(/^(nats|tls|ws|wss):\/\//, 'is a nats:// address')
    .optional(),
  SECRET_KEY: secret.optional(),
  ...objectsVariables,
  ...embeddingsVariables,
  ...sourcesVariables,
  ...chainsVariables,
  ...universesVariables,
  ...mailVariables,
};

const house = z.object(houseVariables);

/** The configuration by these values. Throws `ConfigFault` if variables contradict each other. */
export function houseConfigOf(values: z.output<typeof house>): HouseConfig {
  const fault = mailFault(values) ?? embeddingsFault(values);
  if (fault !== null) throw new ConfigFault(fault);
  return {
    dataDir: values.DATA_DIR,
    databaseUrl: values.DATABASE_URL ?? null,
    directDatabaseUrl: values.DIRECT_DATABASE_URL ?? null,
    poolSize: values.POOL_SIZE,
    factsRetentionDays: values.FACTS_RETENTION_DAYS ?? null,
    objects: objectsConfigOf(values, values.DATA_DIR, (name, sentence) => {
      throw new ConfigFault(`${name}: ${sentence}`);
    }),
    natsUrl: values.NATS_URL ?? null,
    universes: values.UNIVERSES,
    secretKey: values.SECRET_KEY ?? null,
    mail: mailConfigOf(values),
    embeddings: embeddingsConfigOf(values),
    sources: values.SOURCE_URLS,
    chains: chainsConfigOf(values),
  };
}
