import type { Migration } from '../../../platform/database/migrations.ts';
import { writeEarlierStates, writeEarlierTitles } from '../asset/earlier-titles.service.ts';

/** Which imported assets everybody sees, as the facts of former days tell it; their lots are found by their titles then. */
export const auction011: Migration = {
  name: '011-earlier-states',
  async *up(query) {
    await writeEarlierStates(query);
    yield;
    yield* writeEarlierTitles(query);
  },
};
