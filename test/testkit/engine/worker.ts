/**
 * The thread of an embedded database that can be brought back to the moment at which it was opened. Erasable TypeScript only: Node
 * loads this file by stripping its types.
 */
import { serve } from '../../../platform/database/embedded/serve.ts';
import { Snapshot, type Program } from './snapshot.ts';

/** What the OSes use of libraries. They are loaded first, because what is loaded later cannot be taken back. */
const libraries = ['plpgsql', 'dict_snowball', 'btree_gist', 'citext', 'pg_trgm', 'unaccent', 'vector'];
const loaded = 'select module_name, version, file_name from pg_get_loaded_modules() order by file_name';

await serve(async (database) => {
  for (const library of libraries) await database.exec(`load '${library}'`);
  const libraryList = async (): Promise<string> => JSON.stringify((await database.query(loaded)).rows);
  const before = await libraryList();
  const snapshot = new Snapshot(database.Module as unknown as Program);
  return async () => {
    try {
      // Whatever was left open; outside of a transaction it does nothing.
      await database.exec('rollback');
      if ((await libraryList()) !== before) return false;
    } catch {
      // Its session is in a state in which it cannot even be asked.
      return false;
    }
    return snapshot.restore();
  };
});
