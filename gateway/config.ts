import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { embeddingsConfigOf, embeddingsFault, embeddingsVariables } from '../platform/config/embeddings.ts';
import { databaseUrl, factsRetentionDays, poolSize } from '../platform/config/environment.ts';
import { mailConfigOf, mailFault, mailVariables, type MailConfig } from '../platform/config/mail.ts';
import { objectsConfigOf, objectsVariables } from '../platform/config/objects.ts';
import { universesVariables } from '../platform/config/universes.ts';
import type { Universes } from '../platform/context/universes.ts';
import type { EmbeddingsConfig } from '../platform/embeddings/open.ts';
import { chainsConfigOf, chainsVariables } from '../platform/config/chains.ts';
import { sourcesVariables } from '../platform/config/sources.ts';
import type { ChainsConfig } from '../platform/outgoing/chains.ts';
import type { SourcesConfig } from '../platform/outgoing/sources.ts';
import type { ObjectsConfig } from '../platform/objects/open.ts';
import { defaultLimits, limitRoles, type LimitTable } from './limits/limits.ts';

/** Everything the gateway reads from outside, read once at the start. */
export interface GatewayConfig {
  port: number;
  host: string;
  dataDir: string;
  databaseUrl: string | null;
  /** The same database past a pooler, to listen there. */
  directDatabaseUrl: string | null;
  /** Connections to that database at most, besides the one that listens. */
  poolSize: number;
  /** Days after which facts of that database are pruned; null keeps them. */
  factsRetentionDays: number | null;
  /** Where pictures, recordings and documents are kept by the OSes of this process. */
  objects: ObjectsConfig;
  natsUrl: string | null;
  /** Whose requests are taken, here and by the OSes of this process. */
  universes: Universes;
  /** Origins from which browsers may call, besides our own. */
  corsOrigins: string[];
  /** How many proxies in front of us are ours; the client's address is that many hops from the right. */
  trustProxy: number;
  executor: 'own' | 'apollo';
  /** Subgraphs that are reached over HTTP, by name. */
  subgraphUrls: Record<string, string>;
  routerSecret: string | null;
  secretKey: string | null;
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  supergraphPath: string;
  /** Which OS answers which paths besides GraphQL; beside the supergraph. */
  routesPath: string;
  consoleDir: string;
  limits: LimitTable;
  mail: MailConfig;
  /** Which model makes vectors of texts, for the OSes of this process. */
  embeddings: EmbeddingsConfig;
  /** From where files may be fetched. */
  sources: SourcesConfig;
  /** From which blockchains is read. */
  chains: ChainsConfig;
  /** Only the gateway: every subgraph is reached over HTTP. */
  apart: boolean;
  /** Whether an empty embedded database is filled with the demonstration. */
  demo: boolean;
  /** Whether the demonstration has auctions that never stop. */
  bidders: boolean;
}

/** The start was given something it cannot use. The message names the variable. */
export class ConfigFault extends Error {
  override name = 'ConfigFault';
}

const origin = z.string().refine((value) => URL.canParse(value) && new URL(value).origin === value, {
  error: 'is a comma-separated list of origins such as https://example.org (no path, no slash at the end)',
});

const list = (value: string) =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

const subgraphUrls = z.string().transform((value, context) => {
  const urls: Record<string, string> = {};
  for (const part of list(value)) {
    const at = part.indexOf('=');
    const name = part.slice(0, at).trim();
    const url = part.slice(at + 1).trim();
    const fits =
      at > 0 && /^[a-z][a-z0-9_-]*$/.test(name) && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
    if (!fits) {
      context.addIssue({
        code: 'custom',
        message: `is "name=http://host/graphql,…"; "${name || part}" is not of that form`,
      });
      return z.NEVER;
    }
    urls[name] = url;
  }
  return urls;
});

/** Limits in milliseconds: a timer of Node that is set for more than 24 days goes off at once. */
const milliseconds = new Set(['time', 'taking']);
const aDay = 86_400_000;

const limits = z.string().transform((value, context): LimitTable => {
  const table: LimitTable = structuredClone(defaultLimits);
  for (const part of list(value)) {
    const fits = /^([a-zA-Z]+)\.([a-zA-Z]+)=(\d{1,12})$/.exec(part);
    const role = limitRoles.find((known) => known === fits?.[1]);
    const name = fits?.[2];
    if (!fits || !role || !name || !Object.hasOwn(table[role], name)) {
      const names = Object.keys(defaultLimits.anonymous).join(', ');
      context.addIssue({
        code: 'custom',
        message: `is "role.limit=number,…" with a role of ${limitRoles.join(', ')} and a limit of ${names}; "${part}" is not`,
      });
      return z.NEVER;
    }
    const most = milliseconds.has(name) ? aDay : Number.MAX_SAFE_INTEGER;
    if (Number(fits[3]) > most) {
      context.addIssue({ code: 'custom', message: `holds ${part}, and ${name} is at most ${most} milliseconds` });
      return z.NEVER;
    }
    table[role][name as keyof LimitTable[typeof role]] = Number(fits[3]);
  }
  return table;
});

