import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { Database } from '../database/database.ts';
import type { Migration } from '../database/migrations.ts';
import { sqlIn } from '../database/sql.ts';
import { newId } from '../ids/ids.ts';
import type { RequestInfo } from '../context/request.ts';
import type { EmittedFact, Fact, StampedFact } from './fact.ts';

/**
 * The one fact log of a database. A fact is written in the transaction of the change it tells of; `facts.stamp` then gives
 * committed facts a gap-free position, and everybody reads by position.
 *
 * Why a late commit can never be skipped: ids and sequences are given before commit, so a reader that goes by them misses
 * rows of transactions that commit later. Nobody does. The relay looks for committed rows that have no position yet,
 * whatever their age, and one row lock puts all relays of all processes in a queue. Facts of one key are in order because
 * their writers queue at the key's row in `facts.keys`: whoever sees the second fact committed sees the first.
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
    // How somebody acted: for an organization, through somebody else, with a limited key. Empty is none of it.
    up: [`alter table facts.idempotency add column circumstances text not null default ''`],
  },
  {
    name: '003-origins',
    up: [
      // Each database numbers the facts of its keys by itself, and two may have the same key. Copies are in the order of their origin's log.
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
];

interface LogRow {
  id: string;
  position: string;
  os: string;
  type: string;
  v: number;
  key: string;
  key_seq: string;
  at: Date;
  actor: string | null;
  on_behalf_of: string | null;
  acting_for: string | null;
  universe_id: string;
  correlation_id: string;
  causation_id: string | null;
  traceparent: string | null;
  payload: unknown;
}

function factOf(row: LogRow): StampedFact {
  return {
    id: row.id,
    position: row.position,
    os: row.os,
    type: row.type,
    v: row.v,
    key: row.key,
    keySeq: Number(row.key_seq),
    at: row.at,
    actor: row.actor,
    onBehalfOf: row.on_behalf_of,
    actingFor: row.acting_for,
    universe: row.universe_id,
    correlationId: row.correlation_id,
    causationId: row.causation_id,
    traceparent: row.traceparent,
    payload: row.payload,
  };
}

/** What a fact says of the request that caused it. */
export interface FactOrigin {
  os: string;
  info: RequestInfo;
  at: Date;
}

/** Writes the facts of one transaction in one statement and gives each its gap-free number within its key. */
export async function appendFacts(
  em: SqlEntityManager,
  facts: { fact: EmittedFact; origin: FactOrigin }[],
): Promise<void> {
  if (facts.length === 0) return;
  const rows = facts.map(({ fact, origin }, n) => {
    const { actor, actingFor, universe, correlationId, causationId, traceparent } = origin.info;
    return {
      n,
      id: newId('fct'),
      os: origin.os,
      type: fact.type.type,
      v: fact.type.v,
      key: fact.key,
      at: origin.at.toISOString(),
      // The delegate is who acts; the principal is the one in whose name.
      actor: actor.delegate ?? actor.id,
      on_behalf_of: actor.delegate === null ? null : actor.id,
      acting_for: actingFor,
      universe_id: universe,
      correlation_id: correlationId,
      causation_id: causationId,
      traceparent,
      payload: fact.type.payload.parse(fact.payload),
    };
  });
  await sqlIn(
    em,
    `with incoming as (
      select * from jsonb_to_recordset($1::jsonb) as f(
        n int, id text, os text, type text, v int, key text, at timestamptz(3), actor text, on_behalf_of text, acting_for text,
        universe_id text, correlation_id text, causation_id text, traceparent text, payload jsonb)
    ), counted as (
      select key, count(*)::bigint as n from incoming group by key
    ), numbered as (
      insert into facts.keys as k (key, seq) select key, n from counted order by key collate "C"
      on conflict (key) do update set seq = k.seq + excluded.seq
      returning k.key, k.seq
    )
    insert into facts.log (id, os, type, v, key, key_seq, at, actor, on_behalf_of, acting_for, universe_id, correlation_id,
      causation_id, traceparent, payload)
    select i.id, i.os, i.type, i.v, i.key, b.seq - c.n + row_number() over (partition by i.key order by i.n), i.at, i.actor,
      i.on_behalf_of, i.acting_for, i.universe_id, i.correlation_id, i.causation_id, i.traceparent, i.payload
    from incoming i join numbered b on b.key = i.key join counted c on c.key = i.key
    order by i.n`,
    [JSON.stringify(rows)],
  );
}

/** Stamps at most this many committed facts at once; a batch of imports is 501. */
export const stampAtMost = 2000;

export async function stampFacts(database: Database): Promise<StampedFact[]> {
  const rows = await database.query<LogRow>('select * from facts.stamp($1)', [stampAtMost]);
  return rows.map(factOf);
}

/** Whether there are facts without a position, and the position of the last one that has one. */
export async function lookAtLog(database: Database): Promise<{ isUnstamped: boolean; position: bigint }> {
  const [row] = await database.query<{ is_unstamped: boolean; position: string }>(
    'select exists (select from facts.log where position is null) as is_unstamped, position from facts.relay',
  );
  return { isUnstamped: row?.is_unstamped ?? false, position: BigInt(row?.position ?? 0) };
}

