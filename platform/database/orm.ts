import { MikroORM, type Options, UnderscoreNamingStrategy } from '@mikro-orm/postgresql';
import { PostgresDialect, type PostgresPool } from 'kysely';
import { type CustomTypesConfig, types } from 'pg';
import { EnsembleError } from '../errors/errors.ts';
import type { Database } from './database.ts';
import { SecondConnectionInTransaction } from './guard.ts';

export interface OrmOptions {
  /** The Postgres schema of the OS, for tables without one of their own. */
  schema: string;
  entities: NonNullable<Options['entities']>;
  filters?: Options['filters'];
  /** For MikroORM's messages; by default dropped, because its errors are thrown as well. */
  logger?: (message: string) => void;
}

/**
 * Type parsers for MikroORM, which parses the text of dates and times itself, according to each property. All other types are parsed as by
 * `pg`.
 */
const ormTypes: CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (readByOrm.has(oid)) return asText;
    if (arraysReadByOrm.has(oid)) return textArray;
    return types.getTypeParser(oid, format as 'text');
  }) as CustomTypesConfig['getTypeParser'],
};
/** date, timestamp, timestamptz, interval. */
const readByOrm = new Set([1082, 1114, 1184, 1186]);
/** Arrays of those. */
const arraysReadByOrm = new Set([1182, 1115, 1185, 1187]);
const asText = (value: string): string => value;
/** The parser of `text[]`. */
const textArray = (types.getTypeParser as (oid: number) => (value: string) => unknown)(1009);

/**
 * An ORM for the entities of one OS. It uses the connections of `database` and opens none, so closing it does not affect others; it sends
 * nothing before it is used. Only `migrate` changes the schema.
 */
export function createOrm(database: Database, { schema, entities, filters = {}, logger }: OrmOptions): MikroORM {
  // Kysely's type is narrower than that of `pg`, although it is made for `pg`.
  const pool = database.pool.withTypes(ormTypes) as unknown as PostgresPool;
  const orm = new MikroORM({
    driverOptions: new PostgresDialect({ pool }),
    // MikroORM requires a name; the pool determines the database.
    dbName: schema,
    schema,
    entities,
    filters,
    namingStrategy: UnderscoreNamingStrategy,
    timezone: 'UTC',
    forceUtcTimezone: true,
    allowGlobalContext: false,
    ensureDatabase: false,
    // New rows are read before they are stored: missing values must be null, as in the database, not undefined.
    initNullableProperties: true,
    extensions: [],
    metadataCache: { enabled: false },
    discovery: { warnWhenNoEntities: false },
    colors: false,
    logger: logger ?? (() => {}),
  });
  keepHouseErrors(orm);
  return orm;
}

/** Keeps errors of the pool and the house as they are; MikroORM would wrap them in a DriverException. */
function keepHouseErrors(orm: MikroORM): void {
  const converter = orm.driver.getPlatform().getExceptionConverter();
  const convert = converter.convertException.bind(converter);
  converter.convertException = (error) => {
    if (error instanceof SecondConnectionInTransaction || error instanceof EnsembleError) throw error;
    return convert(error);
  };
}
