import type { Migration } from '../../../platform/database/migrations.ts';
import { standardColumnsSql } from '../../../platform/nouns/entity.ts';

/**
 * The owners of agents and services, and the members of organizations with their times, filled from earlier facts. And the rest of
 * work that a reaction started: closed sellers whose lots must be withdrawn, and assets whose lots need a new title.
 */
export const auction009: Migration = {
  name: '009-barred',
  up: [
    `create table members (${standardColumnsSql},
      organization_id text collate "C" not null,
      actor_id text collate "C" not null,
      role text not null,
      since timestamptz(3) not null,
      left_at timestamptz(3)
    )`,
    `create index members_by_organization on members (organization_id, actor_id)`,
    `create index members_left on members (left_at) where left_at is not null`,
    `create table owned_actors (${standardColumnsSql}, owner_id text collate "C" not null)`,
    `create table closed_sellers (${standardColumnsSql}, until timestamptz(3) not null)`,
    `alter table assets add column lots_due boolean not null default false`,
    `create index assets_lots_due on assets (id) where lots_due`,
    `alter table auctions add column opening_at timestamptz(3)`,
    `create index auctions_on on auctions ((coalesce(opening_at, opened_at))) where status in ('OPENING', 'OPEN')`,
  ],
};
