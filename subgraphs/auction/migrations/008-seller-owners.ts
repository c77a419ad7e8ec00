import type { Migration } from '../../../platform/database/migrations.ts';

/** The owner of the selling agent or service. Existing lots do not have it; a draft gets it when its seller opens it. */
export const auction008: Migration = {
  name: '008-seller-owners',
  up: [`alter table auctions add column seller_owner_id text collate "C"`],
};
