import type { Migration } from '../../../platform/database/migrations.ts';

/** The fields of imported assets that were edited by hand, and the number of them that a run of an import has kept. */
export const assets013: Migration = {
  name: '013-hand-edits',
  up: [
    `alter table assets add column hand_edits jsonb not null default '{}'`,
    `alter table asset_imports add column kept int not null default 0`,
  ],
};
