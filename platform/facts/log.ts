import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { Database } from '../database/database.ts';
import { sqlIn } from '../database/sql.ts';
import { Invalid } from '../errors/errors.ts';
import { newId } from '../ids/ids.ts';
import type { RequestInfo } from '../context/request.ts';
import type { EmittedFact, StampedFact } from './fact.ts';

/** A row of `facts.log`. */
export interface LogRow {
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
  origin: string | null;
  payload: unknown;
}

export function factOf(row: LogRow): StampedFact {
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
    origin: row.origin,
    payload: row.payload,
  };
}

/** The request that caused a fact. */
export interface FactOrigin {
  os: string;
  info: RequestInfo;
  at: Date;
}

/**
 * Bytes of a fact's payload as JSON: a message to other databases, streams and reactions are made for less. The largest legitimate one has
 * both texts of an edited asset, about half of it.
 */
export const payloadAtMost = 900_000;

/** Refuses a payload that is too large. Most are so short that nothing has to be counted: a code unit has at most three bytes. */
function checkSizes(rows: readonly { type: string; payload: unknown }[], json: string): void {
  if (json.length * 3 <= payloadAtMost) return;
  for (const { type, payload } of rows) {
    const bytes = Buffer.byteLength(JSON.stringify(payload));
    if (bytes > payloadAtMost)
      throw new Invalid(
        `This change is too large to be recorded: its ${type} would have ${bytes} bytes, and at most ${payloadAtMost} are possible. Change fewer or shorter values at once.`,
      );
  }
}

/** Writes the facts of a transaction in one statement, each with its gap-free number within its key. INVALID if one is too large. */
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
      // The delegate acts on behalf of the principal.
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
  const json = JSON.stringify(rows);
  checkSizes(rows, json);
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
    [json],
  );
}

/** Maximum facts stamped at once; an import batch has 501. */
export const stampAtMost = 2000;

export async function stampFacts(database: Database): Promise<StampedFact[]> {
  const rows = await database.query<LogRow>('select * from facts.stamp($1)', [stampAtMost]);
  return rows.map(factOf);
}

/** SQL expression: the position up to which all facts were pruned (`retention.ts`). */
const gone = '(select coalesce(max(position), 0) from facts.pruned)';

/** Facts after the reader's position were pruned: reading on would skip them. */
export class FactsGone extends Error {
  /** The position up to which facts were pruned. */
  readonly upTo: bigint;

  constructor(after: bigint, upTo: bigint) {
    super(`The facts above position ${after} and up to ${upTo} were pruned.`);
    this.name = 'FactsGone';
    this.upTo = upTo;
  }
}

export interface LogState {
  /** Whether there are facts without a position yet. */
  isUnstamped: boolean;
  /** The last position. */
  position: bigint;
  /** The position up to which facts were pruned. */
  gone: bigint;
}

export async function lookAtLog(database: Database): Promise<LogState> {
  const [row] = await database.query<{ is_unstamped: boolean; position: string; gone: string }>(
    `select exists (select from facts.log where position is null) as is_unstamped, position, ${gone} as gone from facts.relay`,
  );
  return {
    isUnstamped: row?.is_unstamped ?? false,
    position: BigInt(row?.position ?? 0),
    gone: BigInt(row?.gone ?? 0),
  };
}

/**
 * The stamped facts above `after` and up to `upTo`, in order, at most `limit`. Throws `FactsGone` if facts above `after` were pruned,
 * which is read in the same snapshot as the rows.
 */
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
  const rows = await database.query<LogRow & { gone: string }>(
    `select g.gone, l.* from (select ${gone} as gone) g
     left join lateral (select * from facts.log where ${where} order by position limit $2) l on true order by l.position`,
    params,
  );
  const upTo = BigInt(rows[0]?.gone ?? 0);
  if (upTo > range.after) throw new FactsGone(range.after, upTo);
  // Without facts there is one row, which holds only `gone`.
  return rows[0]?.id ? rows.map(factOf) : [];
}

/** Whether more than `most` facts of these types are above `after`. */
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

/** The stamped facts written in this database, without copies from others. */
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
