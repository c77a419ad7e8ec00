import type { Migration } from '../../../platform/database/migrations.ts';
import { writeMissingWords } from '../search/words.service.ts';

/**
 * Words made by the program and only stored by the database, whose parser splits numbers, hosts, tags and scripts without spaces in ways
 * that do not match searches. `words` keeps its name and the terms of plain words, so the previous version can search with it as well.
 */
export const assets009: Migration = {
  name: '009-words',
  async *up(query) {
    const [kept] = await query(
      `select from information_schema.columns
      where table_schema = current_schema() and table_name = 'assets' and column_name = 'words' and is_generated = 'NEVER'`,
    );
    if (!kept) {
      await query(`alter table assets drop column words`);
      await query(`alter table assets add column words tsvector`);
      await query(`create index assets_without_words on assets (id) where words is null`);
      yield;
    }
    yield* writeMissingWords(query);
    await query(`create index assets_by_words on assets using gin (words)`);
  },
};
