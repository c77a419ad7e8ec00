import type { Migration } from '../../../platform/database/migrations.ts';

/** What clients filter by and 001 left without an index. */
export const assets002: Migration = {
  name: '002-indexes',
  up: [`create index asset_imports_by_source on asset_imports (universe_id, source)`],
};
