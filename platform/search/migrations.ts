import type { OsMigrations } from '../database/migrations.ts';

/**
 * The search functions of all OSes, in their own schema: one configuration for all languages that ignores accents, and functions for
 * generated columns. They are declared immutable because each names its dictionary
 * (https://www.postgresql.org/docs/15/unaccent.html); after a change of that dictionary's rules the columns must be rewritten.
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
        // Normalizes to NFC, and splits "recto/verso" into two words instead of a path. Both are slow and rarely needed.
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
