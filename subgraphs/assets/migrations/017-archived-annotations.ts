import type { Migration } from '../../../platform/database/migrations.ts';

/**
 * The owner of the asset when an annotation was archived. For older ones it is known only if the present owner wrote them; the rest is
 * visible to operators only, because a buyer must not read what the seller archived.
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
