import { z } from 'zod';
import { ConfigFault } from './fault.ts';
import { databaseUrl, dataDir, houseConfigOf, houseVariables, secret, type HouseConfig } from './house.ts';

type Environment = Record<string, string | undefined>;

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export const logLevel = z.enum(logLevels);
export type LogLevel = (typeof logLevels)[number];

/** The configuration of a process that serves OSes to routers. */
export interface ServeConfig extends HouseConfig {
  /** The first OS listens here, each further one a port higher; 0 lets the system choose for all. */
  port: number;
  host: string;
  databaseUrl: string;
  routerSecret: string;
  /** The address of identity, for verifying bearer tokens that another router passes on. */
  identityUrl: string | null;
  logLevel: LogLevel;
}

const serve = z.object({
  ...houseVariables,
  PORT: z.coerce.number().int().min(0).max(65_535).default(4001),
  HOST: z.string().min(1).default('127.0.0.1'),
  DATABASE_URL: databaseUrl,
  ROUTER_SECRET: secret,
  IDENTITY_URL: z.url({ protocol: /^https?$/, error: 'is an http:// address' }).optional(),
  LOG_LEVEL: logLevel.default('info'),
});

/**
 * Reads the configuration of a process that serves OSes. An empty variable counts as absent. Throws `ConfigFault` with the name
 * of the first invalid variable.
 */
export function readServeConfig(env: Environment = process.env): ServeConfig {
  const values = readVariables(serve, env);
  return {
    ...houseConfigOf(values),
    databaseUrl: values.DATABASE_URL,
    port: values.PORT,
    host: values.HOST,
    routerSecret: values.ROUTER_SECRET,
    identityUrl: values.IDENTITY_URL ?? null,
    logLevel: values.LOG_LEVEL,
  };
}

/** Reads what a program needs that opens OSes and serves none of them. Throws `ConfigFault`. */
export function readHouseConfig(env: Environment = process.env): HouseConfig {
  return houseConfigOf(readVariables(z.object(houseVariables), env));
}

/** The address of the Postgres to migrate. Throws `ConfigFault`. */
export function readMigrateConfig(env: Environment = process.env): { databaseUrl: string } {
  return { databaseUrl: readVariables(z.object({ DATABASE_URL: databaseUrl }), env).DATABASE_URL };
}

/** The secret that gateways and separate OSes share. Throws `ConfigFault`. */
export function readRouterConfig(env: Environment = process.env): { routerSecret: string } {
  return { routerSecret: readVariables(z.object({ ROUTER_SECRET: secret }), env).ROUTER_SECRET };
}

/** The folder of the embedded database and its other files. Throws `ConfigFault`. */
export function readDataConfig(env: Environment = process.env): { dataDir: string } {
  return { dataDir: readVariables(z.object({ DATA_DIR: dataDir }), env).DATA_DIR };
}

/** The values of these variables; an empty one counts as absent. Throws `ConfigFault` with the name of the first invalid one. */
export function readVariables<T extends z.ZodType>(shape: T, env: Environment): z.output<T> {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const result = shape.safeParse(present);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const name = String(issue?.path[0] ?? 'The environment');
  throw new ConfigFault(`${name}: ${present[name] === undefined ? 'is needed' : (issue?.message ?? 'is not valid')}`);
}
