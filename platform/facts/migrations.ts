import type { Migration } from '../database/migrations.ts';

/**
 * The fact log of a database. A fact is written in the transaction of its change; `facts.stamp` then gives committed facts a
 * gap-free position, and all readers read by position.
 *
 * Why a late commit can never be skipped: ids and sequences are given before commit, so a reader that follows them would
 * miss rows of transactions that commit later. No reader does: the relay looks for committed rows that have no position yet,
 * whatever their age, and one row lock puts all relays of all processes in a queue. Facts of one key are in order because
 * their writers queue at the key's row in `facts.keys`: a reader that sees the second fact committed also sees the first.
 */
export const factMigrations: Migration[] = [
  {
    name: '001-log',
    up: [
      `create table facts.log (
        id text collate "C" primary key,
        seq bigint generated always as identity,
        position bigint unique,
        os text not null,
        type text not null,
        v int not null,
        key text collate "C" not null,
        key_seq bigint not null,
        at timestamptz(3) not null,
        actor text,
        on_behalf_of text,
        acting_for text,
        universe_id text not null,
        correlation_id text not null,
        causation_id text,
        traceparent text,
        payload jsonb not null,
        origin text,
        unique (key, key_seq)
      )`,
      `create index log_unstamped on facts.log (seq) where position is null`,
      `create index log_by_type on facts.log (type, position)`,
      `create table facts.keys (key text collate "C" primary key, seq bigint not null)`,
      `create table facts.relay (
        only_row boolean primary key default true check (only_row),
        log_id text not null default replace(gen_random_uuid()::text, '-', ''),
        position bigint not null default 0
      )`,
      `insert into facts.relay default values`,
      `create table facts.carried (
        only_row boolean primary key default true check (only_row),
        position bigint not null default 0, holder text, until timestamptz(3)
      )`,
      `insert into facts.carried default values`,
      `create table facts.checkpoints (consumer text primary key, position bigint not null)`,
      `create table facts.inbox (
        consumer text not null, fact_id text collate "C" not null, at timestamptz(3) not null default now(),
        primary key (consumer, fact_id)
      )`,
      `create index inbox_by_age on facts.inbox (at)`,
      `create table facts.parked (
        consumer text not null, key text collate "C" not null, position bigint not null, fact_id text collate "C" not null,
        error text, attempts int not null default 0, next_at timestamptz(3) not null, parked_at timestamptz(3) not null default now(),
        primary key (consumer, position)
      )`,
      `create index parked_by_key on facts.parked (consumer, key, position)`,
      `create table facts.idempotency (
        actor text not null, mutation text not null, key text not null, input_hash text not null, result_id text,
        at timestamptz(3) not null default now(),
        primary key (actor, mutation, key)
      )`,
      `create index idempotency_by_age on facts.idempotency (at)`,
      // Each statement of a volatile plpgsql function takes a new snapshot, so the rows are looked up after the lock was won.
      // In one statement the look-up could be older than the lock, and a row stamped meanwhile would be stamped again.
      `create function facts.stamp(at_most int) returns setof facts.log language plpgsql volatile as $$
      declare
        base bigint;
        stamped bigint;
      begin
        select r.position into base from facts.relay r for update;
        return query
          with n as (
            select l.id, row_number() over (order by l.seq) as k
            from (select id, seq from facts.log where position is null order by seq limit at_most) l
          ), s as (
            update facts.log l set position = base + n.k from n where l.id = n.id returning l.*
          )
          select * from s order by s.position;
        get diagnostics stamped = row_count;
        if stamped > 0 then
          update facts.relay set position = base + stamped;
          perform pg_notify('facts', (base + stamped)::text);
        end if;
      end $$`,
    ],
  },
  {
    name: '002-circumstances',
    // How the actor acted: for an organization, through a delegate, with a limited key. Empty if none applies.
    up: [`alter table facts.idempotency add column circumstances text not null default ''`],
  },
  {
    name: '003-origins',
    up: [
      // Each database numbers the facts of its keys itself, and two may have the same key. Copies are ordered by their origin's log.
      `alter table facts.log drop constraint log_key_key_seq_key`,
      `create unique index log_by_key on facts.log (key, key_seq) where origin is null`,
      // The last message of the carrier's stream that was written here, and which stream it was.
      `alter table facts.carried add column received bigint not null default 0, add column stream text`,
      // Positions that facts had which a restore has lost, between the backup's last one and where the log goes on.
      `alter table facts.relay add column lost jsonb not null default '[]'`,
      // To be called once whenever a backup was restored, by whatever means. No log is a trillion facts long behind its backup.
      `create function facts.restored() returns void language sql as $$
        update facts.relay set position = position + 1099511627776,
          lost = lost || jsonb_build_array(jsonb_build_object('after', position::text, 'upTo', (position + 1099511627776)::text))
      $$`,
    ],
  },
  {
    name: '004-leases',
    // Which process works for a consumer, and until when no other one does.
    up: [`alter table facts.checkpoints add column holder text, add column until timestamptz(3)`],
  },
  {
    name: '005-retention',
    up: [
      // Facts that were pruned, by type: how many, up to which position, and when the last of them happened. All facts up to the
      // highest of these positions are gone.
      `create table facts.pruned (
        type text primary key, facts bigint not null, position bigint not null, at timestamptz(3) not null
      )`,
      // Which types a consumer has heard up to its checkpoint; null where it was written before this was kept.
      `alter table facts.checkpoints add column types text[]`,
    ],
  },
  {
    name: '006-origins-of-parked',
    up: [
      // A key of one database has nothing to do with the same key of another: a fact that fails holds up those of its own origin alone.
      `alter table facts.parked add column origin text collate "C" not null default ''`,
      `update facts.parked p set origin = l.origin from facts.log l where l.id = p.fact_id and l.origin is not null`,
      `drop index facts.parked_by_key`,
      `create index parked_by_key on facts.parked (consumer, key, origin, position)`,
      // To be called in a database that was made as a copy of another and lives on beside it, before its processes are started.
      `create function facts.separated() returns void language sql as $$
        update facts.relay set log_id = replace(gen_random_uuid()::text, '-', '')
      $$`,
    ],
  },
  {
    name: '007-newest-message',
    up: [
      // The newest message known to be in the carrier's stream, and its id: a NATS that has lost it has lost facts.
      `alter table facts.carried add column newest bigint not null default 0, add column newest_id text`,
      `update facts.carried set newest = received`,
    ],
  },
];
