import type { z } from 'zod';
import type { Universes } from '../context/universes.ts';
import type { EmbeddingsConfig } from '../embeddings/open.ts';
import type { ObjectsConfig } from '../objects/open.ts';
import type { ChainsConfig } from '../outgoing/chains.ts';
import type { SourcesConfig } from '../outgoing/sources.ts';
import { chainsConfigOf } from './chains.ts';
import { embeddingsConfigOf, embeddingsFault } from './embeddings.ts';
import { ConfigFault } from './fault.ts';
import { mailConfigOf, mailFault, type MailConfig } from './mail.ts';
import { objectsConfigOf } from './objects.ts';
import { tracingConfigOf, type MetricsConfig, type TracingConfig } from './telemetry.ts';
import { variables } from './variables.ts';

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
  metrics: MetricsConfig;
  /** Where traces are sent; null if nothing is traced. */
  tracing: TracingConfig | null;
}

/** Its variables, for programs that read others as well. */
export const houseVariables = variables
  .omit({ PORT: true, HOST: true, ROUTER_SECRET: true, IDENTITY_URL: true, LOG_LEVEL: true, CAPABILITIES: true })
  .extend({ DATABASE_URL: variables.shape.DATABASE_URL.optional() });

/** The configuration by these values. Throws `ConfigFault` if variables contradict each other. */
export function houseConfigOf(values: z.output<typeof houseVariables>): HouseConfig {
  const fault = mailFault(values) ?? embeddingsFault(values);
  if (fault !== null) throw new ConfigFault(fault);
  return {
    dataDir: values.DATA_DIR,
    databaseUrl: values.DATABASE_URL ?? null,
    directDatabaseUrl: values.DIRECT_DATABASE_URL ?? null,
    poolSize: values.POOL_SIZE,
    factsRetentionDays: values.FACTS_RETENTION_DAYS ?? null,
    objects: objectsConfigOf(values, values.DATA_DIR),
    natsUrl: values.NATS_URL ?? null,
    universes: values.UNIVERSES,
    secretKey: values.SECRET_KEY ?? null,
    mail: mailConfigOf(values),
    embeddings: embeddingsConfigOf(values),
    sources: values.SOURCE_URLS,
    chains: chainsConfigOf(values),
    metrics: { token: values.METRICS_TOKEN ?? null },
    tracing: tracingConfigOf(values),
  };
}
