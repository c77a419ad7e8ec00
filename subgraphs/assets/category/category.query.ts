import DataLoader from 'dataloader';
import type { Context } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { noun } from '../../../platform/nouns/noun.ts';
import { publicStatuses } from '../asset/asset.entity.ts';
import { Category } from './category.entity.ts';
import { CategoryType } from './category.type.ts';

export const categories = noun<Category>({
  name: 'Category',
  prefix: 'cat',
  entity: Category,
  type: () => CategoryType,
  audience: 'public',
  visible: () => ({}),
  filter: { slug: 'text', path: 'text', name: 'text', parentId: 'id', depth: 'int', ownerId: 'id' },
  sort: ['path', 'name', 'createdAt'],
});

/** Children of one category, at most. */
export const childrenAtMost = 500;

const childrenLoader = Symbol('children');
/** The categories right below, by path; the archived ones are left out. All look-ups of one turn are one statement. */
export function childrenOf(context: Context, id: string): Promise<Category[]> {
  const load = async (ids: readonly string[]): Promise<Category[][]> => {
    const rows = await context.em.find(
      Category,
      { parentId: { $in: [...ids] }, archivedAt: null },
      { orderBy: { path: 'asc' } },
    );
    return ids.map((parent) => rows.filter(({ parentId }) => parentId === parent));
  };
  return context.loader<Category[]>(childrenLoader, () => new DataLoader(load)).load(id);
}

const countLoader = Symbol('asset count');
/** How many assets that all may see are there or anywhere below. All look-ups of one turn are one statement. */
export function assetCountOf(context: Context, id: string): Promise<number> {
  const load = async (ids: readonly string[]): Promise<number[]> => {
    const rows = await sqlIn<{ id: string; n: string }>(
      context.em,
      `select top.id, count(*) as n
       from assets.categories top
       join assets.categories c on c.universe_id = top.universe_id
         and (c.path = top.path or (c.path > top.path || '/' and c.path < top.path || '0'))
       join assets.assets a on a.universe_id = c.universe_id and a.category_id = c.id and a.status = any($2)
       where top.id = any($1) group by top.id`,
      [[...ids], [...publicStatuses]],
    );
    const counts = new Map(rows.map((row) => [row.id, Number(row.n)]));
    return ids.map((each) => counts.get(each) ?? 0);
  };
  return context.loader<number>(countLoader, () => new DataLoader(load)).load(id);
}
