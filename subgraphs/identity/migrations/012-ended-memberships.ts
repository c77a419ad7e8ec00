import type { Migration } from '../../../platform/database/migrations.ts';
import { standardColumnsSql } from '../../../platform/nouns/entity.ts';

/** Removed memberships, kept for a time so that a repeated removal gets the same answer. */
export const identity012EndedMemberships: Migration = {
  name: '012-ended-memberships',
  up: [
    `create table ended_memberships (${standardColumnsSql},
      organization_id text collate "C" not null,
      actor_id text collate "C" not null,
      role text not null,
      ended_at timestamptz(3) not null
    )`,
    `create index ended_memberships_by_actor on ended_memberships (actor_id)`,
    `create index ended_memberships_by_organization on ended_memberships (organization_id)`,
    `create index ended_memberships_by_end on ended_memberships (ended_at)`,
  ],
};
