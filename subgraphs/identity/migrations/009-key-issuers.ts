import type { Migration } from '../../../platform/database/migrations.ts';

/** Who made a key stands behind what is done with it. */
export const identity009KeyIssuers: Migration = {
  name: '009-key-issuers',
  up: [`alter table actor_keys add column issued_by text collate "C"`],
};
