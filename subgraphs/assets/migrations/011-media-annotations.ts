import type { Migration } from '../../../platform/database/migrations.ts';
import { standardColumnsSql } from '../../../platform/nouns/entity.ts';

export const assets011: Migration = {
  name: '011-media-annotations',
  up: [
    `create table media_annotations (${standardColumnsSql},
      version int not null default 1,
      media_id text collate "C" not null,
      created_by text collate "C" not null,
      motivation text not null,
      "text" text,
      language text,
      region jsonb,
      outline text,
      archived_at timestamptz(3)
    )`,
    `create index media_annotations_of_media on media_annotations (media_id, created_at, id)`,
    `create index media_annotations_by_motivation on media_annotations (universe_id, motivation, created_at, id)`,
    `create index media_annotations_by_age on media_annotations (universe_id, created_at, id)`,
    `create index media_annotations_by_change on media_annotations (universe_id, updated_at, id)`,
  ],
};
