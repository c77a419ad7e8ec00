-- Printed from the migrations; read it, do not run it.

create table assets.asset_imports (
  created integer not null,
  created_at timestamp(3) with time zone not null,
  created_by text collate "C" not null,
  id text collate "C" not null,
  last_line integer not null,
  owner_id text collate "C" not null,
  rejected integer not null,
  run text not null,
  source text not null,
  total integer,
  unchanged integer not null,
  universe_id text not null,
  updated integer not null,
  updated_at timestamp(3) with time zone not null
);
CREATE INDEX asset_imports_by_age ON assets.asset_imports USING btree (universe_id, created_at, id);
CREATE INDEX asset_imports_by_source ON assets.asset_imports USING btree (universe_id, source);
CREATE UNIQUE INDEX asset_imports_pkey ON assets.asset_imports USING btree (id);
CREATE UNIQUE INDEX asset_imports_universe_id_owner_id_source_run_key ON assets.asset_imports USING btree (universe_id, owner_id, source, run);

create table assets.assets (
  accession_number text,
  acquired_on date,
  classification text,
  created_at timestamp(3) with time zone not null,
  created_by text collate "C" not null,
  created_earliest date,
  created_latest date,
  creation_date text,
  creator text collate "und-x-icu",
  creators text[] not null default '{}'::text[],
  credit_line text,
  department text,
  description text,
  details jsonb,
  id text collate "C" not null,
  kind text not null,
  medium text,
  owner_id text collate "C" not null,
  provenance_text text,
  source text,
  source_hash text,
  source_id text,
  source_url text,
  status text not null,
  tags text[] not null default '{}'::text[],
  title text collate "und-x-icu" not null,
  universe_id text not null,
  updated_at timestamp(3) with time zone not null,
  version integer not null default 1,
  words tsvector default (((setweight(to_tsvector('simple'::regconfig, title), 'A'::"char") || setweight(to_tsvector('simple'::regconfig, COALESCE(creator, ''::text)), 'A'::"char")) || setweight(to_tsvector('simple'::regconfig, ((((COALESCE(medium, ''::text) || ' '::text) || COALESCE(classification, ''::text)) || ' '::text) || COALESCE(department, ''::text))), 'B'::"char")) || setweight(to_tsvector('simple'::regconfig, COALESCE(description, ''::text)), 'C'::"char"))
);
CREATE INDEX assets_by_acquisition ON assets.assets USING btree (universe_id, acquired_on);
CREATE INDEX assets_by_age ON assets.assets USING btree (universe_id, created_at, id);
CREATE INDEX assets_by_classification ON assets.assets USING btree (universe_id, classification);
CREATE INDEX assets_by_creator ON assets.assets USING btree (universe_id, creator);
CREATE INDEX assets_by_department ON assets.assets USING btree (universe_id, department);
CREATE INDEX assets_by_kind ON assets.assets USING btree (universe_id, kind);
CREATE INDEX assets_by_owner ON assets.assets USING btree (owner_id, created_at, id);
CREATE INDEX assets_by_source ON assets.assets USING btree (universe_id, source);
CREATE INDEX assets_by_status ON assets.assets USING btree (universe_id, status);
CREATE INDEX assets_by_title ON assets.assets USING btree (universe_id, title, id);
CREATE INDEX assets_by_update ON assets.assets USING btree (universe_id, updated_at, id);
CREATE INDEX assets_by_words ON assets.assets USING gin (words);
CREATE UNIQUE INDEX assets_pkey ON assets.assets USING btree (id);
CREATE UNIQUE INDEX assets_universe_id_owner_id_source_source_id_key ON assets.assets USING btree (universe_id, owner_id, source, source_id);

create table assets.media (
  asset_id text collate "C" not null,
  content_type text not null,
  created_at timestamp(3) with time zone not null,
  created_by text collate "C" not null,
  detached_at timestamp(3) with time zone,
  duration_ms integer,
  file_name text not null,
  height integer,
  id text collate "C" not null,
  kind text not null,
  placeholder text,
  position integer not null,
  sha256 text not null,
  size integer not null,
  universe_id text not null,
  updated_at timestamp(3) with time zone not null,
  width integer
);
CREATE INDEX media_by_age ON assets.media USING btree (universe_id, created_at, id);
CREATE INDEX media_by_content ON assets.media USING btree (sha256);
CREATE INDEX media_detached ON assets.media USING btree (detached_at) WHERE (detached_at IS NOT NULL);
CREATE INDEX media_of_asset ON assets.media USING btree (asset_id, "position", id);
CREATE UNIQUE INDEX media_once ON assets.media USING btree (asset_id, sha256) WHERE (detached_at IS NULL);
CREATE UNIQUE INDEX media_pkey ON assets.media USING btree (id);

create table assets.media_uploads (
  announced_sha256 text,
  asset_id text collate "C" not null,
  attempt text,
  content_type text,
  created_at timestamp(3) with time zone not null,
  created_by text collate "C" not null,
  duration_ms integer,
  expires_at timestamp(3) with time zone not null,
  file_name text not null,
  height integer,
  id text collate "C" not null,
  kind text,
  media_id text collate "C",
  parts jsonb not null,
  placeholder text,
  received integer not null,
  refusal text,
  sha256 text,
  size integer not null,
  state text not null,
  tail integer not null,
  universe_id text not null,
  updated_at timestamp(3) with time zone not null,
  width integer,
  writer text,
  writer_until timestamp(3) with time zone
);
CREATE INDEX media_uploads_by_content ON assets.media_uploads USING btree (sha256);
CREATE INDEX media_uploads_by_creator ON assets.media_uploads USING btree (created_by, state);
CREATE INDEX media_uploads_by_end ON assets.media_uploads USING btree (expires_at);
CREATE UNIQUE INDEX media_uploads_pkey ON assets.media_uploads USING btree (id);
