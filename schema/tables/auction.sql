-- Printed from the migrations; for reading, not for running. Columns without a class beside them are internal.

create table auction.assets (
  created_at timestamp(3) with time zone not null,
  id text collate "C" not null,
  lots_due boolean not null default false,
  owner_id text collate "C" not null,
  status text,
  title text,
  universe_id text not null,
  updated_at timestamp(3) with time zone not null
);
CREATE INDEX assets_lots_due ON auction.assets USING btree (id) WHERE lots_due;
CREATE UNIQUE INDEX assets_pkey ON auction.assets USING btree (id);

create table auction.auctions (
  announced_at timestamp(3) with time zone,
  asset_id text collate "C" not null, -- public
  barred text[] not null default '{}'::text[],
  bid_count integer not null default 0,
  buy_now_price numeric(38,0),
  buyer_id text collate "C",
  cancel_reason text, -- public
  created_at timestamp(3) with time zone not null, -- public
  created_by text collate "C" not null, -- public
  currency text not null, -- public
  current_price numeric(38,0) not null default COALESCE(price, start_price),
  description text, -- public
  ended_at timestamp(3) with time zone, -- public
  ends_at timestamp(3) with time zone not null, -- public
  floor_price numeric(38,0),
  format text not null, -- public
  id text collate "C" not null, -- public
  increments jsonb not null,
  leader_bid_id text collate "C",
  leader_id text collate "C", -- public
  leader_maximum numeric(38,0),
  leader_maximum_by text collate "C",
  numbered integer not null default 0,
  opened_at timestamp(3) with time zone, -- public
  opening_at timestamp(3) with time zone,
  opens_at timestamp(3) with time zone, -- public
  price numeric(38,0),
  price_step numeric(38,0),
  reserve numeric(38,0),
  reserve_reached boolean not null default false,
  seller_id text collate "C" not null, -- public
  seller_owner_id text collate "C",
  sequence integer not null default 0,
  settlement_decided_at timestamp(3) with time zone,
  settlement_due_at timestamp(3) with time zone,
  settlement_status text,
  soft_close_seconds integer not null default 0, -- public
  start_price numeric(38,0) not null,
  status text not null, -- public
  step_seconds integer, -- public
  terms_version integer not null default 1, -- public
  title text collate "und-x-icu" not null default ''::text,
  universe_id text not null,
  updated_at timestamp(3) with time zone not null,
  winner_id text collate "C", -- public
  words tsvector
);
CREATE INDEX auctions_by_age ON auction.auctions USING btree (universe_id, created_at, id);
CREATE INDEX auctions_by_asset ON auction.auctions USING btree (asset_id, created_at);
CREATE INDEX auctions_by_bids ON auction.auctions USING btree (universe_id, bid_count, id);
CREATE INDEX auctions_by_currency ON auction.auctions USING btree (universe_id, currency);
CREATE INDEX auctions_by_end ON auction.auctions USING btree (universe_id, ends_at, id);
CREATE INDEX auctions_by_format ON auction.auctions USING btree (universe_id, format);
CREATE INDEX auctions_by_leader ON auction.auctions USING btree (leader_id);
CREATE INDEX auctions_by_opening ON auction.auctions USING btree (universe_id, opens_at, id);
CREATE INDEX auctions_by_price ON auction.auctions USING btree (universe_id, current_price, id);
CREATE INDEX auctions_by_seller ON auction.auctions USING btree (seller_id, created_at, id);
CREATE INDEX auctions_by_status ON auction.auctions USING btree (universe_id, status, ends_at, id);
CREATE INDEX auctions_by_title ON auction.auctions USING btree (universe_id, title, id);
CREATE INDEX auctions_by_winner ON auction.auctions USING btree (winner_id);
CREATE INDEX auctions_by_words ON auction.auctions USING gin (words);
CREATE INDEX auctions_due ON auction.auctions USING btree (ends_at) WHERE (status = ANY (ARRAY['OPENING'::text, 'OPEN'::text]));
CREATE INDEX auctions_on ON auction.auctions USING btree (COALESCE(opening_at, opened_at)) WHERE (status = ANY (ARRAY['OPENING'::text, 'OPEN'::text]));
CREATE UNIQUE INDEX auctions_one_at_once ON auction.auctions USING btree (asset_id) WHERE (status = ANY (ARRAY['OPENING'::text, 'OPEN'::text]));
CREATE UNIQUE INDEX auctions_pkey ON auction.auctions USING btree (id);
CREATE INDEX auctions_to_open ON auction.auctions USING btree (opens_at) WHERE (status = 'SCHEDULED'::text);

