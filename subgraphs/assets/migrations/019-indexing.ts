import type { Migration } from '../../../platform/database/migrations.ts';
import { standardColumnsSql } from '../../../platform/nouns/entity.ts';

/** Requests to index drafts; the id is the asset's. Separate from the asset, so that a request does not change it. */
export const assets019: Migration = {
  name: '019-indexing',
  up: [
    `create table asset_indexings (${standardColumnsSql},
      owner_id text collate "C" not null,
      requested_by text collate "C" not null,
      attempts int not null default 0,
      due_at timestamptz(3),
      checked_at timestamptz(3),
      problems jsonb not null default '[]'
    )`,
    `create index asset_indexings_due on asset_indexings (due_at, id)`,
  ],
};
