import type { Migration } from '../../../platform/database/migrations.ts';

/** The actor who placed the leading hidden maximum: a delegate knows only the maximum they placed. */
export const auction004: Migration = {
  name: '004-placers',
  up: [
    `alter table auctions add column leader_maximum_by text collate "C"`,
    `update auctions set leader_maximum_by = leader_id`,
  ],
};
