import type { Migration } from '../../../platform/database/migrations.ts';
import { standardColumnsSql } from '../../../platform/nouns/entity.ts';

/** Fetches from chains and pages, one row for each source object of an owner. */
export const assets020: Migration = {
  name: '020-record-fetches',
  up: [
    `create table asset_record_fetches (${standardColumnsSql},
      owner_id text collate "C" not null,
      created_by text collate "C" not null,
      requested_by text collate "C" not null,
      kind text not null,
      source text not null,
      reference text collate "C" not null,
      holder text,
      status text not null,
      attempts int not null default 0,
      due_at timestamptz(3),
      asset_id text collate "C",
      problem jsonb,
      notes jsonb not null default '[]',
      reading jsonb,
      finished_at timestamptz(3),
      unique (universe_id, owner_id, source, reference)
    )`,
    `create index asset_record_fetches_due on asset_record_fetches (due_at, id) where due_at is not null`,
    `create index asset_record_fetches_by_age on asset_record_fetches (universe_id, created_at, id)`,
    `create index asset_record_fetches_by_owner on asset_record_fetches (owner_id, status)`,
    `create index asset_record_fetches_by_status on asset_record_fetches (universe_id, status)`,
    `create index asset_record_fetches_by_source on asset_record_fetches (universe_id, source)`,
    `create index asset_record_fetches_by_asset on asset_record_fetches (asset_id)`,
  ],
};
