import type { Migration } from '../../../platform/database/migrations.ts';
import { standardColumnsSql } from '../../../platform/nouns/entity.ts';

/** Who founded which organization, since a seller founds one after the opening too. The facts of former days fill it. */
export const auction005: Migration = {
  name: '005-founders',
  up: [
    `create table founded_organizations (${standardColumnsSql},
      founder_id text collate "C" not null
    )`,
  ],
};
