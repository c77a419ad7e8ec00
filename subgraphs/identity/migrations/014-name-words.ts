import type { Migration } from '../../../platform/database/migrations.ts';
import { writeMissingWords } from '../actor/name-words.ts';

/**
 * Words of names made by the program, as in every other search: the parser of Postgres kept accents, took "st.example" for a host, and
 * read a name without spaces as one word.
 */
export const identity014NameWords: Migration = {
  name: '014-name-words',
  async *up(query) {
    const [kept] = await query(
      `select from information_schema.columns
      where table_schema = current_schema() and table_name = 'actors' and column_name = 'words' and is_generated = 'NEVER'`,
    );
    if (!kept) {
      await query(`alter table actors drop column words`);
      await query(`alter table actors add column words tsvector`);
      await query(`create index actors_without_words on actors (id) where words is null`);
      yield;
    }
    yield* writeMissingWords(query);
    await query(`create index actors_by_words on actors using gin (words)`);
  },
};
