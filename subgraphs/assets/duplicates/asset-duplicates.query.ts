import type { FilterQuery } from '@mikro-orm/postgresql';
import { isOperator } from '../../../platform/access/permission.ts';
import { batched } from '../../../platform/context/batch.ts';
import type { Context } from '../../../platform/context/context.ts';
import { heavySql } from '../../../platform/database/heavy.ts';
import { Invalid } from '../../../platform/errors/errors.ts';
import type { FilterInput } from '../../../platform/nouns/filter-kinds.ts';
import { cursorValues, isInt, pageOf, rowCursor, type PageArgs, type PageInfo } from '../../../platform/nouns/page.ts';
import { numbered, selectSql } from '../../../platform/nouns/select.ts';
import { unstorable } from '../../../platform/scalars/text.ts';
import { Asset } from '../asset/asset.entity.ts';
import { ownersOf } from '../asset/asset.policy.ts';
import { assets } from '../asset/asset.noun.ts';
import type { AssetClusterReason, AssetDuplicateReason } from './reasons.ts';

/** Assets of a cluster that are returned. */
export const clusterShows = 20;
/** Works with the same title, and with the same creator, that a work is compared with: the newest. A page of 100 works then costs 100,000 comparisons. */
const blockAtMost = 500;
/** Characters of a key by which equally large clusters are ordered: enough for people, and short enough for a cursor. */
const beginningLength = 100;

/** Conditions under which `e` is identical to `s`, in the order in which reasons are given; each uses an index. */
const same = {
  CONTENT: `e.id in (
    select other.asset_id from assets.media own join assets.media other on other.sha256 = own.sha256
    where own.asset_id = s.id and own.detached_at is null and other.detached_at is null)`,
  SOURCE_LINE: 'e.source_hash = s.source_hash',
} as const;

export interface Duplicate {
  id: string;
  similarity: number;
  reason: AssetDuplicateReason;
}

export interface DuplicatesArgs {
  first: number;
  minSimilarity: number;
}

/**
 * The similarity of two works `s` and `e`, 0 to 1: the trigram similarity of their titles' fingerprints (pg_trgm: shared trigrams among
 * all), a third of it if they differ in a number, times 0.4 + 0.3 for the same creator + 0.2 for the same time + 0.1 for the same
 * medium. Creator and medium count by their trigram similarity, time by the share of common years, less with more years beyond ten.
 * Unknown values count nothing. A common rare title is stronger evidence than a frequent one (frequency-based weights: W. E. Winkler,
 * "Frequency-Based Matching in Fellegi-Sunter Model of Record Linkage", US Bureau of the Census, 2000): with k works of the same title
 * the similarity is divided by 1 + log2(k / 2) / 4, so that sheets of a series with the same title do not count as one work.
 */
const similarity = `round((
  public.similarity(s.match_title, e.match_title)
  * case when s.match_numbers is distinct from e.match_numbers then 0.33 else 1 end
  / case when s.match_title = e.match_title then 1 + log(2, (same_title + 1) / 2.0) / 4 else 1 end
  * (0.4 + 0.3 * coalesce(public.similarity(s.match_creator, e.match_creator), 0)
     + 0.2 * coalesce(
         (least(s.latest, e.latest) - greatest(s.earliest, e.earliest) + 1)::numeric
         / nullif(greatest(s.latest, e.latest) - least(s.earliest, e.earliest) + 1, 0)
         * least(1, 10.0 / nullif(greatest(s.latest, e.latest) - least(s.earliest, e.earliest) + 1, 0)), 0)
       * (coalesce(least(s.latest, e.latest) >= greatest(s.earliest, e.earliest), false))::int
     + 0.1 * coalesce(public.similarity(s.medium, e.medium), 0)))::numeric, 4)`;

const columns = [
  'e.id',
  'e.source_hash',
  'e.match_title',
  'e.match_creator',
  'e.match_numbers',
  'e.medium',
  'extract(year from e.created_earliest)::int as earliest',
  'extract(year from coalesce(e.created_latest, e.created_earliest))::int as latest',
];

/** The likely duplicates of these works among the visible ones, the most similar first. One statement. */
async function duplicatesOf(
  context: Context,
  ids: readonly string[],
  args: DuplicatesArgs,
): Promise<Map<string, Duplicate[]>> {
  const found = new Map<string, Duplicate[]>(ids.map((id) => [id, []]));
  const where = assets.where(context, {});
  if (where === null) return found;
  const seen = await selectSql(context, Asset, columns, where);
  const own = await selectSql(context, Asset, columns, { id: { $in: [...ids] } } as FilterQuery<Asset>);
  const params: unknown[] = [...own.params];
  const block = (condition: string): string => {
    params.push(...seen.params);
    return `(select * from (${seen.sql}) e where ${condition} and e.id <> s.id order by e.id desc limit ${blockAtMost})`;
  };
  const exact = Object.values(same).map((condition, n) => `select ${n} as exact, * from ${block(condition)} b`);
  const titled = block('e.match_title = s.match_title');
  const near = [block('e.match_title = s.match_title'), block('e.match_creator = s.match_creator')];
  const either = [...exact, ...near.map((sql) => `select null as exact, * from ${sql} b`)].join(' union all ');
  const rows = await heavySql<{ of: string; id: string; similarity: string; reason: AssetDuplicateReason }>(
    context,
    numbered(
      `select s.id as of, d.id, d.similarity, d.reason from (${own.sql}) s,
       lateral (select greatest(count(*), 1) as same_title from ${titled} t) titled, lateral (
         select c.id, c.reason, case when c.exact is null then c.similarity else 1 end as similarity
         from (
           select e.id, e.exact, ${similarity} as similarity,
             case ${Object.keys(same)
               .map((reason, n) => `when e.exact = ${n} then '${reason}'`)
               .join(' ')}
             when e.match_title = s.match_title and e.match_creator = s.match_creator and e.earliest = s.earliest
             then 'FINGERPRINT' else 'SIMILAR' end as reason
           from (select distinct on (id) * from (${either}) every order by id, exact) e
         ) c
         where c.exact is not null or c.similarity >= ${Number(args.minSimilarity)}
         order by 3 desc, c.id limit ${Math.trunc(args.first)}
       ) d order by s.id, d.similarity desc, d.id`,
    ),
    params,
  );
  for (const { of, id, similarity: value, reason } of rows)
    found.get(of)?.push({ id, similarity: Number(value), reason });
  return found;
}

