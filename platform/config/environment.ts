import { z } from 'zod';
import type { EmbeddingsConfig } from '../embeddings/open.ts';
import type { ObjectsConfig } from '../objects/open.ts';
import type { ChainsConfig } from '../outgoing/chains.ts';
import type { SourcesConfig } from '../outgoing/sources.ts';
import { POOL_SIZE } from '../database/postgres.ts';
import { retentionAtLeast } from '../facts/retention.ts';
import { embeddingsConfigOf, embeddingsFault, embeddingsVariables } from './embeddings.ts';
import { ConfigFault } from './fault.ts';
import { mailConfigOf, mailFault, mailVariables, type MailConfig } from './mail.ts';
import { objectsConfigOf, objectsVariables } from './objects.ts';
import { chainsConfigOf, chainsVariables } from './chains.ts';
import { sourcesVariables } from './sources.ts';
import { universesVariables } from './universes.ts';
import type { Universes } from '../context/universes.ts';

type Environment = Record<string, string | undefined>;

// 32 characters, as `openssl rand -hex 16` prints: 128 bits are the least that cannot be guessed by trying.
const secret = z.string().min(32, 'has at least 32 characters');
export const databaseUrl = z.string().regex(/^postgres(ql)?:\/\//, 'is a postgres:// address');
/** Five is the least that has a share for each kind of work; a Postgres server allows 100 in all by default. */
export const poolSize = z.coerce.number().int().min(5).max(100).default(POOL_SIZE);
/** Unless set, facts are kept for ever: histories are read from them, and pruned facts cannot be recovered. */
export const factsRetentionDays = z.coerce.number().int().min(retentionAtLeast).max(36_500).optional();
const dataDir = z.string().min(1).default('.data');
const logLevel = z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info');

/** The configuration of a process that serves OSes to routers. */
export interface ServeConfig {
  /** The first OS listens here, each further one a port higher; 0 lets the system choose for all. */
  port: number;
  host: string;
  databaseUrl: string;
  /** The same database past a pooler, for listening; null if not set. */
  directDatabaseUrl: string | null;
  /** Connections to the database at most, besides the one that listens. */
  poolSize: number;
  /** Days after which facts are pruned; null keeps them. */
  factsRetentionDays: number | null;
  /** Where pictures, recordings and documents are kept. */
  objects: ObjectsConfig;
  routerSecret: string;
  /** Seals secrets in the database; only identity has any. */
  secretKey: string | null;
  natsUrl: string | null;
  /** The universes whose requests are accepted; the same as the gateway's. */
  universes: Universes;
  /** The address of identity, for verifying bearer tokens that another router passes on. */
  identityUrl: string | null;
  logLevel: z.output<typeof logLevel>;
  mail: MailConfig;
  /** The model that makes vectors of texts. */
  embeddings: EmbeddingsConfig;
  /** The sources that files may be fetched from. */
  sources: SourcesConfig;
  /** The blockchains to read from. */
  chains: ChainsConfig;
  /** Where mails are written if no mail server is configured. */
  dataDir: string;
}

const serve = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).default(4001),
  HOST: z.string().min(1).default('127.0.0.1'),
  DATABASE_URL: databaseUrl,
  DIRECT_DATABASE_URL: databaseUrl.optional(),
  POOL_SIZE: poolSize,
  FACTS_RETENTION_DAYS: factsRetentionDays,
  ROUTER_SECRET: secret,
  SECRET_KEY: secret.optional(),
  NATS_URL: z
    .string()
    .regex(/^(nats|tls|ws|wss):\/\//, 'is a nats:// address')
    .optional(),
  IDENTITY_URL: z.url({ protocol: /^https?$/, error: 'is an http:// address' }).optional(),
  LOG_LEVEL: logLevel,
  DATA_DIR: dataDir,
  ...mailVariables,
  ...objectsVariables,
  ...embeddingsVariables,
  ...sourcesVariables,
  ...chainsVariables,
  ...universesVariables,
});

/**
 * Reads the configuration of a process that serves OSes. An empty variable counts as absent. Throws `ConfigFault` with the name
 * of the first invalid variable.
 */
export function readServeConfig(env: Environment = process.env): ServeConfig {
  const values = parsed(serve, env);
  const fault = mailFault(values) ?? embeddingsFault(values);
  if (fault !== null) throw new ConfigFault(fault);
  return {
    port: values.PORT,
    host: values.HOST,
    databaseUrl: values.DATABASE_URL,
    directDatabaseUrl: values.DIRECT_DATABASE_URL ?? null,
    poolSize: values.POOL_SIZE,
    factsRetentionDays: values.FACTS_RETENTION_DAYS ?? null,
    objects: objectsConfigOf(values, values.DATA_DIR, (name, sentence) => {
      throw new ConfigFault(`${name}: ${sentence}`);
    }),
    routerSecret: values.ROUTER_SECRET,
    secretKey: values.SECRET_KEY ?? null,
    natsUrl: values.NATS_URL ?? null,
    universes: values.UNIVERSES,
    identityUrl: values.IDENTITY_URL ?? null,
    logLevel: values.LOG_LEVEL,
    mail: mailConfigOf(values),
    embeddings: embeddingsConfigOf(values),
    sources: values.SOURCE_URLS,
    chains: chainsConfigOf(values),
    dataDir: values.DATA_DIR,
  };
}

/** The address of the Postgres to migrate. Throws `ConfigFault`. */
export function readMigrateConfig(env: Environment = process.env): { databaseUrl: string } {
  return { databaseUrl: parsed(z.object({ DATABASE_URL: databaseUrl }), env).DATABASE_URL };
}

/** The secret that gateways and separate OSes share. Throws `ConfigFault`. */
export function readRouterConfig(env: Environment = process.env): { routerSecret: string } {
  return { routerSecret: parsed(z.object({ ROUTER_SECRET: secret }), env).ROUTER_SECRET };
}

/** The folder of the embedded database and its other files. Throws `ConfigFault`. */
export function readDataConfig(env: Environment = process.env): { dataDir: string } {
  return { dataDir: parsed(z.object({ DATA_DIR: dataDir }), env).DATA_DIR };
}

function parsed<T extends z.ZodType>(shape: T, env: Environment): z.output<T> {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const result = shape.safeParse(present);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const name = String(issue?.path[0] ?? 'The environment');
  throw new ConfigFault(`${name}: ${present[name] === undefined ? 'is needed' : (issue?.message ?? 'is not valid')}`);
}
