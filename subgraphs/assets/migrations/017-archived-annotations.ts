import type { Migration } from '../../../platform/database/migrations.ts';

/**
 * Whose the asset was when an annotation was archived. Of what was archived before, that is known of what today's owners wrote
 * themselves; the rest is read by operators alone, since a buyer must not read what the seller put away.
 */
export const assets017: Migration = {
  name: '017-archived-annotations',
  up: [
    `alter table media_annotations add column archived_owner_id text collate "C"`,
    `update media_annotations n set archived_owner_id = a.owner_id
      from media m join assets a on a.id = m.asset_id
      where n.media_id = m.id and n.archived_at is not null and n.created_by = a.owner_id`,
  ],
};
