import type { Migration } from '../../../platform/database/migrations.ts';

/** The creator of a key, who is accountable for its use. */
export const identity009KeyIssuers: Migration = {
  name: '009-key-issuers',
  up: [`alter table actor_keys add column issued_by text collate "C"`],
};
