/**
 * The thread of an embedded database that can be reset to its state after opening. Erasable TypeScript only: Node loads this file by
 * stripping its types.
 */
import { serve } from '../../../platform/database/embedded/serve.ts';
import { Snapshot, type Program } from './snapshot.ts';

/** The libraries that the OSes use. They are loaded first, because a later load cannot be undone. */
const libraries = ['plpgsql', 'dict_snowball', 'btree_gist', 'citext', 'pg_trgm', 'unaccent', 'vector'];
const loaded = 'select module_name, version, file_name from pg_get_loaded_modules() order by file_name';

await serve(async (database) => {
  for (const library of libraries) await database.exec(`load '${library}'`);
  const libraryList = async (): Promise<string> => JSON.stringify((await database.query(loaded)).rows);
  const before = await libraryList();
  const snapshot = new Snapshot(database.Module as unknown as Program);
  return async () => {
    try {
      // Ends an open transaction, in any state; otherwise it does nothing.
      await database.exec('rollback');
      if ((await libraryList()) !== before) return false;
    } catch {
      // The session no longer accepts queries.
      return false;
    }
    return snapshot.restore();
  };
});
