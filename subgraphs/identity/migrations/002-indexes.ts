import type { Migration } from '../../../platform/database/migrations.ts';

/** What clients filter by and 001 left without an index. */
export const identity002: Migration = {
  name: '002-indexes',
  up: [
    `create index memberships_by_role on memberships (universe_id, role)`,
    `create index actors_by_owner on actors (universe_id, owner_id)`,
    `create index actors_by_organization_kind on actors (universe_id, organization_kind)`,
  ],
};
