import type { Migration } from '../../../platform/database/migrations.ts';

/** A link that undoes a change of address stays valid beside that of the next change, which was sent to another address. */
export const identity017StopLinks: Migration = {
  name: '017-stop-links',
  up: [
    `drop index one_time_links_live`,
    `create unique index one_time_links_live on one_time_links (purpose, subject_id)
     where used_at is null and voided_at is null and purpose <> 'EMAIL_CHANGE_STOP'`,
    `create unique index one_time_links_live_stops on one_time_links (subject_id, address)
     where used_at is null and voided_at is null and purpose = 'EMAIL_CHANGE_STOP'`,
  ],
};
