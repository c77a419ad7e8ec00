import type { Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { Conflict, Forbidden, Invalid, NotFound } from '../../../platform/errors/errors.ts';
import { Category, categoryDepthAtMost } from './category.entity.ts';
import { categories, childrenAtMost } from './category.noun.ts';

/** Serializes changes of a universe's tree: two simultaneous moves could otherwise create a cycle. */
export async function lockTree(tx: Transaction): Promise<void> {
  await sqlIn(tx.em, `select pg_advisory_xact_lock(hashtextextended('assets.categories ' || $1, 0))`, [tx.universe]);
}

/** The category for an asset of this owner; throws if the asset cannot be added to it. */
export async function categoryFor(tx: Transaction, id: string, ownerId: string, path: string[]): Promise<Category> {
  const category = await categories.load(tx, id);
  if (!category) throw new NotFound('There is no such category.', { path });
  if (category.archivedAt) throw new Conflict(`The category ${category.name} is archived.`, { path });
  if (category.ownerId && category.ownerId !== ownerId)
    throw new Forbidden(`The category ${category.name} belongs to another organization.`, { path });
  return category;
}

/** The parent below which `ownerId` may add a category; null for the root, which belongs to the platform. */
export async function parentFor(
  tx: Transaction,
  parentId: string | null | undefined,
  ownerId: string | null,
): Promise<Category | null> {
  const path = ['input', 'parentId'];
  if (!parentId) {
    if (ownerId)
      throw new Invalid('parentId: a branch of an organization needs a parent category of the platform.', { path });
    return null;
  }
  const parent = tx.found(await tx.em.findOne(Category, { id: parentId }), path);
  if (parent.archivedAt) throw new Conflict(`The category ${parent.name} is archived.`, { path });
  if (parent.ownerId !== null && parent.ownerId !== ownerId)
    throw new Forbidden(`The category ${parent.name} belongs to another organization.`, { path });
  const children = await tx.em.count(Category, { parentId });
  if (children >= childrenAtMost) throw new Conflict(`A category has at most ${childrenAtMost} children.`, { path });
  return parent;
}

/** Path and depth of a category with this number of levels below it; throws if the tree gets too deep or the path is taken. */
export async function placeUnder(
  tx: Transaction,
  parent: Category | null,
  slug: string,
  levelsBelow = 0,
): Promise<{ path: string; depth: number }> {
  const depth = (parent?.depth ?? 0) + 1;
  if (depth + levelsBelow > categoryDepthAtMost)
    throw new Invalid(`parentId: the tree has at most ${categoryDepthAtMost} levels.`, { path: ['input', 'parentId'] });
  const path = parent ? `${parent.path}/${slug}` : slug;
  if ((await tx.em.count(Category, { path })) > 0)
    throw new Conflict(`The category ${path} already exists.`, { path: ['input', 'slug'] });
  return { path, depth };
}

/** Moves or renames a category, and rewrites the paths of all categories below it. */
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
    throw new Invalid('parentId: a category cannot be below itself.', { path: ['input', 'parentId'] });
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
