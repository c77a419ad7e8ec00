import type { Migration } from '../../../platform/database/migrations.ts';
import { standardColumnsSql } from '../../../platform/nouns/entity.ts';

/** Structures, source kinds, sale, categories, traits, parts, links, transfers, and the vocabulary of tags. */
export const assets004: Migration = {
  name: '004-registry',
  up: [
    `alter table assets
      add column source_kind text not null default 'UPLOADED',
      add column imported_for text collate "C",
      add column sale_id text collate "C",
      add column category_id text collate "C",
      add column structure_type text,
      add column structure_version int,
      add column structure jsonb,
      add column traits jsonb not null default '[]',
      add column value_minor numeric(38,0),
      add column value_currency text`,
    `update assets set source_kind = 'IMPORTED', imported_for = owner_id where source is not null`,
    // An import identifies its assets by the owner at the time of the import, also after a transfer.
    `alter table assets drop constraint assets_universe_id_owner_id_source_source_id_key`,
    `alter table assets add unique (universe_id, imported_for, source, source_id)`,
    // Tags were stored as sent; from now on they are in lower case, with single spaces and without duplicates.
    `update assets a set tags = array(
        select t.tag from (
          select distinct on (n.tag) n.tag, n.place from (
            select lower(regexp_replace(btrim(u.tag), '\\s+', ' ', 'g')) as tag, u.place
            from unnest(a.tags) with ordinality as u(tag, place)
          ) n where n.tag <> '' order by n.tag, n.place
        ) t order by t.place
      ) where a.tags <> '{}'`,
    `create index assets_by_source_kind on assets (universe_id, source_kind)`,
    `create index assets_by_structure_type on assets (universe_id, structure_type)`,
    `create index assets_by_category on assets (universe_id, category_id)`,
    `create index assets_by_tag on assets using gin (tags)`,
    `create table asset_tags (${standardColumnsSql},
      name text collate "C" not null,
      unique (universe_id, name)
    )`,
    `insert into asset_tags (id, universe_id, created_at, updated_at, name)
      select 'tag_' || replace(gen_random_uuid()::text, '-', ''), universe_id, now(), now(), tag
      from (select distinct universe_id, unnest(tags) as tag from assets) t`,
    `create table asset_parts (${standardColumnsSql},
      whole_id text collate "C" not null,
      part_id text collate "C" not null,
      place int not null,
      unique (whole_id, part_id)
    )`,
    `create index asset_parts_in_order on asset_parts (whole_id, place)`,
    `create index asset_parts_by_part on asset_parts (part_id, whole_id)`,
    `create table asset_links (${standardColumnsSql},
      asset_id text collate "C" not null,
      kind text not null,
      target text collate "C" not null,
      relation text,
      created_by text collate "C" not null,
      unique (asset_id, kind, target)
    )`,
    `create index asset_links_by_target on asset_links (universe_id, target, asset_id)`,
    `create table asset_transfers (${standardColumnsSql},
      asset_id text collate "C" not null,
      asset_title text not null,
      from_id text collate "C" not null,
      to_id text collate "C" not null,
      status text not null,
      note text,
      created_by text collate "C" not null,
      answered_by text collate "C",
      answered_at timestamptz(3)
    )`,
    // An asset is offered to one receiver at a time.
    `create unique index asset_transfers_pending on asset_transfers (asset_id) where status = 'PENDING'`,
    `create index asset_transfers_by_asset on asset_transfers (asset_id, created_at)`,
    `create index asset_transfers_by_age on asset_transfers (universe_id, created_at, id)`,
    `create index asset_transfers_by_sender on asset_transfers (from_id, created_at)`,
    `create index asset_transfers_by_receiver on asset_transfers (to_id, created_at)`,
    `create index asset_transfers_by_status on asset_transfers (universe_id, status)`,
    `create table categories (${standardColumnsSql},
      version int not null default 1,
      slug text collate "C" not null,
      name text collate "und-x-icu" not null,
      description text,
      parent_id text collate "C",
      path text collate "C" not null,
      depth int not null,
      owner_id text collate "C",
      created_by text collate "C",
      archived_at timestamptz(3),
      unique (universe_id, path)
    )`,
    `create index categories_by_parent on categories (parent_id)`,
    `create index categories_by_slug on categories (universe_id, slug)`,
    `create index categories_by_depth on categories (universe_id, depth)`,
    `create index categories_by_owner on categories (owner_id)`,
    `create index categories_by_age on categories (universe_id, created_at, id)`,
    `create index categories_by_name on categories (universe_id, name, id)`,
  ],
};
