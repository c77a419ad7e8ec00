import type { Migration } from '../../../platform/database/migrations.ts';

/** The viewer's own bids are listed by time, the raises and sealed ones among them. */
export const auction002: Migration = {
  name: '002-viewer-bids',
  up: [`create index bids_of_bidder on bids (bidder_id, placed_at, id)`],
};
