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
  decade integer default ((EXTRACT(decade FROM created_earliest))::integer * 10),
  department text,
  description text,
  details jsonb,
  id text collate "C" not null,
  kind text not null,
  match_creator text,
  match_numbers text,
  match_title text,
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
  words tsvector default search.weighted(title, search.joined(VARIADIC creators), search.joined(VARIADIC ARRAY[classification, department, medium, search.joined(VARIADIC tags), accession_number]), search.joined(VARIADIC ARRAY[description, provenance_text]))
);
CREATE INDEX assets_by_acquisition ON assets.assets USING btree (universe_id, acquired_on);
CREATE INDEX assets_by_age ON assets.assets USING btree (universe_id, created_at, id);
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
CREATE INDEX assets_by_status ON assets.assets USING btree (universe_id, status);
CREATE INDEX assets_by_tags ON assets.assets USING gin (tags);
CREATE INDEX assets_by_title ON assets.assets USING btree (universe_id, title, id);
CREATE INDEX assets_by_update ON assets.assets USING btree (universe_id, updated_at, id);
CREATE INDEX assets_by_words ON assets.assets USING gin (words);
CREATE UNIQUE INDEX assets_pkey ON assets.assets USING btree (id);
CREATE UNIQUE INDEX assets_universe_id_owner_id_source_source_id_key ON assets.assets USING btree (universe_id, owner_id, source, source_id);
