import { raw, type FilterQuery, type QueryOrderMap } from '@mikro-orm/postgresql';
import DataLoader from 'dataloader';
import type { Context } from '../context/context.ts';
import { whenItsTurn } from '../database/heavy.ts';
import type { Noun } from './noun.ts';
import type { Row } from './options.ts';
import { selectSql } from './select.ts';
import { readOrder } from './sort.ts';

/** Selects the first rows of each parent. */
export interface First<E extends Row> {
  noun: () => Noun<E>;
  /** The property that holds the parent's id. */
  property: keyof E & string;
  sort: string[];
  limit: number;
  where?: (context: Context) => FilterQuery<E>;
}

/** The first rows of a parent, without pages. All parents requested in one tick with the same `of` share one statement. */
export function firstRows<E extends Row>(context: Context, parent: string, of: First<E>): Promise<E[]> {
  return context
    .loader<E[]>(of, () => new DataLoader((parents) => load(context, parents, of), { maxBatchSize: 1000 }))
    .load(parent);
}

async function load<E extends Row>(context: Context, parents: readonly string[], of: First<E>): Promise<E[][]> {
  const { property, sort, limit, where } = of;
  const noun = of.noun();
  const { entity } = noun.options;
  const column = (name: string): string => `e."${noun.columnOf(context, name)}"`;
  const among = { [property]: { $in: [...parents] } } as FilterQuery<E>;
  const all = noun.where(context, {}, where ? ({ $and: [among, where(context)] } as FilterQuery<E>) : among);
  if (all === null) return parents.map(() => []);
  const order = readOrder(noun.options, sort, null);
  const orderBy = order.map((key) => ({ [key.column]: key.direction })) as QueryOrderMap<E>[];
  // The rows of one parent are the first of an index: no reason to queue behind searches.
  if (parents.length === 1) return [(await context.em.find(entity, all, { orderBy, limit: Math.trunc(limit) })) as E[]];
  const by = order.map((key) => `${column(key.column)} ${key.direction}`).join(', ');
  const place = `row_number() over (partition by ${column(property)} order by ${by}) as place`;
  const { sql, params } = await selectSql(context, entity, ['e.id as id', place], all);
  const isFirst = raw(
    (alias) => `${alias}.id in (select f.id from (${sql}) f where f.place <= ${Math.trunc(limit)})`,
    params,
  );
  const find = (): Promise<unknown> => context.em.find(entity, { [isFirst]: [] } as FilterQuery<E>, { orderBy });
  const rows = (await whenItsTurn(context, find)) as E[];
  const byParent = new Map<string, E[]>(parents.map((each) => [each, []]));
  for (const row of rows) byParent.get(row[property] as string)?.push(row);
  return parents.map((each) => byParent.get(each) ?? []);
}
