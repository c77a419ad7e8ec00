import type { EntityClass, FilterQuery } from '@mikro-orm/postgresql';
import type { Context } from '../context/context.ts';
import { heavySql } from '../database/heavy.ts';
import { numbered, selectSql } from './select.ts';

/** The ids of the first rows of each parent, in one statement, ordered by place. Columns are database columns. */
export async function firstOfEach<E extends object>(
  context: Context,
  entity: EntityClass<E>,
  of: { where: FilterQuery<E>; parent: string; order: string; limit: number },
): Promise<{ id: string; parent: string }[]> {
  const place = `row_number() over (partition by e."${of.parent}" order by ${of.order}) as place`;
  const { sql, params } = await selectSql(
    context,
    entity,
    ['e.id as id', `e."${of.parent}" as parent`, place],
    of.where,
  );
  const first = `select id, parent from (${sql}) r where place <= ${Math.trunc(of.limit)} order by place`;
  return heavySql(context, numbered(first), params);
}

/** The number of rows of each parent. */
export async function countsBy<E extends object>(
  context: Context,
  entity: EntityClass<E>,
  parent: string,
  where: FilterQuery<E>,
): Promise<Map<string, number>> {
  const { sql, params } = await selectSql(context, entity, [`e."${parent}" as parent`, 'count(*) as n'], where);
  const rows = await heavySql<{ parent: string; n: string }>(context, `${numbered(sql)} group by 1`, params);
  return new Map(rows.map((row) => [row.parent, Number(row.n)]));
}
