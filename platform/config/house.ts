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
import { variables } from './variables.ts';

/** The part of the configuration that every process has which runs OSes: `subgraphs/serve.ts`, and the gateway for those in its own process. */
export interface HouseConfig {
  /** The embedded database, generated secrets, mails where no server takes them, objects unless they are kept elsewhere. */
  dataDir: string;
  /** The same database past a pooler, to listen there; null if not set. */
  directDatabaseUrl: string | null;
  /** Maximum number of connections to the database, besides the one that listens. */
  poolSize: number;
  /** Days after which facts are pruned; null keeps them. */
  factsRetentionDays: number | null;
  /** Where pictures, recordings and documents are kept. */
  objects: ObjectsConfig;
  natsUrl: string | null;
  /** The universes whose requests are accepted; the same at the gateway and at its OSes. */
  universes: Universes;
  /** Seals secrets in the database; only identity has any. */
  secretKey: string | null;
  mail: MailConfig;
  /** The model that makes vectors of texts. */
  embeddings: EmbeddingsConfig;
  /** The sources that files may be fetched from. */
  sources: SourcesConfig;
  /** The blockchains to read from. */
  chains: ChainsConfig;
}

export const houseVariables = variables.omit({
  PORT: true,
  HOST: true,
  DATABASE_URL: true,
  ROUTER_SECRET: true,
  IDENTITY_URL: true,
  LOG_LEVEL: true,
  CAPABILITIES: true,
});

/** Throws `ConfigFault` if valid variables do not go together. */
export function houseConfigOf(values: z.output<typeof houseVariables>): HouseConfig {
  const fault = mailFault(values) ?? embeddingsFault(values);
  if (fault !== null) throw new ConfigFault(fault);
  return {
    dataDir: values.DATA_DIR,
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
  };
}
