import { MikroORM, type Options, UnderscoreNamingStrategy } from '@mikro-orm/postgresql';
import { PostgresDialect, type PostgresPool } from 'kysely';
import { type CustomTypesConfig, types } from 'pg';
import { EnsembleError } from '../errors/errors.ts';
import type { Database } from './database.ts';
import { SecondConnectionInTransaction } from './guard.ts';

export interface OrmOptions {
  /** The Postgres schema of the OS; every table without one of its own is in it. */
  schema: string;
  entities: NonNullable<Options['entities']>;
  filters?: Options['filters'];
  /** Where MikroORM's own messages go; by default nowhere, since its errors are thrown as well. */
  logger?: (message: string) => void;
}

/**
 * What MikroORM expects dates and times to come as: it reads the text itself, according to each property. With the
 * pool's own parsers it would get what `pg` had already made of them. Everything else is read as `pg` reads it.
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
 * An ORM for the entities of one OS. It uses the connections of `database` and makes none, so it can be closed, or not,
 * without a consequence for the others; it sends nothing before it is used. The schema is the work of `migrate`, never
 * of the ORM.
 */
export function createOrm(database: Database, { schema, entities, filters = {}, logger }: OrmOptions): MikroORM {
  // Kysely's type asks for a narrower result than the one that `pg` declares; it is made for `pg`.
  const pool = database.pool.withTypes(ormTypes) as unknown as PostgresPool;
  const orm = new MikroORM({
    driverOptions: new PostgresDialect({ pool }),
    // The pool knows its database; MikroORM only wants a name.
    dbName: schema,
    schema,
    entities,
    filters,
    namingStrategy: UnderscoreNamingStrategy,
    timezone: 'UTC',
    forceUtcTimezone: true,
    allowGlobalContext: false,
    ensureDatabase: false,
    // A new row is read before it is stored: what was not given is null in it, as in the database, and not undefined.
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

/**
 * MikroORM makes a DriverException of whatever its connection throws; what the pool itself has to say stays what it is.
 */
function keepHouseErrors(orm: MikroORM): void {
  const converter = orm.driver.getPlatform().getExceptionConverter();
  const convert = converter.convertException.bind(converter);
  converter.convertException = (error) => {
    if (error instanceof SecondConnectionInTransaction || error instanceof EnsembleError) throw error;
    return convert(error);
  };
}
