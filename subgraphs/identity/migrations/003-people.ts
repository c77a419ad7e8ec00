import type { Migration } from '../../../platform/database/migrations.ts';

/** Profiles, discoverability and the closing of accounts. */
export const identity003People: Migration = {
  name: '003-people',
  up: [
    `alter table actors
      add column version int not null default 1,
      add column biography text,
      add column links jsonb not null default '[]',
      add column locale text,
      add column time_zone text,
      add column discoverable text not null default 'MEMBERS' check (discoverable in ('EVERYONE', 'MEMBERS', 'NOBODY')),
      add column closed_at timestamptz(3),
      add column words tsvector generated always as (to_tsvector('simple', display_name)) stored`,
    // Organizations were listed for everybody until now; people never were.
    `update actors set discoverable = 'EVERYONE' where kind = 'ORGANIZATION'`,
    `create index actors_by_words on actors using gin (words)`,
    `create index actors_of_all_kinds_by_name on actors (universe_id, display_name, id)`,
    `create index actors_of_all_kinds_by_age on actors (universe_id, created_at, id)`,
  ],
};
