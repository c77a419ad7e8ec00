import { afterAll, beforeAll, describe } from 'vitest';
import { type Database, openDatabase } from '../../../platform/database/database.ts';
import { sharedPostgres } from '../../testkit/shared-postgres.ts';

export const kinds = ['embedded', 'postgres'] as const;

/** Runs tests on each kind of database, with one database per kind. Only in a `*.pg.test.ts`. */
export function onBoth(tests: (database: () => Database) => void): void {
  const postgres = sharedPostgres();
  describe.each(kinds)('%s', (kind) => {
    let database: Database;
    beforeAll(async () => {
      database = await openDatabase(
        kind === 'embedded' ? { inMemory: true } : { url: await postgres.createDatabase(), poolSize: 5 },
      );
    });
    afterAll(() => database.close());
    tests(() => database);
  });
}
