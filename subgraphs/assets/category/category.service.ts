import type { Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { Conflict, Forbidden, Invalid, NotFound } from '../../../platform/errors/errors.ts';
import { Category, categoryDepthAtMost } from './category.entity.ts';
import { categories, childrenAtMost } from './category.noun.ts';

/** The tree of a universe changes one step at a time: two moves at once could make each the parent of the other. */
export async function lockTree(tx: Transaction): Promise<void> {
  await sqlIn(tx.em, `select pg_advisory_xact_lock(hashtextextended('assets.categories ' || $1, 0))`, [tx.universe]);
}

/** Refuses a category that an asset of this owner cannot be put into. */
export async function categoryFor(tx: Transaction, id: string, ownerId: string, path: string[]): Promise<Category> {
  const category = await categories.load(tx, id);
  if (!category) throw new NotFound('There is no such category.', { path });
  if (category.archivedAt) throw new Conflict(`Nothing new is put into ${category.name}.`, { path });
  if (category.ownerId && category.ownerId !== ownerId)
    throw new Forbidden(`${category.name} is the branch of another organization.`, { path });
  return category;
}

/** The parent under which something of `ownerId` may be put, and null for the root, which is the platform's. */
export async function parentFor(
  tx: Transaction,
  parentId: string | null | undefined,
  ownerId: string | null,
): Promise<Category | null> {
  const path = ['input', 'parentId'];
  if (!parentId) {
    if (ownerId) throw new Invalid('An organization’s branch hangs under a category of the platform.', { path });
    return null;
  }
  const parent = tx.found(await tx.em.findOne(Category, { id: parentId }), path);
  if (parent.archivedAt) throw new Conflict(`Nothing new is put into ${parent.name}.`, { path });
  if (parent.ownerId !== null && parent.ownerId !== ownerId)
    throw new Forbidden(`${parent.name} is the branch of another organization.`, { path });
  const children = await tx.em.count(Category, { parentId });
  if (children >= childrenAtMost) throw new Conflict(`A category has at most ${childrenAtMost} children.`, { path });
  return parent;
}

/** Path and depth of a category with so many levels below it; refused where they are too many, or the path is taken. */
export async function placeUnder(
  tx: Transaction,
  parent: Category | null,
  slug: string,
  levelsBelow = 0,
): Promise<{ path: string; depth: number }> {
  const depth = (parent?.depth ?? 0) + 1;
  if (depth + levelsBelow > categoryDepthAtMost)
    throw new Invalid(`The tree has at most ${categoryDepthAtMost} levels.`, { path: ['input', 'parentId'] });
  const path = parent ? `${parent.path}/${slug}` : slug;
  if ((await tx.em.count(Category, { path })) > 0)
    throw new Conflict(`There is a category ${path} already.`, { path: ['input', 'slug'] });
  return { path, depth };
}

/** Puts a category under another parent or gives it another slug; everything below moves along, since its path begins with the one that was. */
export async function moveCategory(
  tx: Transaction,
  category: Category,
  to: { slug?: string | undefined; parentId?: string | null | undefined },
): Promise<void> {
  const { path: from, parentId: fromId = null, ownerId = null } = category;
  const parentId = to.parentId === undefined ? fromId : to.parentId;
  const slug = to.slug ?? category.slug;
  if (parentId === fromId && slug === category.slug) return;
  const parent =
    parentId === fromId
      ? parentId && (await tx.em.findOneOrFail(Category, { id: parentId }))
      : await parentFor(tx, parentId, ownerId);
  if (parent && parentId !== fromId && parent.within(category))
    throw new Invalid('A category cannot lie under itself.', { path: ['input', 'parentId'] });
  const [deepest] = await sqlIn<{ depth: number | null }>(
    tx.em,
    `select max(depth) as depth from assets.categories
     where universe_id = $1 and (path = $2 or (path > $2 || '/' and path < $2 || '0'))`,
    [tx.universe, from],
  );
  const levelsBelow = (deepest?.depth ?? category.depth) - category.depth;
  Object.assign(category, { parentId, slug, ...(await placeUnder(tx, parent || null, slug, levelsBelow)) });
  const levels = category.path.split('/').length - from.split('/').length;
  await sqlIn(
    tx.em,
    `update assets.categories set path = $3 || substr(path, length($2) + 1), depth = depth + $4, updated_at = $5,
       version = version + 1
     where universe_id = $1 and path > $2 || '/' and path < $2 || '0'`,
    [tx.universe, from, category.path, levels, tx.now().toISOString()],
  );
}
