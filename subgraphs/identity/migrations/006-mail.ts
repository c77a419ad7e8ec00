import type { Migration } from '../../../platform/database/migrations.ts';
import { standardColumnsSql } from '../../../platform/nouns/entity.ts';

/** Confirmed e-mail addresses, mails and their links, invitations, and counts of requests. */
export const identity006Mail: Migration = {
  name: '006-mail',
  up: [
    `alter table actors add column email_confirmed_at timestamptz(3)`,
    `create table account_mails (${standardColumnsSql},
      template text not null,
      recipient text not null,
      subject_id text collate "C",
      sealed_token text,
      status text not null check (status in ('WAITING', 'SENT', 'FAILED')),
      attempts int not null default 0,
      next_at timestamptz(3) not null,
      expires_at timestamptz(3) not null,
      sent_at timestamptz(3),
      last_error text,
      requested_by text collate "C",
      correlation_id text collate "C" not null
    )`,
    `create index account_mails_due on account_mails (next_at) where status = 'WAITING'`,
    `create index account_mails_by_status on account_mails (universe_id, status, created_at, id)`,
    `create index account_mails_by_template on account_mails (universe_id, template, created_at, id)`,
    `create index account_mails_by_age on account_mails (universe_id, created_at, id)`,
    `create table one_time_links (${standardColumnsSql},
      purpose text not null,
      subject_id text collate "C" not null,
      address text not null,
      hash text not null unique,
      expires_at timestamptz(3) not null,
      used_at timestamptz(3),
      voided_at timestamptz(3)
    )`,
    // One link per purpose is valid at a time: a new one voids the older.
    `create unique index one_time_links_live on one_time_links (purpose, subject_id) where used_at is null and voided_at is null`,
    `create index one_time_links_by_end on one_time_links (expires_at)`,
    `create table invitations (${standardColumnsSql},
      organization_id text collate "C" not null,
      email text not null,
      role text not null,
      invited_by text collate "C" not null,
      expires_at timestamptz(3) not null,
      accepted_at timestamptz(3),
      accepted_by text collate "C",
      revoked_at timestamptz(3)
    )`,
    `create unique index invitations_open on invitations (organization_id, email) where accepted_at is null and revoked_at is null`,
    `create index invitations_by_email on invitations (universe_id, email) where accepted_at is null and revoked_at is null`,
    `create table request_allowances (${standardColumnsSql},
      count int not null,
      ends_at timestamptz(3) not null
    )`,
    `create index request_allowances_by_end on request_allowances (ends_at)`,
  ],
};
