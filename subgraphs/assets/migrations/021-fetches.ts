import type { Migration } from '../../../platform/database/migrations.ts';
import { standardColumnsSql } from '../../../platform/nouns/entity.ts';

/** Files that the server fetches from outside: media of assets, and catalogues for imports. */
export const assets021: Migration = {
  name: '021-fetches',
  up: [
    `create table asset_fetches (${standardColumnsSql},
      kind text not null,
      asset_id text collate "C",
      owner_id text collate "C" not null,
      created_by text collate "C" not null,
      acting_for text collate "C",
      correlation_id text collate "C" not null,
      url text not null,
      place text not null,
      status text not null,
      attempts int not null,
      next_at timestamptz(3) not null,
      taken_by text,
      taken_until timestamptz(3),
      received int not null,
      upload_id text collate "C",
      media_id text collate "C",
      import_id text collate "C",
      catalogue jsonb,
      line int not null,
      taken_bytes int not null,
      rejected jsonb not null,
      fault text,
      reason text,
      ended_at timestamptz(3)
    )`,
    // A file is fetched once per asset at a time. Hashed, because an address may be too long for an index.
    `create unique index asset_fetches_once on asset_fetches (asset_id, md5(url)) where status in ('QUEUED', 'RUNNING')`,
    `create index asset_fetches_waiting on asset_fetches (next_at, id) where status = 'QUEUED'`,
    `create index asset_fetches_running on asset_fetches (taken_until, place) where status = 'RUNNING'`,
    `create index asset_fetches_of_account on asset_fetches (created_by) where status in ('QUEUED', 'RUNNING')`,
    `create index asset_fetches_ended on asset_fetches (ended_at) where ended_at is not null`,
    `create index asset_fetches_by_age on asset_fetches (universe_id, created_at, id)`,
    `create index asset_fetches_by_owner on asset_fetches (owner_id, created_at, id)`,
    `create index asset_fetches_by_asset on asset_fetches (asset_id, created_at, id)`,
    `create index asset_fetches_by_import on asset_fetches (import_id, created_at, id)`,
    `create index asset_fetches_by_status on asset_fetches (status, created_at, id)`,
  ],
};