create table auction.bids (
  amount numeric(38,0),
  auction_id text collate "C" not null, -- public
  bidder_id text collate "C" not null, -- public
  created_at timestamp(3) with time zone not null,
  currency text not null,
  hidden boolean not null,
  id text collate "C" not null, -- public
  maximum numeric(38,0) not null,
  number integer not null, -- public
  placed_at timestamp(3) with time zone not null, -- public
  placed_by text collate "C" not null,
  retracted_at timestamp(3) with time zone, -- public
  retraction_reason text, -- public
  sequence integer not null,
  standing text not null,
  universe_id text not null,
  updated_at timestamp(3) with time zone not null
);
CREATE INDEX bids_at ON auction.bids USING btree (placed_at);
CREATE UNIQUE INDEX bids_auction_id_sequence_key ON auction.bids USING btree (auction_id, sequence);
CREATE INDEX bids_by_bidder ON auction.bids USING btree (bidder_id, auction_id);
CREATE INDEX bids_by_number ON auction.bids USING btree (auction_id, number);
CREATE INDEX bids_by_time ON auction.bids USING btree (universe_id, placed_at, id);
CREATE INDEX bids_of_bidder ON auction.bids USING btree (bidder_id, placed_at, id);
CREATE UNIQUE INDEX bids_pkey ON auction.bids USING btree (id);

create table auction.closed_sellers (
  created_at timestamp(3) with time zone not null,
  id text collate "C" not null,
  universe_id text not null,
  until timestamp(3) with time zone not null,
  updated_at timestamp(3) with time zone not null
);
CREATE UNIQUE INDEX closed_sellers_pkey ON auction.closed_sellers USING btree (id);

create table auction.founded_organizations (
  created_at timestamp(3) with time zone not null,
  founder_id text collate "C" not null,
  id text collate "C" not null,
  universe_id text not null,
  updated_at timestamp(3) with time zone not null
);
CREATE UNIQUE INDEX founded_organizations_pkey ON auction.founded_organizations USING btree (id);

create table auction.members (
  actor_id text collate "C" not null,
  created_at timestamp(3) with time zone not null,
  id text collate "C" not null,
  left_at timestamp(3) with time zone,
  organization_id text collate "C" not null,
  role text not null,
  since timestamp(3) with time zone not null,
  universe_id text not null,
  updated_at timestamp(3) with time zone not null
);
CREATE INDEX members_by_organization ON auction.members USING btree (organization_id, actor_id);
CREATE INDEX members_left ON auction.members USING btree (left_at) WHERE (left_at IS NOT NULL);
CREATE UNIQUE INDEX members_pkey ON auction.members USING btree (id);

create table auction.owned_actors (
  created_at timestamp(3) with time zone not null,
  id text collate "C" not null,
  owner_id text collate "C" not null,
  universe_id text not null,
  updated_at timestamp(3) with time zone not null
);
CREATE UNIQUE INDEX owned_actors_pkey ON auction.owned_actors USING btree (id);

create table auction.watches (
  actor_id text collate "C" not null,
  auction_id text collate "C" not null,
  created_at timestamp(3) with time zone not null,
  id text collate "C" not null,
  universe_id text not null,
  updated_at timestamp(3) with time zone not null
);
CREATE UNIQUE INDEX watches_actor_id_auction_id_key ON auction.watches USING btree (actor_id, auction_id);
CREATE INDEX watches_by_age ON auction.watches USING btree (actor_id, created_at, id);
CREATE INDEX watches_by_auction ON auction.watches USING btree (universe_id, auction_id);
CREATE UNIQUE INDEX watches_pkey ON auction.watches USING btree (id);
