-- Printed from the migrations; for reading, not for running. Columns without a class beside them are internal.

create table assets.asset_embedding_queue (
  asset_id text collate "C" not null,
  attempts integer not null,
  created_at timestamp(3) with time zone not null,
  due_at timestamp(3) with time zone not null,
  id text collate "C" not null,
  universe_id text not null,
  updated_at timestamp(3) with time zone not null
);
CREATE INDEX asset_embedding_queue_due ON assets.asset_embedding_queue USING btree (due_at, id);
CREATE INDEX asset_embedding_queue_of_asset ON assets.asset_embedding_queue USING btree (asset_id);
CREATE UNIQUE INDEX asset_embedding_queue_pkey ON assets.asset_embedding_queue USING btree (id);

create table assets.asset_embeddings (
  asset_version integer not null,
  content_hash text collate "C" not null,
  created_at timestamp(3) with time zone not null,
  id text collate "C" not null,
  model text collate "C" not null,
  universe_id text not null,
  updated_at timestamp(3) with time zone not null,
  vector vector not null
);
CREATE INDEX asset_embeddings_by_model ON assets.asset_embeddings USING btree (model, universe_id);
CREATE UNIQUE INDEX asset_embeddings_pkey ON assets.asset_embeddings USING btree (id);

create table assets.asset_fetches (
  acting_for text collate "C",
  asset_id text collate "C",
  attempts integer not null,
  catalogue jsonb,
  correlation_id text collate "C" not null,
  created_at timestamp(3) with time zone not null,
  created_by text collate "C" not null,
  ended_at timestamp(3) with time zone,
  fault text,
  id text collate "C" not null,
  import_id text collate "C",
  kind text not null,
  line integer not null,
  media_id text collate "C",
  next_at timestamp(3) with time zone not null,
  owner_id text collate "C" not null,
  place text not null,
  reason text,
  received integer not null,
  rejected jsonb not null,
  status text not null,
  taken_by text,
  taken_bytes integer not null,
  taken_until timestamp(3) with time zone,
  universe_id text not null,
  updated_at timestamp(3) with time zone not null,
  upload_id text collate "C",
  url text not null
);
CREATE INDEX asset_fetches_by_age ON assets.asset_fetches USING btree (universe_id, created_at, id);
CREATE INDEX asset_fetches_by_asset ON assets.asset_fetches USING btree (asset_id, created_at, id);
CREATE INDEX asset_fetches_by_import ON assets.asset_fetches USING btree (import_id, created_at, id);
CREATE INDEX asset_fetches_by_owner ON assets.asset_fetches USING btree (owner_id, created_at, id);
CREATE INDEX asset_fetches_by_status ON assets.asset_fetches USING btree (status, created_at, id);
CREATE INDEX asset_fetches_ended ON assets.asset_fetches USING btree (ended_at) WHERE (ended_at IS NOT NULL);
CREATE INDEX asset_fetches_of_account ON assets.asset_fetches USING btree (created_by) WHERE (status = ANY (ARRAY['QUEUED'::text, 'RUNNING'::text]));
CREATE UNIQUE INDEX asset_fetches_once ON assets.asset_fetches USING btree (asset_id, md5(url)) WHERE (status = ANY (ARRAY['QUEUED'::text, 'RUNNING'::text]));
CREATE UNIQUE INDEX asset_fetches_pkey ON assets.asset_fetches USING btree (id);
CREATE INDEX asset_fetches_running ON assets.asset_fetches USING btree (taken_until, place) WHERE (status = 'RUNNING'::text);
CREATE INDEX asset_fetches_waiting ON assets.asset_fetches USING btree (next_at, id) WHERE (status = 'QUEUED'::text);

