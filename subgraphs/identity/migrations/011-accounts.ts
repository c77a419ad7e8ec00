import type { Migration } from '../../../platform/database/migrations.ts';

/** The successor of a refresh token, for a client that lost the answer; and indexes of waiting mails by subject. */
export const identity011Accounts: Migration = {
  name: '011-accounts',
  up: [
    `alter table refresh_tokens add column sealed_successor text`,
    `create index account_mails_waiting_about on account_mails (subject_id) where status = 'WAITING'`,
    `create index account_mails_waiting_to on account_mails (recipient) where status = 'WAITING'`,
    `create index one_time_links_live_to on one_time_links (address) where used_at is null and voided_at is null`,
  ],
};