/** The stamped facts above `after` and up to `upTo`, in order, at most `limit`. */
export async function readFacts(
  database: Database,
  range: { after: bigint; upTo?: bigint; types?: readonly string[]; universe?: string; limit: number },
): Promise<StampedFact[]> {
  const params: unknown[] = [range.after.toString(), range.limit];
  let where = 'position > $1';
  const and = (condition: string, value: unknown): void => {
    params.push(value);
    where += ` and ${condition} $${params.length}`;
  };
  if (range.upTo !== undefined) and('position <=', range.upTo.toString());
  if (range.types) {
    params.push(range.types);
    where += ` and type = any($${params.length})`;
  }
  if (range.universe !== undefined) and('universe_id =', range.universe);
  const rows = await database.query<LogRow>(
    `select * from facts.log where ${where} order by position limit $2`,
    params,
  );
  return rows.map(factOf);
}

/** Whether more than `most` facts of these types stand above `after`. */
export async function isFurtherBehind(
  database: Database,
  range: { after: bigint; types: readonly string[]; universe: string },
  most: number,
): Promise<boolean> {
  const rows = await database.query(
    `select 1 from facts.log where position > $1 and type = any($2) and universe_id = $3 order by position offset $4 limit 1`,
    [range.after.toString(), range.types, range.universe, most],
  );
  return rows.length > 0;
}

export async function readFact(database: Database, id: string): Promise<StampedFact | null> {
  const rows = await database.query<LogRow>('select * from facts.log where id = $1 and position is not null', [id]);
  return rows[0] ? factOf(rows[0]) : null;
}

/** The stamped facts that were written in this database itself; copies of other databases' facts are left out. */
export async function readOwnFacts(
  database: Database,
  range: { after: bigint; upTo: bigint; limit: number },
): Promise<StampedFact[]> {
  const rows = await database.query<LogRow>(
    'select * from facts.log where position > $1 and position <= $2 and origin is null order by position limit $3',
    [range.after.toString(), range.upTo.toString(), range.limit],
  );
  return rows.map(factOf);
}

/** Which facts of a key are read; `types` null is all. */
export interface KeyedFacts {
  keys: readonly string[];
  os: string;
  universe: string;
  /** Facts of one of these types whose payload holds these values; null for all. */
  only: readonly { type: string; payload: Record<string, unknown> }[] | null;
  /** Stretches of a key in which all its facts are read, whatever `only` says. */
  spans?: readonly FactSpan[];
}

/** A stretch of the facts of a key: those above one number and up to another; null is without an end. */
export interface FactSpan {
  key: string;
  above: number;
  upTo: number | null;
}

const keyedWhere = `l.key = k.key and l.origin is null and l.os = $2 and l.universe_id = $3 and ($4::jsonb is null
  or exists (select from jsonb_array_elements($4::jsonb) o where l.type = o ->> 'type' and l.payload @> (o -> 'payload'))
  or exists (select from jsonb_to_recordset($5::jsonb) s(key text, above bigint, "upTo" bigint)
    where s.key = l.key and l.key_seq > s.above and (s."upTo" is null or l.key_seq <= s."upTo")))`;

const keyedParams = ({ keys, os, universe, only, spans = [] }: KeyedFacts): unknown[] => [
  keys,
  os,
  universe,
  only && JSON.stringify(only),
  JSON.stringify(spans),
];

/**
 * What an OS told of each of these keys, at most `limit` of each: the newest first below a fact, or the oldest first above
 * one, which is named by its id: the numbers of a key tell how many facts there are that somebody may not see. Reads by the number within
 * the key, so a page deep in a long history costs what the first one does. Facts are here from their
 * commit on, also those that the relay has not stamped yet.
 */
export async function readFactsOfKeys(
  database: Database,
  range: KeyedFacts & { below?: string | null; above?: string | null; limit: number; order: 'newest' | 'oldest' },
): Promise<Map<string, Fact[]>> {
  const rows = await database.query<LogRow>(
    `select l.* from unnest($1::text[]) as k(key) cross join lateral (
       select * from facts.log l where ${keyedWhere}
         and ($6::text is null or l.key_seq < (select key_seq from facts.log where id = $6))
         and ($7::text is null or l.key_seq > (select key_seq from facts.log where id = $7))
       order by l.key_seq ${range.order === 'newest' ? 'desc' : 'asc'} limit $8
     ) l order by l.key, l.key_seq ${range.order === 'newest' ? 'desc' : 'asc'}`,
    [...keyedParams(range), range.below ?? null, range.above ?? null, range.limit],
  );
  const found = new Map<string, Fact[]>(range.keys.map((key) => [key, []]));
  for (const row of rows) found.get(row.key)?.push(factOf(row));
  return found;
}

/** How many facts an OS told of each of these keys. */
export async function countFactsOfKeys(database: Database, of: KeyedFacts): Promise<Map<string, number>> {
  const rows = await database.query<{ key: string; n: string }>(
    `select k.key, count(*) as n from unnest($1::text[]) as k(key) join facts.log l on ${keyedWhere} group by k.key`,
    keyedParams(of),
  );
  return new Map(rows.map(({ key, n }) => [key, Number(n)]));
}
