import type { OsMigrations } from '../database/migrations.ts';

/**
 * What every OS searches with, in a schema of its own: one configuration for all languages that knows no accents, and functions
 * for columns that the database keeps up to date by itself. They are declared immutable because each names its dictionary
 * (https://www.postgresql.org/docs/15/unaccent.html); whoever changes the rules of that dictionary writes the columns anew.
 */
export const searchMigrations: OsMigrations = {
  os: 'search',
  extensions: ['unaccent', 'pg_trgm'],
  migrations: [
    {
      name: '001-words',
      up: [
        `create text search configuration search.words (copy = pg_catalog.simple)`,
        `alter text search configuration search.words
          alter mapping for asciiword, word, numword, asciihword, hword, numhword, hword_asciipart, hword_part, hword_numpart
          with public.unaccent, pg_catalog.simple`,
        // One form for what can be written in two, and "recto/verso" as two words instead of a path. Both are slow and seldom needed.
        `create function search.plain(value text) returns text language sql immutable parallel safe
          return case
            when position('/' in value) > 0 then regexp_replace(
              normalize(value, NFC) collate "und-x-icu", '([[:alnum:]])/(?=[[:alnum:]])', '\\1 / ', 'g')
            when octet_length(value) = char_length(value) then value
            else normalize(value, NFC)
          end`,
        `create function search.joined(variadic parts text[]) returns text language sql immutable parallel safe
          return array_to_string(parts, ' ')`,
        `create function search.weighted(a text, b text, c text, d text) returns tsvector language sql immutable parallel safe
          return setweight(to_tsvector('search.words'::regconfig, search.plain(coalesce(a, ''))), 'A')
            || setweight(to_tsvector('search.words'::regconfig, search.plain(coalesce(b, ''))), 'B')
            || setweight(to_tsvector('search.words'::regconfig, search.plain(coalesce(c, ''))), 'C')
            || setweight(to_tsvector('search.words'::regconfig, search.plain(coalesce(d, ''))), 'D')`,
      ],
    },
  ],
};
