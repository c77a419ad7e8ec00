import type { Migration } from '../../../platform/database/migrations.ts';

/** Who placed the hidden maximum that leads: somebody who acts on the bidder's behalf knows the own one and no other. */
export const auction004: Migration = {
  name: '004-placers',
  up: [
    `alter table auctions add column leader_maximum_by text collate "C"`,
    `update auctions set leader_maximum_by = leader_id`,
  ],
};
