import { raw, type EntityClass, type FilterQuery } from '@mikro-orm/postgresql';
import type { Context } from '../context/context.ts';
import { heavySql } from '../database/heavy.ts';

export interface Selected {
  sql: string;
  params: unknown[];
}

/**
 * The SQL of expressions over the rows of an entity that meet ORM conditions, including its universe; the row is `e`. Parameters
 * are `?`, so that several can be combined; `numbered` turns them into `$1`, `$2`.
 */
export async function selectSql<E extends object>(
  context: Context,
  entity: EntityClass<E>,
  expressions: readonly string[],
  where: FilterQuery<E>,
): Promise<Selected> {
  const query = context.em.createQueryBuilder(entity, 'e');
  query.select(expressions.map((sql) => raw(sql)) as never).where(where as never);
  await query.applyFilters();
  const { sql, params } = query.toQuery();
  return { sql, params: [...params] };
}

/** The number of rows of an entity that meet ORM conditions. */
export async function countOf<E extends object>(
  context: Context,
  entity: EntityClass<E>,
  where: FilterQuery<E>,
): Promise<number> {
  const { sql, params } = await selectSql(context, entity, ['count(*) as n'], where);
  const [row] = await heavySql<{ n: string }>(context, numbered(sql), params);
  return Number(row?.n ?? 0);
}

/** Turns the ORM's `?` parameters into `$1`, `$2`; outside of quotes the ORM writes no other question marks. */
export function numbered(sql: string): string {
  let n = 0;
  return sql.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|\?/g, (part) => (part === '?' ? `$${(n += 1)}` : part));
}

/** Sorts text the same way in both databases. */
export const textCollation = 'collate "und-x-icu"';