create table assets.asset_imports (
  created integer not null,
  created_at timestamp(3) with time zone not null,
  created_by text collate "C" not null,
  id text collate "C" not null,
  kept integer not null default 0,
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

create table assets.asset_indexings (
  attempts integer not null default 0,
  checked_at timestamp(3) with time zone,
  created_at timestamp(3) with time zone not null,
  due_at timestamp(3) with time zone,
  id text collate "C" not null,
  owner_id text collate "C" not null,
  problems jsonb not null default '[]'::jsonb,
  requested_by text collate "C" not null,
  universe_id text not null,
  updated_at timestamp(3) with time zone not null
);
CREATE INDEX asset_indexings_due ON assets.asset_indexings USING btree (due_at, id);
CREATE UNIQUE INDEX asset_indexings_pkey ON assets.asset_indexings USING btree (id);

create table assets.asset_links (
  answered_at timestamp(3) with time zone,
  answered_by text collate "C",
  asset_id text collate "C" not null,
  created_at timestamp(3) with time zone not null,
  created_by text collate "C" not null,
  id text collate "C" not null,
  kind text not null,
  proposer_id text collate "C",
  relation text,
  status text not null default 'ACCEPTED'::text,
  target text collate "C" not null,
  target_owner_id text collate "C",
  universe_id text not null,
  updated_at timestamp(3) with time zone not null
);
CREATE UNIQUE INDEX asset_links_asset_id_kind_target_key ON assets.asset_links USING btree (asset_id, kind, target);
CREATE INDEX asset_links_by_age ON assets.asset_links USING btree (universe_id, created_at, id);
CREATE INDEX asset_links_by_kind ON assets.asset_links USING btree (universe_id, kind);
CREATE INDEX asset_links_by_status ON assets.asset_links USING btree (universe_id, status);
CREATE INDEX asset_links_by_target ON assets.asset_links USING btree (universe_id, target, asset_id);
CREATE INDEX asset_links_by_target_owner ON assets.asset_links USING btree (target_owner_id, status, proposer_id);
CREATE UNIQUE INDEX asset_links_pkey ON assets.asset_links USING btree (id);

create table assets.asset_parts (
  created_at timestamp(3) with time zone not null,
  id text collate "C" not null,
  part_id text collate "C" not null,
  place integer not null,
  universe_id text not null,
  updated_at timestamp(3) with time zone not null,
  whole_id text collate "C" not null
);
CREATE INDEX asset_parts_by_part ON assets.asset_parts USING btree (part_id, whole_id);
CREATE INDEX asset_parts_in_order ON assets.asset_parts USING btree (whole_id, place);
CREATE UNIQUE INDEX asset_parts_pkey ON assets.asset_parts USING btree (id);
CREATE UNIQUE INDEX asset_parts_whole_id_part_id_key ON assets.asset_parts USING btree (whole_id, part_id);

create table assets.asset_record_fetches (
  asset_id text collate "C",
  attempts integer not null default 0,
  created_at timestamp(3) with time zone not null,
  created_by text collate "C" not null,
  due_at timestamp(3) with time zone,
  finished_at timestamp(3) with time zone,
  holder text,
  id text collate "C" not null,
  kind text not null,
  notes jsonb not null default '[]'::jsonb,
  owner_id text collate "C" not null,
  problem jsonb,
  reading jsonb,
  reference text collate "C" not null,
  requested_by text collate "C" not null,
  source text not null,
  status text not null,
  universe_id text not null,
  updated_at timestamp(3) with time zone not null
);
CREATE INDEX asset_record_fetches_by_age ON assets.asset_record_fetches USING btree (universe_id, created_at, id);
CREATE INDEX asset_record_fetches_by_asset ON assets.asset_record_fetches USING btree (asset_id);
CREATE INDEX asset_record_fetches_by_owner ON assets.asset_record_fetches USING btree (owner_id, status);
CREATE INDEX asset_record_fetches_by_source ON assets.asset_record_fetches USING btree (universe_id, source);
CREATE INDEX asset_record_fetches_by_status ON assets.asset_record_fetches USING btree (universe_id, status);
CREATE INDEX asset_record_fetches_due ON assets.asset_record_fetches USING btree (due_at, id) WHERE (due_at IS NOT NULL);
CREATE UNIQUE INDEX asset_record_fetches_pkey ON assets.asset_record_fetches USING btree (id);
CREATE UNIQUE INDEX asset_record_fetches_universe_id_owner_id_source_reference_key ON assets.asset_record_fetches USING btree (universe_id, owner_id, source, reference);

create table assets.asset_tags (
  created_at timestamp(3) with time zone not null,
  id text collate "C" not null,
  name text collate "C" not null,
  universe_id text not null,
  updated_at timestamp(3) with time zone not null
);
CREATE UNIQUE INDEX asset_tags_pkey ON assets.asset_tags USING btree (id);
CREATE UNIQUE INDEX asset_tags_universe_id_name_key ON assets.asset_tags USING btree (universe_id, name);

create table assets.asset_transfers (
  answered_at timestamp(3) with time zone,
  answered_by text collate "C",
  asset_id text collate "C" not null,
  asset_title text not null,
  created_at timestamp(3) with time zone not null,
  created_by text collate "C" not null,
  from_id text collate "C" not null,
  id text collate "C" not null,
  note text,
  status text not null,
  to_id text collate "C" not null,
  universe_id text not null,
  updated_at timestamp(3) with time zone not null
);
CREATE INDEX asset_transfers_by_age ON assets.asset_transfers USING btree (universe_id, created_at, id);
CREATE INDEX asset_transfers_by_asset ON assets.asset_transfers USING btree (asset_id, created_at);
CREATE INDEX asset_transfers_by_receiver ON assets.asset_transfers USING btree (to_id, created_at);
CREATE INDEX asset_transfers_by_sender ON assets.asset_transfers USING btree (from_id, created_at);
CREATE INDEX asset_transfers_by_status ON assets.asset_transfers USING btree (universe_id, status);
CREATE UNIQUE INDEX asset_transfers_pending ON assets.asset_transfers USING btree (asset_id) WHERE (status = 'PENDING'::text);
CREATE UNIQUE INDEX asset_transfers_pkey ON assets.asset_transfers USING btree (id);

create table assets.assets (
  accession_number text,
  acquired_on date,
  category_id text collate "C",
  classification text,
  created_at timestamp(3) with time zone not null,
  created_by text collate "C" not null,
  created_earliest date,
  created_latest date,
  creation_date text,
  creator text collate "und-x-icu",
  creators text[] not null default '{}'::text[],
  credit_line text,
  decade integer default ((EXTRACT(decade FROM created_earliest))::integer * 10),
  department text,
  description text,
  details jsonb,
  hand_edits jsonb not null default '{}'::jsonb,
  id text collate "C" not null,
  imported_for text collate "C",
  kind text not null,
  match_creator text,
  match_numbers text,
  match_title text,
  medium text,
  owner_id text collate "C" not null,
  provenance_text text,
  sale_id text collate "C",
  source text,
  source_hash text,
  source_id text,
  source_kind text not null default 'UPLOADED'::text,
  source_url text,
  status text not null,
  structure jsonb,
  structure_type text,
  structure_version integer,
  tags text[] not null default '{}'::text[],
  title text collate "und-x-icu" not null,
  traits jsonb not null default '[]'::jsonb,
  universe_id text not null,
  updated_at timestamp(3) with time zone not null,
  value_currency text,
  value_minor numeric(38,0),
  version integer not null default 1,
  words tsvector
);
CREATE INDEX assets_by_acquisition ON assets.assets USING btree (universe_id, acquired_on);
CREATE INDEX assets_by_age ON assets.assets USING btree (universe_id, created_at, id);
CREATE INDEX assets_by_category ON assets.assets USING btree (universe_id, category_id);
CREATE INDEX assets_by_classification ON assets.assets USING btree (universe_id, classification);
CREATE INDEX assets_by_creator ON assets.assets USING btree (universe_id, creator);
CREATE INDEX assets_by_creators ON assets.assets USING gin (creators);
CREATE INDEX assets_by_decade ON assets.assets USING btree (universe_id, decade);
CREATE INDEX assets_by_department ON assets.assets USING btree (universe_id, department);
CREATE INDEX assets_by_earliest ON assets.assets USING btree (universe_id, created_earliest);
CREATE INDEX assets_by_kind ON assets.assets USING btree (universe_id, kind);
CREATE INDEX assets_by_latest ON assets.assets USING btree (universe_id, created_latest);
CREATE INDEX assets_by_match_creator ON assets.assets USING btree (universe_id, match_creator, match_title);
CREATE INDEX assets_by_match_title ON assets.assets USING btree (universe_id, match_title);
CREATE INDEX assets_by_owner ON assets.assets USING btree (owner_id, created_at, id);
CREATE INDEX assets_by_source ON assets.assets USING btree (universe_id, source);
CREATE INDEX assets_by_source_hash ON assets.assets USING btree (universe_id, source_hash);
CREATE INDEX assets_by_source_kind ON assets.assets USING btree (universe_id, source_kind);
CREATE INDEX assets_by_status ON assets.assets USING btree (universe_id, status);
CREATE INDEX assets_by_structure_type ON assets.assets USING btree (universe_id, structure_type);
CREATE INDEX assets_by_tag ON assets.assets USING gin (tags);
CREATE INDEX assets_by_tags ON assets.assets USING gin (tags);
CREATE INDEX assets_by_title ON assets.assets USING btree (universe_id, title, id);
CREATE INDEX assets_by_update ON assets.assets USING btree (universe_id, updated_at, id);
CREATE INDEX assets_by_words ON assets.assets USING gin (words);
CREATE UNIQUE INDEX assets_pkey ON assets.assets USING btree (id);
CREATE UNIQUE INDEX assets_universe_id_imported_for_source_source_id_key ON assets.assets USING btree (universe_id, imported_for, source, source_id);
CREATE INDEX assets_without_words ON assets.assets USING btree (id) WHERE (words IS NULL);

create table assets.categories (
  archived_at timestamp(3) with time zone, -- public
  created_at timestamp(3) with time zone not null, -- public
  created_by text collate "C",
  depth integer not null, -- public
  description text, -- public
  id text collate "C" not null, -- public
  name text collate "und-x-icu" not null, -- public
  owner_id text collate "C", -- public
  parent_id text collate "C", -- public
  path text collate "C" not null, -- public
  slug text collate "C" not null, -- public
  universe_id text not null,
  updated_at timestamp(3) with time zone not null, -- public
  version integer not null default 1 -- public
);
CREATE INDEX categories_by_age ON assets.categories USING btree (universe_id, created_at, id);
CREATE INDEX categories_by_depth ON assets.categories USING btree (universe_id, depth);
CREATE INDEX categories_by_name ON assets.categories USING btree (universe_id, name, id);
CREATE INDEX categories_by_owner ON assets.categories USING btree (owner_id);
CREATE INDEX categories_by_parent ON assets.categories USING btree (parent_id);
CREATE INDEX categories_by_slug ON assets.categories USING btree (universe_id, slug);
CREATE UNIQUE INDEX categories_pkey ON assets.categories USING btree (id);
CREATE UNIQUE INDEX categories_universe_id_path_key ON assets.categories USING btree (universe_id, path);

create table assets.closed_owners (
  created_at timestamp(3) with time zone not null,
  id text collate "C" not null,
  universe_id text not null,
  until timestamp(3) with time zone not null,
  updated_at timestamp(3) with time zone not null
);
CREATE UNIQUE INDEX closed_owners_pkey ON assets.closed_owners USING btree (id);

create table assets.derivative_shelf (
  bytes bigint not null,
  created_at timestamp(3) with time zone not null,
  id text collate "C" not null,
  universe_id text not null,
  updated_at timestamp(3) with time zone not null
);
CREATE UNIQUE INDEX derivative_shelf_pkey ON assets.derivative_shelf USING btree (id);

create table assets.derivatives (
  bytes integer not null,
  created_at timestamp(3) with time zone not null,
  id text collate "C" not null,
  sha256 text not null,
  universe_id text not null,
  updated_at timestamp(3) with time zone not null,
  used_at timestamp(3) with time zone not null
);
CREATE INDEX derivatives_by_use ON assets.derivatives USING btree (used_at, id) INCLUDE (bytes);
CREATE INDEX derivatives_of_original ON assets.derivatives USING btree (sha256, used_at, id) INCLUDE (bytes);
CREATE UNIQUE INDEX derivatives_pkey ON assets.derivatives USING btree (id);

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
CREATE INDEX media_by_creator ON assets.media USING btree (universe_id, created_by) INCLUDE (size);
CREATE INDEX media_detached ON assets.media USING btree (detached_at) WHERE (detached_at IS NOT NULL);
CREATE INDEX media_of_asset ON assets.media USING btree (asset_id, "position", id);
CREATE UNIQUE INDEX media_once ON assets.media USING btree (asset_id, sha256) WHERE (detached_at IS NULL);
CREATE UNIQUE INDEX media_pkey ON assets.media USING btree (id);

create table assets.media_annotations (
  archived_at timestamp(3) with time zone,
  archived_owner_id text collate "C",
  created_at timestamp(3) with time zone not null,
  created_by text collate "C" not null,
  id text collate "C" not null,
  language text,
  media_id text collate "C" not null,
  motivation text not null,
  outline text,
  region jsonb,
  text text,
  universe_id text not null,
  updated_at timestamp(3) with time zone not null,
  version integer not null default 1
);
CREATE INDEX media_annotations_by_age ON assets.media_annotations USING btree (universe_id, created_at, id);
CREATE INDEX media_annotations_by_change ON assets.media_annotations USING btree (universe_id, updated_at, id);
CREATE INDEX media_annotations_by_motivation ON assets.media_annotations USING btree (universe_id, motivation, created_at, id);
CREATE INDEX media_annotations_of_media ON assets.media_annotations USING btree (media_id, created_at, id);
CREATE UNIQUE INDEX media_annotations_pkey ON assets.media_annotations USING btree (id);

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
