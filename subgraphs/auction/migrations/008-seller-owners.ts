import type { Migration } from '../../../platform/database/migrations.ts';

/** To whom the agent or service belongs that sells. Lots of before do not know it; a draft learns it when its seller opens it. */
export const auction008: Migration = {
  name: '008-seller-owners',
  up: [`alter table auctions add column seller_owner_id text collate "C"`],
};
