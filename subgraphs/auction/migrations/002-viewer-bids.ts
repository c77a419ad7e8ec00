import type { Migration } from '../../../platform/database/migrations.ts';

/** Lists the viewer's own bids by time, including raises and sealed ones. */
export const auction002: Migration = {
  name: '002-viewer-bids',
  up: [`create index bids_of_bidder on bids (bidder_id, placed_at, id)`],
};
