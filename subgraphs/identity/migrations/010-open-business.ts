import type { Migration } from '../../../platform/database/migrations.ts';
import { standardColumnsSql } from '../../../platform/nouns/entity.ts';

/** Obligations of actors on which others rely, from the facts of other systems. */
export const identity010OpenBusiness: Migration = {
  name: '010-open-business',
  up: [
    `create table open_business (${standardColumnsSql},
      actor_id text collate "C" not null,
      kind text not null,
      subject_id text collate "C" not null,
      unique (subject_id, kind)
    )`,
    `create index open_business_by_actor on open_business (actor_id)`,
  ],
};
