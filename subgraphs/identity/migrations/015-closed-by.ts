import type { Migration } from '../../../platform/database/migrations.ts';

/** Who closed an organization, so that they may repeat the call although it has no members any more. */
export const identity015ClosedBy: Migration = {
  name: '015-closed-by',
  up: [`alter table actors add column closed_by text collate "C"`],
};
