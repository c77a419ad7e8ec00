import type { Migration } from '../../../platform/database/migrations.ts';
import { writeEarlierTitles } from '../asset/earlier-titles.service.ts';

/** Titles from facts older than this OS's copies: the log still has them, and lots are searched by them. */
export const auction010: Migration = {
  name: '010-earlier-titles',
  up: (query) => writeEarlierTitles(query),
};
