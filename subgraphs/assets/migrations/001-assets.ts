import type { Migration } from '../../../platform/database/migrations.ts';
import { standardColumnsSql } from '../../../platform/nouns/entity.ts';

export const assets001: Migration = {
  name: '001-assets',
  up: [
    `create table assets (${standardColumnsSql},
      version int not null default 1,
      title text collate "und-x-icu" not null,
      description text,
      kind text not null,
      status text not null,
      owner_id text collate "C" not null,
      created_by text collate "C" not null,
      source text,
      source_id text,
      source_url text,
      source_hash text,
      creators text[] not null default '{}',
      creator text collate "und-x-icu",
      classification text,
      department text,
      medium text,
      creation_date text,
      created_earliest date,
      created_latest date,
      acquired_on date,
      accession_number text,
      credit_line text,
      provenance_text text,
      tags text[] not null default '{}',
      details jsonb,
      words tsvector generated always as (
        setweight(to_tsvector('simple', title), 'A')
        || setweight(to_tsvector('simple', coalesce(creator, '')), 'A')
        || setweight(to_tsvector('simple', coalesce(medium, '') || ' ' || coalesce(classification, '') || ' ' || coalesce(department, '')), 'B')
        || setweight(to_tsvector('simple', coalesce(description, '')), 'C')
      ) stored,
      unique (universe_id, owner_id, source, source_id)
    )`,
    `create index assets_by_age on assets (universe_id, created_at, id)`,
    `create index assets_by_update on assets (universe_id, updated_at, id)`,
    `create index assets_by_title on assets (universe_id, title, id)`,
    `create index assets_by_owner on assets (owner_id, created_at, id)`,
    `create index assets_by_status on assets (universe_id, status)`,
    `create index assets_by_kind on assets (universe_id, kind)`,
    `create index assets_by_creator on assets (universe_id, creator)`,
    `create index assets_by_classification on assets (universe_id, classification)`,
    `create index assets_by_department on assets (universe_id, department)`,
    `create index assets_by_acquisition on assets (universe_id, acquired_on)`,
    `create index assets_by_source on assets (universe_id, source)`,
    `create index assets_by_words on assets using gin (words)`,
    `create table asset_imports (${standardColumnsSql},
      owner_id text collate "C" not null,
      created_by text collate "C" not null,
      source text not null,
      run text not null,
      total int,
      last_line int not null,
      created int not null,
      updated int not null,
      unchanged int not null,
      rejected int not null,
      unique (universe_id, owner_id, source, run)
    )`,
    `create index asset_imports_by_age on asset_imports (universe_id, created_at, id)`,
  ],
};
