import type { Migration } from '../../../platform/database/migrations.ts';

/** Which fields of an imported asset were set by hand, and how many of them a run of an import left as they are. */
export const assets013: Migration = {
  name: '013-hand-edits',
  up: [
    `alter table assets add column hand_edits jsonb not null default '{}'`,
    `alter table asset_imports add column kept int not null default 0`,
  ],
};
