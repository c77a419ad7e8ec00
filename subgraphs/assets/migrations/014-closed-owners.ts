import type { Migration } from '../../../platform/database/migrations.ts';
import { standardColumnsSql } from '../../../platform/nouns/entity.ts';

/** Whose assets are to be archived, since they are closed; the id is theirs. */
export const assets014ClosedOwners: Migration = {
  name: '014-closed-owners',
  up: [`create table closed_owners (${standardColumnsSql}, until timestamptz(3) not null)`],
};
