import { createHash, randomBytes } from 'node:crypto';
import { Client, escapeIdentifier, escapeLiteral } from 'pg';

/** Databases on one server, created for tests with a common name prefix. */
export interface Databases {
  /** The server's default database, for connections that belong to no test. */
  readonly url: string;
  readonly prefix: string;
  /**
   * Creates a database with a random name and returns its url. `template` is the url of a database to copy (40 ms, whatever its
   * size); it must have no connections meanwhile.
   */
  createDatabase(template?: string): Promise<string>;
  /** Drops a database created here, with its connections. */
  dropDatabase(url: string): Promise<void>;
  /**
   * The url of a database filled by `fill`, for `createDatabase`. It is filled once per run and `key`, by the test file that asks
   * first; others wait. `fill` must close its connections.
   */
  template(key: string, fill: (url: string) => Promise<void>): Promise<string>;
  /** Drops all databases with the prefix. */
  dropAll(): Promise<void>;
}

function nameIn(url: string): string {
  return decodeURIComponent(new URL(url).pathname.slice(1));
}

export function databasesOn(url: string, prefix: string): Databases {
  const urlOf = (name: string): string => {
    const made = new URL(url);
    made.pathname = `/${name}`;
    return made.href;
  };
  const own = (name: string): string => {
    if (!name.startsWith(`${prefix}_`)) throw new Error(`The database ${name} was not made by this testkit.`);
    return escapeIdentifier(name);
  };
  const onServer = async <T>(use: (client: Client) => Promise<T>): Promise<T> => {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      return await use(client);
    } finally {
      await client.end();
    }
  };
  const drop = async (client: Client, name: string): Promise<void> => {
    await client.query(`drop database if exists ${own(name)} with (force)`);
  };

  return {
    url,
    prefix,
    createDatabase: (template) =>
      onServer(async (client) => {
        const name = `${prefix}_${randomBytes(6).toString('hex')}`;
        const source = template === undefined ? 'template0' : nameIn(template);
        await client.query(`create database ${own(name)} template ${escapeIdentifier(source)}`);
        return urlOf(name);
      }),
    dropDatabase: (database) => onServer((client) => drop(client, nameIn(database))),
    template: (key, fill) =>
      onServer(async (client) => {
        const name = `${prefix}_t_${createHash('sha256').update(key).digest('hex').slice(0, 16)}`;
        const filling = `${name}_f`;
        // The lock ends with the connection, so a worker that dies while filling blocks no other.
        await client.query('select pg_advisory_lock(hashtextextended($1, 0))', [name]);
        const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
        if (rowCount === 0) {
          await drop(client, filling);
          await client.query(`create database ${own(filling)} template template0`);
          await fill(urlOf(filling));
          await client.query(`alter database ${own(filling)} rename to ${own(name)}`);
        }
        return urlOf(name);
      }),
    dropAll: () =>
      onServer(async (client) => {
        const made = await client.query<{ datname: string }>(
          `select datname from pg_database where starts_with(datname, ${escapeLiteral(`${prefix}_`)})`,
        );
        for (const { datname } of made.rows) await drop(client, datname);
      }),
  };
}
