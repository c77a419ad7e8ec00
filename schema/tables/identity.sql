-- Printed from the migrations; for reading, not for running. Columns without a class beside them are internal.

create table identity.account_mails (
  attempts integer not null default 0,
  correlation_id text collate "C" not null,
  created_at timestamp(3) with time zone not null,
  expires_at timestamp(3) with time zone not null,
  id text collate "C" not null,
  last_error text, -- personal
  next_at timestamp(3) with time zone not null,
  recipient text not null, -- personal
  requested_by text collate "C",
  sealed_token text, -- secret
  sent_at timestamp(3) with time zone,
  status text not null,
  subject_id text collate "C",
  template text not null,
  universe_id text not null,
  updated_at timestamp(3) with time zone not null
);
CREATE INDEX account_mails_by_age ON identity.account_mails USING btree (universe_id, created_at, id);
CREATE INDEX account_mails_by_recipient ON identity.account_mails USING btree (universe_id, recipient);
CREATE INDEX account_mails_by_status ON identity.account_mails USING btree (universe_id, status, created_at, id);
CREATE INDEX account_mails_by_subject ON identity.account_mails USING btree (subject_id);
CREATE INDEX account_mails_by_template ON identity.account_mails USING btree (universe_id, template, created_at, id);
CREATE INDEX account_mails_due ON identity.account_mails USING btree (next_at) WHERE (status = 'WAITING'::text);
CREATE UNIQUE INDEX account_mails_pkey ON identity.account_mails USING btree (id);
CREATE INDEX account_mails_waiting_about ON identity.account_mails USING btree (subject_id) WHERE (status = 'WAITING'::text);
CREATE INDEX account_mails_waiting_to ON identity.account_mails USING btree (recipient) WHERE (status = 'WAITING'::text);

create table identity.actor_keys (
  actor_id text collate "C" not null,
  created_at timestamp(3) with time zone not null,
  expires_at timestamp(3) with time zone,
  hash text not null, -- secret
  id text collate "C" not null,
  issued_by text collate "C",
  name text not null,
  revoked_at timestamp(3) with time zone,
  scopes text[],
  universe_id text not null,
  updated_at timestamp(3) with time zone not null
);
CREATE INDEX actor_keys_by_actor ON identity.actor_keys USING btree (actor_id);
CREATE UNIQUE INDEX service_keys_hash_key ON identity.actor_keys USING btree (hash);
CREATE UNIQUE INDEX service_keys_pkey ON identity.actor_keys USING btree (id);

create table identity.actors (
  asset_count integer not null default 0,
  avatar text, -- personal
  avatar_media_id text collate "C", -- personal
  biography text, -- personal
  closed_at timestamp(3) with time zone,
  closed_by text collate "C",
  colliding_email text, -- personal
  created_at timestamp(3) with time zone not null,
  discoverable text not null default 'MEMBERS'::text,
  display_name text collate "und-x-icu" not null, -- personal
  email text, -- personal
  email_confirmed_at timestamp(3) with time zone,
  id text collate "C" not null,
  kind text not null,
  links jsonb not null default '[]'::jsonb, -- personal
  locale text, -- personal
  organization_kind text,
  owned_asset_count integer not null default 0,
  owner_id text collate "C",
  platform_roles text[] not null default '{}'::text[],
  rights_version integer not null default 1,
  time_zone text, -- personal
  universe_id text not null,
  updated_at timestamp(3) with time zone not null,
  version integer not null default 1,
  words tsvector -- personal
);
CREATE INDEX actors_by_age ON identity.actors USING btree (universe_id, kind, created_at, id);
CREATE INDEX actors_by_avatar_media ON identity.actors USING btree (avatar_media_id) WHERE (avatar_media_id IS NOT NULL);
CREATE INDEX actors_by_colliding_email ON identity.actors USING btree (universe_id, colliding_email) WHERE (colliding_email IS NOT NULL);
CREATE INDEX actors_by_name ON identity.actors USING btree (universe_id, kind, display_name, id);
CREATE INDEX actors_by_organization_kind ON identity.actors USING btree (universe_id, organization_kind);
CREATE INDEX actors_by_owner ON identity.actors USING btree (universe_id, owner_id);
CREATE INDEX actors_by_words ON identity.actors USING gin (words);
CREATE INDEX actors_of_all_kinds_by_age ON identity.actors USING btree (universe_id, created_at, id);
CREATE INDEX actors_of_all_kinds_by_name ON identity.actors USING btree (universe_id, display_name, id);
CREATE UNIQUE INDEX actors_pkey ON identity.actors USING btree (id);
CREATE UNIQUE INDEX actors_universe_id_email_key ON identity.actors USING btree (universe_id, email);
CREATE INDEX actors_without_words ON identity.actors USING btree (id) WHERE (words IS NULL);

create table identity.credentials (
  created_at timestamp(3) with time zone not null,
  failed_at timestamp(3) with time zone,
  failures integer not null default 0,
  id text collate "C" not null,
  password_hash text not null, -- secret
  universe_id text not null,
  updated_at timestamp(3) with time zone not null
);
CREATE UNIQUE INDEX credentials_pkey ON identity.credentials USING btree (id);