/** The likely duplicates of a work. One statement for all works loaded together. */
export async function assetDuplicatesOf(context: Context, id: string, args: DuplicatesArgs): Promise<Duplicate[]> {
  const key = `asset duplicates ${args.first} ${args.minSimilarity}`;
  return (await batched(context, key, id, (ids) => duplicatesOf(context, ids, args))) ?? [];
}

/** Works with the same key. */
export interface Cluster {
  key: string;
  reason: AssetDuplicateReason;
  count: number;
  ids: string[];
}

export interface ClustersArgs extends PageArgs {
  filter?: FilterInput | null;
  reason: AssetClusterReason;
}

/** The keys that duplicates share; one row for each key of a work. */
const clusterKeys = {
  CONTENT: `unnest(array(select m.sha256 from assets.media m where m.asset_id = e.id and m.detached_at is null))`,
  FINGERPRINT: `case when e.match_creator is not null
    then e.match_title || ' | ' || e.match_creator || ' | ' || coalesce(extract(year from e.created_earliest)::int::text, '?') end`,
  SOURCE_LINE: `e.source_hash`,
} as const satisfies Record<AssetClusterReason, string>;

/** Groups of works with the same key among the viewer's own, or among all for operators; the largest first. */
export async function assetDuplicateClusters(
  context: Context,
  args: ClustersArgs,
): Promise<{ edges: { cursor: string; node: Cluster }[]; pageInfo: PageInfo; count: () => Promise<number> }> {
  const { actor } = context;
  const page = pageOf(args, actor);
  if (page.backward || page.before !== null)
    throw new Invalid('Clusters can be paged only with `first` and `after`.', {
      path: [page.before ? 'before' : 'last'],
    });
  const own = isOperator(actor) ? undefined : ({ ownerId: { $in: ownersOf(actor) } } as FilterQuery<Asset>);
  const where = assets.where(context, { filter: args.filter ?? null }, own);
  const signature = `clusters ${args.reason}`;
  const rows = where && (await selectSql(context, Asset, ['e.id', `${clusterKeys[args.reason]} as key`], where));
  const grouped =
    rows &&
    `select key, left(key, ${beginningLength}) collate "C" as beginning, md5(key) collate "C" as mark, count(*)::int as n,
      (array_agg(id order by id))[1:${clusterShows}] as ids
    from (${rows.sql}) r where key is not null group by key having count(*) > 1`;
  const count = async (): Promise<number> => {
    if (!grouped) return 0;
    const [total] = await heavySql<{ n: string }>(context, numbered(`select count(*) as n from (${grouped}) c`), [
      ...rows.params,
    ]);
    return Number(total?.n ?? 0);
  };
  const after = page.after === null ? null : placeOf(cursorValues(page.after, signature, 'after'));
  const found = !grouped
    ? []
    : await heavySql<Place & { key: string; ids: string[] }>(
        context,
        numbered(
          `select * from (${grouped}) c ${after ? 'where n < ? or (n = ? and (beginning, mark) > (?, ?))' : ''}
           order by n desc, beginning, mark limit ${page.size + 1}`,
        ),
        [...rows.params, ...(after ? [after.n, after.n, after.beginning, after.mark] : [])],
      );
  const edges = found.slice(0, page.size).map(({ key, n, beginning, mark, ids }) => ({
    cursor: rowCursor(signature, [n, beginning, mark]),
    node: { key, reason: args.reason, count: n, ids },
  }));
  const pageInfo = {
    hasNextPage: found.length > page.size,
    hasPreviousPage: after !== null,
    startCursor: edges[0]?.cursor ?? null,
    endCursor: edges.at(-1)?.cursor ?? null,
  };
  return { edges, pageInfo, count };
}

/** The position of a cluster: by size, the beginning of its key, and the hash of its key. A whole key is too long for a cursor. */
interface Place {
  n: number;
  beginning: string;
  mark: string;
}

function placeOf([n, beginning, mark]: unknown[]): Place {
  const isText = (value: unknown): value is string => typeof value === 'string' && !unstorable(value);
  if (!isInt(n) || !isText(beginning) || !isText(mark))
    throw new Invalid('This is not a cursor of this list.', { path: ['after'] });
  return { n, beginning, mark };
}
