import type { Migration } from '../../../platform/database/migrations.ts';
import { writeMissingWords } from '../actor/name-words.ts';

/**
 * Words of names that the program makes, as those of every other search are: the parser of Postgres kept accents, took "st.example" for
 * a host, and read a name without spaces as one word.
 */
export const identity014NameWords: Migration = {
  name: '014-name-words',
  up: async (query) => {
    await query(`alter table actors drop column words`);
    await query(`alter table actors add column words tsvector`);
    await query(`create index actors_without_words on actors (id) where words is null`);
    await writeMissingWords(query);
    await query(`create index actors_by_words on actors using gin (words)`);
  },
};
