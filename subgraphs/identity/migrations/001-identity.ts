import type { Migration } from '../../../platform/database/migrations.ts';
import { standardColumnsSql } from '../../../platform/nouns/entity.ts';

export const identity001: Migration = {
  name: '001-identity',
  up: [
    `create table actors (${standardColumnsSql},
      kind text not null check (kind in ('USER', 'ORGANIZATION', 'AGENT', 'SERVICE')),
      display_name text collate "und-x-icu" not null,
      avatar text,
      email text,
      owner_id text collate "C",
      organization_kind text check (organization_kind in ('COMPANY', 'BRAND', 'GROUP')),
      asset_count int not null default 0,
      platform_roles text[] not null default '{}',
      rights_version int not null default 1,
      unique (universe_id, email)
    )`,
    `create index actors_by_name on actors (universe_id, kind, display_name, id)`,
    `create index actors_by_age on actors (universe_id, kind, created_at, id)`,
    `create table credentials (${standardColumnsSql},
      password_hash text not null,
      failures int not null default 0,
      failed_at timestamptz(3)
    )`,
    `create table memberships (${standardColumnsSql},
      organization_id text collate "C" not null,
      actor_id text collate "C" not null,
      role text not null,
      unique (organization_id, actor_id)
    )`,
    `create index memberships_by_actor on memberships (actor_id)`,
    `create table sessions (${standardColumnsSql},
      actor_id text collate "C" not null,
      delegate_id text collate "C",
      ip text,
      user_agent text,
      used_at timestamptz(3) not null,
      expires_at timestamptz(3) not null,
      revoked_at timestamptz(3)
    )`,
    `create index sessions_by_actor on sessions (actor_id, created_at)`,
    `create table refresh_tokens (${standardColumnsSql},
      session_id text collate "C" not null,
      hash text not null unique,
      used_at timestamptz(3),
      expires_at timestamptz(3) not null
    )`,
    `create index refresh_tokens_by_session on refresh_tokens (session_id)`,
    `create table service_keys (${standardColumnsSql},
      service_id text collate "C" not null,
      name text not null,
      hash text not null unique,
      scopes text[],
      expires_at timestamptz(3),
      revoked_at timestamptz(3)
    )`,
    `create index service_keys_by_service on service_keys (service_id)`,
    `create table signing_keys (${standardColumnsSql},
      public_key jsonb not null,
      sealed_private_key text not null
    )`,
  ],
};
