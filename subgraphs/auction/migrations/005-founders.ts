import type { Migration } from '../../../platform/database/migrations.ts';
import { standardColumnsSql } from '../../../platform/nouns/entity.ts';

/** The founders of organizations, since a seller may found one after the opening. Earlier facts fill the table. */
export const auction005: Migration = {
  name: '005-founders',
  up: [
    `create table founded_organizations (${standardColumnsSql},
      founder_id text collate "C" not null
    )`,
  ],
};
