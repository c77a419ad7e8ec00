import type { Migration } from '../../../platform/database/migrations.ts';
import { writeEarlierStates, writeEarlierTitles } from '../asset/earlier-titles.service.ts';

/** Which imported assets are public, from earlier facts; their lots can then be found by their titles. */
export const auction011: Migration = {
  name: '011-earlier-states',
  async *up(query) {
    await writeEarlierStates(query);
    yield;
    yield* writeEarlierTitles(query);
  },
};
