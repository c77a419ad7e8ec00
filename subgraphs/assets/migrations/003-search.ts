import type { Migration } from '../../../platform/database/migrations.ts';

/**
 * Search without accents that includes creators, tags and provenance; further columns for counts and filters; and keys for finding
 * duplicates. `words` keeps its name, because the previous version of the program searches with it as well.
 */
export const assets003: Migration = {
  name: '003-search',
  up: [
    `alter table assets drop column words`,
    `alter table assets
      add column words tsvector generated always as (search.weighted(
        title,
        search.joined(variadic creators),
        search.joined(classification, department, medium, search.joined(variadic tags), accession_number),
        search.joined(description, provenance_text)
      )) stored,
      add column decade int generated always as (extract(decade from created_earliest)::int * 10) stored`,
    `create index assets_by_words on assets using gin (words)`,
    `create index assets_by_creators on assets using gin (creators)`,
    `create index assets_by_tags on assets using gin (tags)`,
    `create index assets_by_decade on assets (universe_id, decade)`,
    `create index assets_by_earliest on assets (universe_id, created_earliest)`,
    `create index assets_by_latest on assets (universe_id, created_latest)`,
    `create index assets_by_source_hash on assets (universe_id, source_hash)`,
  ],
};
