import type { Migration } from '../../../platform/database/migrations.ts';

/** One spelling for what was cancelled, that of the other systems. */
export const auction006: Migration = {
  name: '006-cancelled',
  up: [`update auctions set status = 'CANCELLED' where status = 'CANCELED'`],
};
