import type { Database } from '../database/database.ts';
import { Expired } from '../errors/errors.ts';
import type { Fact } from './fact.ts';
import { factOf, type LogRow } from './log.ts';

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
 * commit on, also those that the relay has not stamped yet. EXPIRED, with `after` or `before` as its path, when that fact was pruned.
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

/** Of these keys, those whose first facts were pruned: what is read of them is not all that was told. */
export async function prunedKeys(database: Database, keys: readonly string[]): Promise<Set<string>> {
  const rows = await database.query<{ key: string }>(
    `select k.key from facts.keys k where k.key = any($1)
     and not exists (select from facts.log l where l.key = k.key and l.key_seq = 1 and l.origin is null)`,
    [keys],
  );
  return new Set(rows.map(({ key }) => key));
}

/** How many facts an OS told of each of these keys. */
export async function countFactsOfKeys(database: Database, of: KeyedFacts): Promise<Map<string, number>> {
  const rows = await database.query<{ key: string; n: string }>(
    `select k.key, count(*) as n from unnest($1::text[]) as k(key) join facts.log l on ${keyedWhere} group by k.key`,
    keyedParams(of),
  );
  return new Map(rows.map(({ key, n }) => [key, Number(n)]));
}
