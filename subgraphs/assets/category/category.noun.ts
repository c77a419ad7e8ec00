import { batched } from '../../../platform/context/batch.ts';
import type { Context } from '../../../platform/context/context.ts';
import { heavySql } from '../../../platform/database/heavy.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { arg } from '../../../platform/declare/input.ts';
import { noun, type DeclaredNoun } from '../../../platform/declare/noun.ts';
import { publicStatuses } from '../asset/asset.entity.ts';
import { Category } from './category.entity.ts';

/** Children per category. */
export const childrenAtMost = 500;
/** Children returned without `first`: a page of 100 categories then has at most 10,000 of them. */
const childrenDefault = 100;

export const categories: DeclaredNoun<Category> = noun(Category, {
  name: 'Category',
  plural: 'categories',
  prefix: 'cat',
  words: ['category', 'categories'],
  description: 'A category of assets, in a tree of at most six levels. Visible to everybody.',
  visible: () => ({}),
  audience: 'public',
  ownedBy: 'ownerId',
  fields: (f) => ({
    ...f.standard(),
    slug: f.text('The last step of the path, such as "paintings".'),
    name: f.text('The displayed name; 1 to 120 characters.'),
    description: f.text('What belongs in the category; null if not described.').nullable(),
    path: f.text('The slugs from the root down, such as "art/paintings".'),
    depth: f.int('The level in the tree, 1 to 6.'),
    owner: f.actor(
      'ownerId',
      'The organization that owns this branch of the tree; null if it belongs to the platform.',
    ),
    archivedAt: f.time('The time since which nothing can be added to the category; null while it is open.').nullable(),
    parent: f.belongsTo(() => categories, 'parentId', 'The parent category; null at the root.'),
    children: f
      .list<Category>(() => categories.built.type, 'The open child categories, by path; at most 500.', {
        by: 'first',
      })
      .with(
        {
          first: arg
            .int('Number of categories, from the start; 0 to 500.', { min: 0, max: childrenAtMost })
            .default(childrenDefault),
        },
        ({ id }, context, { first }) => childrenOf(context, id, first),
      ),
    assetCount: f
      .int('Number of public assets in the category and all categories below it.')
      .cost(5)
      .from(({ id }, context) => assetCountOf(context, id)),
  }),
  filter: { slug: 'text', path: 'text', name: 'text', parentId: 'id', depth: 'int', ownerId: 'id' },
  sort: ['path', 'name', 'createdAt'],
  ascends: true,
  roots: {
    list: 'The categories, in the order of the tree: a parent before its children. `filter: { parentId: { isNull: true } }` selects the root categories. Errors: INVALID.',
  },
});

/** The first open child categories, by path. One statement for all categories loaded together. */
async function childrenOf(context: Context, id: string, first: number): Promise<Category[]> {
  const found = await batched(context, `children ${first}`, id, async (ids) => {
    const rows = await sqlIn<Record<string, unknown>>(
      context.em,
      `select c.* from unnest($1::text[]) as top(id) cross join lateral (
         select * from assets.categories
         where parent_id = top.id and universe_id = $2 and archived_at is null order by path limit $3
       ) c order by c.path`,
      [ids, context.universe, first],
    );
    const below = new Map<string, Category[]>(ids.map((each) => [each, []]));
    for (const row of rows) below.get(String(row['parent_id']))?.push(context.em.map(Category, row));
    return below;
  });
  return found ?? [];
}

const countKey = Symbol('asset count');
/** Number of public assets in a category and below it. One statement for all categories loaded together. */
async function assetCountOf(context: Context, id: string): Promise<number> {
  const count = await batched(context, countKey, id, async (ids) => {
    const rows = await heavySql<{ id: string; n: string }>(
      context,
      `select top.id, count(*) as n
       from assets.categories top
       join assets.categories c on c.universe_id = top.universe_id
         and (c.path = top.path or (c.path > top.path || '/' and c.path < top.path || '0'))
       join assets.assets a on a.universe_id = c.universe_id and a.category_id = c.id and a.status = any($2)
       where top.id = any($1) group by top.id`,
      [ids, [...publicStatuses]],
    );
    return new Map(rows.map((row) => [row.id, Number(row.n)]));
  });
  return count ?? 0;
}
