import type { Migration } from '../../../platform/database/migrations.ts';
import { standardColumnsSql } from '../../../platform/nouns/entity.ts';

/**
 * Rows of derivatives, their bytes in total, and the bytes of accounts. Derivatives are rendered again on request, so no backup contains
 * their rows.
 */
export const assets010: Migration = {
  name: '010-media-limits',
  up: [
    `create table derivatives (${standardColumnsSql},
      sha256 text not null,
      bytes int not null,
      used_at timestamptz(3) not null
    )`,
    `create index derivatives_of_original on derivatives (sha256, used_at, id) include (bytes)`,
    `create index derivatives_by_use on derivatives (used_at, id) include (bytes)`,
    `comment on table derivatives is 'derived: of originals, in the object store'`,
    `create table derivative_shelf (${standardColumnsSql},
      bytes bigint not null
    )`,
    `comment on table derivative_shelf is 'derived: of derivatives'`,
    `create index media_by_creator on media (universe_id, created_by) include (size)`,
  ],
};
