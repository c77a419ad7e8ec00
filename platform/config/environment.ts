import { houseConfigOf, houseVariables, type HouseConfig } from './house.ts';
import { readVariables, type Environment } from './read.ts';
import { variables, type LogLevel } from './variables.ts';

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

const { PORT, LOG_LEVEL } = variables.shape;
const serve = houseVariables.extend({
  PORT: PORT.default(4001),
  ...variables.pick({ HOST: true, DATABASE_URL: true, ROUTER_SECRET: true, IDENTITY_URL: true }).shape,
  LOG_LEVEL: LOG_LEVEL.default('info'),
});

/** Reads the configuration of a process that serves OSes. Throws `ConfigFault`. */
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
  return houseConfigOf(readVariables(houseVariables, env));
}

/** The address of the Postgres to migrate. Throws `ConfigFault`. */
export function readMigrateConfig(env: Environment = process.env): { databaseUrl: string } {
  return { databaseUrl: readVariables(variables.pick({ DATABASE_URL: true }), env).DATABASE_URL };
}

/** The secret that gateways and separate OSes share. Throws `ConfigFault`. */
export function readRouterConfig(env: Environment = process.env): { routerSecret: string } {
  return { routerSecret: readVariables(variables.pick({ ROUTER_SECRET: true }), env).ROUTER_SECRET };
}

/** The folder of the embedded database and its other files, and whether a Postgres is used instead. Throws `ConfigFault`. */
export function readDataConfig(env: Environment = process.env): { dataDir: string; databaseUrl: string | null } {
  const values = readVariables(houseVariables.pick({ DATA_DIR: true, DATABASE_URL: true }), env);
  return { dataDir: values.DATA_DIR, databaseUrl: values.DATABASE_URL ?? null };
}

/** The path of the list of all planned capabilities. It may be absent. Throws `ConfigFault`. */
export function readCapabilitiesConfig(env: Environment = process.env): { list: string } {
  return { list: readVariables(variables.pick({ CAPABILITIES: true }), env).CAPABILITIES };
}