create table identity.ended_memberships (
  actor_id text collate "C" not null,
  created_at timestamp(3) with time zone not null,
  ended_at timestamp(3) with time zone not null,
  id text collate "C" not null,
  organization_id text collate "C" not null,
  role text not null,
  universe_id text not null,
  updated_at timestamp(3) with time zone not null
);
CREATE INDEX ended_memberships_by_actor ON identity.ended_memberships USING btree (actor_id);
CREATE INDEX ended_memberships_by_end ON identity.ended_memberships USING btree (ended_at);
CREATE INDEX ended_memberships_by_organization ON identity.ended_memberships USING btree (organization_id);
CREATE UNIQUE INDEX ended_memberships_pkey ON identity.ended_memberships USING btree (id);

create table identity.invitations (
  accepted_at timestamp(3) with time zone,
  accepted_by text collate "C",
  actor_id text collate "C",
  created_at timestamp(3) with time zone not null,
  declined_at timestamp(3) with time zone,
  email text, -- personal
  expires_at timestamp(3) with time zone not null,
  id text collate "C" not null,
  invited_by text collate "C" not null,
  organization_id text collate "C" not null,
  revoked_at timestamp(3) with time zone,
  role text not null,
  universe_id text not null,
  updated_at timestamp(3) with time zone not null
);
CREATE INDEX invitations_by_acceptance ON identity.invitations USING btree (accepted_by) WHERE (accepted_by IS NOT NULL);
CREATE INDEX invitations_by_actor ON identity.invitations USING btree (actor_id) WHERE (actor_id IS NOT NULL);
CREATE INDEX invitations_by_email ON identity.invitations USING btree (universe_id, email) WHERE ((accepted_at IS NULL) AND (revoked_at IS NULL));
CREATE UNIQUE INDEX invitations_open ON identity.invitations USING btree (organization_id, email) WHERE ((accepted_at IS NULL) AND (revoked_at IS NULL) AND (declined_at IS NULL));
CREATE UNIQUE INDEX invitations_open_of_actor ON identity.invitations USING btree (organization_id, actor_id) WHERE ((accepted_at IS NULL) AND (revoked_at IS NULL) AND (declined_at IS NULL));
CREATE UNIQUE INDEX invitations_pkey ON identity.invitations USING btree (id);

create table identity.memberships (
  actor_id text collate "C" not null,
  created_at timestamp(3) with time zone not null,
  id text collate "C" not null,
  organization_id text collate "C" not null,
  role text not null,
  universe_id text not null,
  updated_at timestamp(3) with time zone not null
);
CREATE INDEX memberships_by_actor ON identity.memberships USING btree (actor_id);
CREATE INDEX memberships_by_role ON identity.memberships USING btree (universe_id, role);
CREATE UNIQUE INDEX memberships_organization_id_actor_id_key ON identity.memberships USING btree (organization_id, actor_id);
CREATE UNIQUE INDEX memberships_pkey ON identity.memberships USING btree (id);

create table identity.one_time_links (
  address text not null, -- personal
  created_at timestamp(3) with time zone not null,
  expires_at timestamp(3) with time zone not null,
  hash text not null, -- secret
  id text collate "C" not null,
  purpose text not null,
  subject_id text collate "C" not null,
  universe_id text not null,
  updated_at timestamp(3) with time zone not null,
  used_at timestamp(3) with time zone,
  voided_at timestamp(3) with time zone
);
CREATE INDEX one_time_links_by_address ON identity.one_time_links USING btree (universe_id, address);
CREATE INDEX one_time_links_by_end ON identity.one_time_links USING btree (expires_at);
CREATE INDEX one_time_links_by_subject ON identity.one_time_links USING btree (subject_id);
CREATE UNIQUE INDEX one_time_links_hash_key ON identity.one_time_links USING btree (hash);
CREATE UNIQUE INDEX one_time_links_live ON identity.one_time_links USING btree (purpose, subject_id) WHERE ((used_at IS NULL) AND (voided_at IS NULL) AND (purpose <> 'EMAIL_CHANGE_STOP'::text));
CREATE UNIQUE INDEX one_time_links_live_stops ON identity.one_time_links USING btree (subject_id, address) WHERE ((used_at IS NULL) AND (voided_at IS NULL) AND (purpose = 'EMAIL_CHANGE_STOP'::text));
CREATE INDEX one_time_links_live_to ON identity.one_time_links USING btree (address) WHERE ((used_at IS NULL) AND (voided_at IS NULL));
CREATE UNIQUE INDEX one_time_links_pkey ON identity.one_time_links USING btree (id);

create table identity.open_business (
  actor_id text collate "C" not null,
  created_at timestamp(3) with time zone not null,
  id text collate "C" not null,
  kind text not null,
  subject_id text collate "C" not null,
  universe_id text not null,
  updated_at timestamp(3) with time zone not null
);
CREATE INDEX open_business_by_actor ON identity.open_business USING btree (actor_id);
CREATE UNIQUE INDEX open_business_pkey ON identity.open_business USING btree (id);
CREATE UNIQUE INDEX open_business_subject_id_kind_key ON identity.open_business USING btree (subject_id, kind);

