-- Printed from the migrations; for reading, not for running. Columns without a class beside them are internal.

create table facts.carried (
  holder text,
  newest bigint not null default 0,
  newest_id text,
  only_row boolean not null default true,
  position bigint not null default 0,
  received bigint not null default 0,
  stream text,
  until timestamp(3) with time zone
);
CREATE UNIQUE INDEX carried_pkey ON facts.carried USING btree (only_row);

create table facts.checkpoints (
  consumer text not null,
  holder text,
  position bigint not null,
  types text[],
  until timestamp(3) with time zone
);
CREATE UNIQUE INDEX checkpoints_pkey ON facts.checkpoints USING btree (consumer);

create table facts.idempotency (
  actor text not null,
  at timestamp(3) with time zone not null default now(),
  circumstances text not null default ''::text,
  input_hash text not null,
  key text not null,
  mutation text not null,
  result_id text
);
CREATE INDEX idempotency_by_age ON facts.idempotency USING btree (at);
CREATE UNIQUE INDEX idempotency_pkey ON facts.idempotency USING btree (actor, mutation, key);

create table facts.inbox (
  at timestamp(3) with time zone not null default now(),
  consumer text not null,
  fact_id text collate "C" not null
);
CREATE INDEX inbox_by_age ON facts.inbox USING btree (at);
CREATE UNIQUE INDEX inbox_pkey ON facts.inbox USING btree (consumer, fact_id);

create table facts.keys (
  key text collate "C" not null,
  seq bigint not null
);
CREATE UNIQUE INDEX keys_pkey ON facts.keys USING btree (key);

create table facts.log (
  acting_for text,
  actor text,
  at timestamp(3) with time zone not null,
  causation_id text,
  correlation_id text not null,
  id text collate "C" not null,
  key text collate "C" not null,
  key_seq bigint not null,
  on_behalf_of text,
  origin text,
  os text not null,
  payload jsonb not null,
  position bigint,
  seq bigint not null,
  traceparent text,
  type text not null,
  universe_id text not null,
  v integer not null
);
CREATE UNIQUE INDEX log_by_key ON facts.log USING btree (key, key_seq) WHERE (origin IS NULL);
CREATE INDEX log_by_type ON facts.log USING btree (type, "position");
CREATE UNIQUE INDEX log_pkey ON facts.log USING btree (id);
CREATE UNIQUE INDEX log_position_key ON facts.log USING btree ("position");
CREATE INDEX log_unstamped ON facts.log USING btree (seq) WHERE ("position" IS NULL);

create table facts.parked (
  attempts integer not null default 0,
  consumer text not null,
  error text,
  fact_id text collate "C" not null,
  key text collate "C" not null,
  next_at timestamp(3) with time zone not null,
  origin text collate "C" not null default ''::text,
  parked_at timestamp(3) with time zone not null default now(),
  position bigint not null
);
CREATE INDEX parked_by_key ON facts.parked USING btree (consumer, key, origin, "position");
CREATE UNIQUE INDEX parked_pkey ON facts.parked USING btree (consumer, "position");

create table facts.pruned (
  at timestamp(3) with time zone not null,
  facts bigint not null,
  position bigint not null,
  type text not null
);
CREATE UNIQUE INDEX pruned_pkey ON facts.pruned USING btree (type);

create table facts.relay (
  log_id text not null default replace((gen_random_uuid())::text, '-'::text, ''::text),
  lost jsonb not null default '[]'::jsonb,
  only_row boolean not null default true,
  position bigint not null default 0
);
CREATE UNIQUE INDEX relay_pkey ON facts.relay USING btree (only_row);
