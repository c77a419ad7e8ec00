import type { Migration } from '../../../platform/database/migrations.ts';
import { normalizeStoredTexts } from '../../../platform/database/normal-texts.ts';

/** What was stored before texts had one form gets it, or no filter and no search would find it. */
export const auction007: Migration = {
  name: '007-normal-texts',
  up: (query, report) => normalizeStoredTexts(query, report),
};
