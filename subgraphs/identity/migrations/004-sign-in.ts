import type { Migration } from '../../../platform/database/migrations.ts';
import { standardColumnsSql } from '../../../platform/nouns/entity.ts';

/** Refused sign-ins, counted by account, by network and by both; and the sessions of operators who act on behalf of others. */
export const identity004SignIn: Migration = {
  name: '004-sign-in',
  up: [
    `create table sign_in_throttles (${standardColumnsSql},
      key text collate "C" not null,
      failures int not null default 0,
      blocked_until timestamptz(3),
      trusted_at timestamptz(3),
      expires_at timestamptz(3) not null,
      unique (universe_id, key)
    )`,
    `create index sign_in_throttles_by_end on sign_in_throttles (expires_at)`,
    `create index sessions_by_delegate on sessions (delegate_id, created_at)`,
  ],
};
