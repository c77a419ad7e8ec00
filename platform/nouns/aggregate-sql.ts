import { rowsDefault } from './aggregate-args.ts';
import type { AggregateArgs, AggregateKey, AggregateOptions } from './aggregate-options.ts';
import { ordering } from './aggregate-order.ts';
import { bucketsBetween } from './buckets.ts';
import { figureColumns } from './figures.ts';
import { textCollation } from './select.ts';

/** Groups by the first selected columns: the keys, then the bucket. */
export function groupedSql(selected: string, keys: number, bucket: boolean): string {
  const by = [...Array.from({ length: keys }, (_, n) => `k${n}`), ...(bucket ? ['b'] : [])];
  // GROUP BY may use the aliases of the keys.
  return by.length === 0 ? selected : `${selected} group by ${by.join(', ')}`;
}

/** Keeps the largest groups, fills their empty buckets with zero, and orders the rows. */
export function rowsSql(
  grouped: string,
  keys: [string, AggregateKey][],
  { money = {} }: Pick<AggregateOptions, 'money'>,
  { bucket, orderBy, top, mostRows = rowsDefault }: AggregateArgs,
): string {
  const limit = mostRows + 1;
  const names = keys.map((_, n) => `k${n}`);
  const list = (prefix: string): string => names.map((key) => `${prefix}.${key}, `).join('');
  const same = (left: string, right: string): string =>
    names.map((key) => `${left}.${key} is not distinct from ${right}.${key}`).join(' and ');
  const sortable = keys.map(([, key], n) => (key.type() === String ? `k${n} ${textCollation}` : `k${n}`));
  const all = `all_groups as (${grouped})`;
  const kept = top
    ? `${all}, largest as (
        select ${names.join(', ')} from all_groups group by ${names.join(', ')}
        order by sum(n) desc, ${sortable.join(', ')} limit ${Math.trunc(top)}
      ), f as (select g.* from all_groups g join largest l on ${same('g', 'l')})`
    : `f as (${grouped})`;
  const order = ordering(orderBy ?? (bucket ? 'KEY_ASC' : 'COUNT_DESC'), sortable, Boolean(bucket));
  const ordered = (rows: string): string => `with ${kept} select * from (${rows}) r order by ${order} limit ${limit}`;
  if (!bucket?.fill) return ordered('select * from f');
  const { series, count } = bucketsBetween(bucket.unit, bucket.timeZone);
  const figures = figureColumns(money);
  const shown = figures.map((each) => `, f.${each}`).join('');
  // Sized before anything is built: the number of buckets between the edges, by arithmetic, times the groups. If there are too
  // many, nothing is filled, and one row without a count reports it.
  return ordered(`with edges as (select min(b) as low, max(b) as high from f),
    k as (select distinct ${names.length ? names.join(', ') : '1 as one'} from f where b is not null),
    size as (
      select coalesce(${count}, 0) * (select count(*) from k)
        + (select count(*) from f where b is null) <= ${mostRows} as fits from edges
    ),
    buckets as (
      (select ${series} as b from edges, size where fits and low is not null)
      union select b from f, size where fits and b is not null
    )
    select ${list('k')} buckets.b as b, coalesce(f.n, 0) as n${shown}
    from buckets cross join k left join f on f.b = buckets.b ${names.length ? `and ${same('f', 'k')}` : ''}
    union all select ${list('f')} f.b, f.n${shown} from f, size where fits and f.b is null
    union all select ${names.map(() => 'null, ').join('')}null, null${figures.map(() => ', null').join('')} from size where not fits`);
}
