import type { Migration } from '../../../platform/database/migrations.ts';

/** Indexes for filters that 001 did not cover. */
export const assets002: Migration = {
  name: '002-indexes',
  up: [`create index asset_imports_by_source on asset_imports (universe_id, source)`],
};
