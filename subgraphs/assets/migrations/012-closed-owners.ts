import type { Migration } from '../../../platform/database/migrations.ts';
import { standardColumnsSql } from '../../../platform/nouns/entity.ts';

/** Whose assets are to be archived, since they are closed; the id is theirs. */
export const assets012ClosedOwners: Migration = {
  name: '012-closed-owners',
  up: [`create table closed_owners (${standardColumnsSql}, until timestamptz(3) not null)`],
};
