import type { Migration } from '../../../platform/database/migrations.ts';
import { writeEarlierTitles } from '../asset/earlier-titles.service.ts';

/** Titles that were told before this OS kept them: the log still has them, and lots are found by them. */
export const auction010: Migration = {
  name: '010-earlier-titles',
  up: (query) => writeEarlierTitles(query),
};
