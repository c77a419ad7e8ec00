import type { Migration } from '../../../platform/database/migrations.ts';

/**
 * Links with a target of another owner need that owner's consent. Older links with targets that no system of the graph has, or with
 * assets of other owners, were never confirmed and become proposals.
 */
export const assets012: Migration = {
  name: '012-link-consent',
  up: [
    `alter table asset_links
      add column status text not null default 'ACCEPTED',
      add column proposer_id text collate "C",
      add column target_owner_id text collate "C",
      add column answered_by text collate "C",
      add column answered_at timestamptz(3)`,
    `update asset_links l set proposer_id = a.owner_id from assets a where a.id = l.asset_id`,
    `update asset_links l set target_owner_id = t.owner_id from assets t
      where t.id = l.target and l.kind not in ('ON_CHAIN', 'STORAGE', 'WEB')`,
    `update asset_links set status = 'PROPOSED'
      where kind not in ('ON_CHAIN', 'STORAGE', 'WEB') and target_owner_id is distinct from proposer_id`,
    `create index asset_links_by_target_owner on asset_links (target_owner_id, status, proposer_id)`,
    `create index asset_links_by_age on asset_links (universe_id, created_at, id)`,
    `create index asset_links_by_kind on asset_links (universe_id, kind)`,
    `create index asset_links_by_status on asset_links (universe_id, status)`,
  ],
};
