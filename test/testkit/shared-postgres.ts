import { afterAll, inject } from 'vitest';
import { databasesOn } from './databases.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Only for files named `*.pg.test.ts`. */
    postgres: { url: string; prefix: string };
  }
}

/** The run's one Postgres, as a test file sees it. */
export interface SharedPostgres {
  readonly url: string;
  /** Creates a database that is dropped after this file's tests; `template` is the url of one to copy. */
  createDatabase(template?: string): Promise<string>;
  dropDatabase(url: string): Promise<void>;
  /** The url of a database filled once per run and key, for `createDatabase`. */
  template(key: string, fill: (url: string) => Promise<void>): Promise<string>;
}

/** The run's Postgres for all `*.pg.test.ts` files. Call it at the top of such a file; without a Postgres the file is skipped before. */
export function sharedPostgres(): SharedPostgres {
  const given = inject('postgres') as { url: string; prefix: string } | undefined;
  if (given === undefined) throw new Error('Only a file called *.pg.test.ts has a Postgres: rename this one.');
  const databases = databasesOn(given.url, given.prefix);
  const made = new Set<string>();
  afterAll(async () => {
    for (const url of made) await databases.dropDatabase(url);
  });
  return {
    url: databases.url,
    template: databases.template,
    createDatabase: async (template) => {
      const url = await databases.createDatabase(template);
      made.add(url);
      return url;
    },
    dropDatabase: async (url) => {
      await databases.dropDatabase(url);
      made.delete(url);
    },
  };
}
