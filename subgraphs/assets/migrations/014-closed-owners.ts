import type { Migration } from '../../../platform/database/migrations.ts';
import { standardColumnsSql } from '../../../platform/nouns/entity.ts';

/** Closed owners whose assets are to be archived; the id is the owner's. */
export const assets014ClosedOwners: Migration = {
  name: '014-closed-owners',
  up: [`create table closed_owners (${standardColumnsSql}, until timestamptz(3) not null)`],
};
