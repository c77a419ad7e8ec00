import type { Migration } from '../../../platform/database/migrations.ts';

/** The same spelling of the cancelled status as in the other systems. */
export const auction006: Migration = {
  name: '006-cancelled',
  up: [`update auctions set status = 'CANCELLED' where status = 'CANCELED'`],
};
