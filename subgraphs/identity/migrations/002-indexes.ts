import type { Migration } from '../../../platform/database/migrations.ts';

/** Indexes for filters that 001 did not cover. */
export const identity002: Migration = {
  name: '002-indexes',
  up: [
    `create index memberships_by_role on memberships (universe_id, role)`,
    `create index actors_by_owner on actors (universe_id, owner_id)`,
    `create index actors_by_organization_kind on actors (universe_id, organization_kind)`,
  ],
};
