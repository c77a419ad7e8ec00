import type { Database } from '../database/database.ts';
import { Expired } from '../errors/errors.ts';
import type { Fact } from './fact.ts';
import { factOf, type LogRow } from './log.ts';

/** Selects facts of keys. */
export interface KeyedFacts {
  keys: readonly string[];
  os: string;
  universe: string;
  /** Only facts of these types whose payload contains these values; null for all. */
  only: readonly { type: string; payload: Record<string, unknown> }[] | null;
  /** Ranges of a key in which all facts are read, regardless of `only`. */
  spans?: readonly FactSpan[];
}

/** A range of the facts of a key, by their numbers; `upTo` null is open-ended. */
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
 * The facts of each of these keys, at most `limit` each: newest first below a fact, or oldest first above one. The fact is given by its id,
 * because numbers would reveal how many invisible facts there are. Reads by the number within the key, so a page deep in a long history
 * costs the same as the first. Includes committed facts that are not stamped yet. Throws EXPIRED with the path `after` or `before` if
 * that fact was pruned.
 */
export async function readFactsOfKeys(
  database: Database,
  range: KeyedFacts & { below?: string | null; above?: string | null; limit: number; order: 'newest' | 'oldest' },
): Promise<Map<string, Fact[]>> {
  const { below = null, above = null, limit } = range;
  const order = range.order === 'newest' ? 'desc' : 'asc';
  const rows = await database.query<LogRow & { below: string | null; above: string | null }>(
    `with place as (
       select (select key_seq from facts.log where id = $6) as below, (select key_seq from facts.log where id = $7) as above
     )
     select p.below, p.above, l.* from place p left join lateral (
       select l.* from unnest($1::text[]) as k(key) cross join lateral (
         select * from facts.log l where ${keyedWhere}
           and ($6::text is null or l.key_seq < p.below) and ($7::text is null or l.key_seq > p.above)
         order by l.key_seq ${order} limit $8
       ) l
     ) l on true order by l.key, l.key_seq ${order}`,
    [...keyedParams(range), below, above, limit],
  );
  const [first] = rows;
  for (const [path, id, place] of [
    ['after', below, first?.below],
    ['before', above, first?.above],
  ] as const)
    if (id !== null && (place ?? null) === null)
      throw new Expired('The change behind this cursor is no longer kept. Read the list from its beginning.', {
        path: [path],
      });
  const found = new Map<string, Fact[]>(range.keys.map((key) => [key, []]));
  for (const row of rows) if (row.id) found.get(row.key)?.push(factOf(row));
  return found;
}

/** Those of the keys whose first facts were pruned, so that their history is incomplete. */
export async function prunedKeys(database: Database, keys: readonly string[]): Promise<Set<string>> {
  const rows = await database.query<{ key: string }>(
    `select k.key from facts.keys k where k.key = any($1)
     and not exists (select from facts.log l where l.key = k.key and l.key_seq = 1 and l.origin is null)`,
    [keys],
  );
  return new Set(rows.map(({ key }) => key));
}

/** The number of facts of each of these keys. */
export async function countFactsOfKeys(database: Database, of: KeyedFacts): Promise<Map<string, number>> {
  const rows = await database.query<{ key: string; n: string }>(
    `select k.key, count(*) as n from unnest($1::text[]) as k(key) join facts.log l on ${keyedWhere} group by k.key`,
    keyedParams(of),
  );
  return new Map(rows.map(({ key, n }) => [key, Number(n)]));
}