create table identity.postal_addresses (
  administrative_area text, -- personal
  archived_at timestamp(3) with time zone,
  country text not null,
  created_at timestamp(3) with time zone not null,
  id text collate "C" not null,
  is_billing_default boolean not null default false,
  is_shipping_default boolean not null default false,
  lines text[] not null, -- personal
  locality text, -- personal
  name text not null, -- personal
  organization_name text, -- personal
  owner_id text collate "C" not null,
  phone text, -- personal
  postal_code text, -- personal
  universe_id text not null,
  updated_at timestamp(3) with time zone not null,
  version integer not null default 1
);
CREATE INDEX postal_addresses_by_owner ON identity.postal_addresses USING btree (owner_id, created_at);
CREATE UNIQUE INDEX postal_addresses_for_billing ON identity.postal_addresses USING btree (owner_id) WHERE is_billing_default;
CREATE UNIQUE INDEX postal_addresses_for_shipping ON identity.postal_addresses USING btree (owner_id) WHERE is_shipping_default;
CREATE UNIQUE INDEX postal_addresses_pkey ON identity.postal_addresses USING btree (id);

create table identity.refresh_tokens (
  created_at timestamp(3) with time zone not null,
  expires_at timestamp(3) with time zone not null,
  hash text not null, -- secret
  id text collate "C" not null,
  sealed_successor text, -- secret
  session_id text collate "C" not null,
  universe_id text not null,
  updated_at timestamp(3) with time zone not null,
  used_at timestamp(3) with time zone
);
CREATE INDEX refresh_tokens_by_end ON identity.refresh_tokens USING btree (expires_at);
CREATE INDEX refresh_tokens_by_session ON identity.refresh_tokens USING btree (session_id);
CREATE UNIQUE INDEX refresh_tokens_hash_key ON identity.refresh_tokens USING btree (hash);
CREATE UNIQUE INDEX refresh_tokens_pkey ON identity.refresh_tokens USING btree (id);

create table identity.request_allowances (
  count integer not null,
  created_at timestamp(3) with time zone not null,
  ends_at timestamp(3) with time zone not null,
  id text collate "C" not null,
  universe_id text not null,
  updated_at timestamp(3) with time zone not null
);
CREATE INDEX request_allowances_by_end ON identity.request_allowances USING btree (ends_at);
CREATE UNIQUE INDEX request_allowances_pkey ON identity.request_allowances USING btree (id);

create table identity.sessions (
  actor_id text collate "C" not null,
  created_at timestamp(3) with time zone not null,
  delegate_id text collate "C",
  expires_at timestamp(3) with time zone not null,
  id text collate "C" not null,
  ip text, -- personal
  revoked_at timestamp(3) with time zone,
  universe_id text not null,
  updated_at timestamp(3) with time zone not null,
  used_at timestamp(3) with time zone not null,
  user_agent text -- personal
);
CREATE INDEX sessions_by_actor ON identity.sessions USING btree (actor_id, created_at);
CREATE INDEX sessions_by_delegate ON identity.sessions USING btree (delegate_id, created_at);
CREATE INDEX sessions_by_end ON identity.sessions USING btree (expires_at);
CREATE INDEX sessions_by_revocation ON identity.sessions USING btree (revoked_at) WHERE (revoked_at IS NOT NULL);
CREATE UNIQUE INDEX sessions_pkey ON identity.sessions USING btree (id);

create table identity.sign_in_throttles (
  blocked_until timestamp(3) with time zone,
  created_at timestamp(3) with time zone not null,
  expires_at timestamp(3) with time zone not null,
  failures integer not null default 0,
  id text collate "C" not null,
  key text collate "C" not null,
  trusted_at timestamp(3) with time zone,
  universe_id text not null,
  updated_at timestamp(3) with time zone not null
);
CREATE INDEX sign_in_throttles_by_end ON identity.sign_in_throttles USING btree (expires_at);
CREATE UNIQUE INDEX sign_in_throttles_pkey ON identity.sign_in_throttles USING btree (id);
CREATE UNIQUE INDEX sign_in_throttles_universe_id_key_key ON identity.sign_in_throttles USING btree (universe_id, key);

create table identity.signing_keys (
  created_at timestamp(3) with time zone not null,
  id text collate "C" not null,
  public_key jsonb not null,
  sealed_private_key text not null, -- secret
  universe_id text not null,
  updated_at timestamp(3) with time zone not null
);
CREATE UNIQUE INDEX signing_keys_pkey ON identity.signing_keys USING btree (id);

create table identity.uploaded_images (
  created_at timestamp(3) with time zone not null,
  id text collate "C" not null,
  universe_id text not null,
  updated_at timestamp(3) with time zone not null,
  uploaded_by text collate "C" not null
);
CREATE INDEX uploaded_images_by_uploader ON identity.uploaded_images USING btree (uploaded_by);
CREATE UNIQUE INDEX uploaded_images_pkey ON identity.uploaded_images USING btree (id);