const environment = z
  .object({
    PORT: z.coerce.number().int().min(0).max(65_535).default(4000),
    HOST: z.string().min(1).default('127.0.0.1'),
    DATA_DIR: z.string().min(1).default('.data'),
    DATABASE_URL: databaseUrl.optional(),
    DIRECT_DATABASE_URL: databaseUrl.optional(),
    POOL_SIZE: poolSize,
    FACTS_RETENTION_DAYS: factsRetentionDays,
    NATS_URL: z
      .string()
      .regex(/^(nats|tls|ws|wss):\/\//, 'is a nats:// address')
      .optional(),
    ...objectsVariables,
    ...embeddingsVariables,
    ...sourcesVariables,
    ...chainsVariables,
    ...universesVariables,
    CORS_ORIGINS: z.string().default('').transform(list).pipe(z.array(origin)),
    TRUST_PROXY: z.coerce.number().int().min(0).max(10).default(0),
    GATEWAY_EXECUTOR: z.enum(['own', 'apollo']).default('own'),
    SUBGRAPH_URLS: subgraphUrls.default({}),
    // Two UUIDs' worth of characters: what `openssl rand -hex 16` prints is the least that cannot be tried out.
    ROUTER_SECRET: z.string().min(32, 'has at least 32 characters').optional(),
    SECRET_KEY: z.string().min(32, 'has at least 32 characters').optional(),
    LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).optional(),
    SUPERGRAPH: z.string().min(1).default('schema/supergraph.graphql'),
    CONSOLE_DIR: z.string().min(1).default('dist/console'),
    LIMITS: limits.default(defaultLimits),
    ...mailVariables,
  })
  .transform((env) => env);

/**
 * Reads the environment and the flags. An empty variable counts as absent. Throws `ConfigFault` with the name of the first
 * variable or flag at fault.
 */
export function readConfig(
  env: Record<string, string | undefined> = process.env,
  argv: string[] = process.argv.slice(2),
): GatewayConfig {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = environment.safeParse(present);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new ConfigFault(`${String(issue?.path[0] ?? 'The environment')}: ${issue?.message ?? 'is not valid'}`);
  }
  const flags = readFlags(argv);
  const values = parsed.data;
  const fault = mailFault(values) ?? embeddingsFault(values);
  if (fault !== null) throw new ConfigFault(fault);
  if ((flags.apart || Object.keys(values.SUBGRAPH_URLS).length > 0) && values.ROUTER_SECRET === undefined) {
    throw new ConfigFault('ROUTER_SECRET: is needed where subgraphs run in other processes');
  }
  if (flags.apart && Object.keys(values.SUBGRAPH_URLS).length === 0) {
    throw new ConfigFault('SUBGRAPH_URLS: is needed with --apart');
  }
  return {
    port: values.PORT,
    host: values.HOST,
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
    corsOrigins: values.CORS_ORIGINS,
    trustProxy: values.TRUST_PROXY,
    executor: values.GATEWAY_EXECUTOR,
    subgraphUrls: values.SUBGRAPH_URLS,
    routerSecret: values.ROUTER_SECRET ?? null,
    secretKey: values.SECRET_KEY ?? null,
    // Before a screen the lines for people come first; the log then tells only what is wrong.
    logLevel: values.LOG_LEVEL ?? (process.stdout.isTTY ? 'warn' : 'info'),
    supergraphPath: values.SUPERGRAPH,
    routesPath: join(dirname(values.SUPERGRAPH), 'routes.json'),
    consoleDir: values.CONSOLE_DIR,
    limits: values.LIMITS,
    mail: mailConfigOf(values),
    embeddings: embeddingsConfigOf(values),
    sources: values.SOURCE_URLS,
    chains: chainsConfigOf(values),
    apart: flags.apart,
    demo: flags.demo,
    bidders: flags.bidders,
  };
}

function readFlags(argv: string[]): { apart: boolean; demo: boolean; bidders: boolean } {
  try {
    const { values } = parseArgs({
      args: argv,
      options: {
        apart: { type: 'boolean', default: false },
        'no-demo': { type: 'boolean', default: false },
        'no-bidders': { type: 'boolean', default: false },
      },
      strict: true,
    });
    return { apart: values.apart, demo: !values['no-demo'], bidders: !values['no-bidders'] };
  } catch (error) {
    throw new ConfigFault(error instanceof Error ? error.message : String(error));
  }
}

/**
 * The stock gateway reports to its maker from its constructor on, unless a variable of the environment says otherwise. Nothing
 * in this house calls outside without being asked to.
 */
export function keepStockGatewayQuiet(): void {
  process.env['APOLLO_TELEMETRY_DISABLED'] = 'true';
}
