import type { Migration } from '../../../platform/database/migrations.ts';
import { normalizeStoredTexts } from '../../../platform/database/normal-texts.ts';

/** Normalizes texts stored before texts had one form; otherwise no filter or search would find them. */
export const auction007: Migration = {
  name: '007-normal-texts',
  up: (query, report) => normalizeStoredTexts(query, report),
};
