import type { Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { Conflict, Forbidden, Invalid, NotFound } from '../../../platform/errors/errors.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { difference } from '../../../platform/change/difference.ts';
import { categoryArchived, categoryCreated, categoryRestored, categoryUpdated } from '../events.ts';
import { Category, categoryDepthAtMost, slugOf } from './category.entity.ts';
import { categories, childrenAtMost } from './category.query.ts';

/** The tree of a universe changes one step at a time: two moves at once could make each the parent of the other. */
async function lockTree(tx: Transaction): Promise<void> {
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
async function parentFor(
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

async function checkFree(tx: Transaction, path: string): Promise<void> {
  if ((await tx.em.count(Category, { path })) > 0)
    throw new Conflict(`There is a category ${path} already.`, { path: ['input', 'slug'] });
}

export async function categoryCreate(
  tx: Transaction,
  input: {
    name: string;
    slug?: string | null;
    description?: string | null;
    parentId?: string | null;
    ownerId?: string | null;
  },
): Promise<Category> {
  const ownerId = input.ownerId ?? tx.info.actingFor ?? null;
  tx.must('assets.category.create', ownerId);
  await lockTree(tx);
  const parent = await parentFor(tx, input.parentId, ownerId);
  const slug = input.slug ?? slugOf(input.name);
  if (slug === '') throw new Invalid('Give a slug: none can be made of this name.', { path: ['input', 'slug'] });
  const depth = (parent?.depth ?? 0) + 1;
  if (depth > categoryDepthAtMost) throw tooDeep();
  const path = parent ? `${parent.path}/${slug}` : slug;
  await checkFree(tx, path);
  const now = tx.now();
  const category = tx.em.create(Category, {
    id: newId('cat'),
    universeId: tx.universe,
    createdAt: now,
    updatedAt: now,
    slug,
    name: input.name.trim(),
    description: input.description ?? null,
    parentId: parent?.id ?? null,
    path,
    depth,
    ownerId,
    createdBy: tx.actorId,
  });
  tx.em.persist(category);
  tx.emit(categoryCreated, category.id, { categoryId: category.id, ownerId, path, name: category.name });
  return category;
}

function tooDeep(): Invalid {
  return new Invalid(`The tree has at most ${categoryDepthAtMost} levels.`, { path: ['input', 'parentId'] });
}

const told = ({ name, slug, description, parentId, path }: Category): Record<string, unknown> => ({
  name,
  slug,
  description: description ?? null,
  parentId: parentId ?? null,
  path,
});

export async function categoryUpdate(
  tx: Transaction,
  input: {
    categoryId: string;
    ifVersion?: number | null;
    name?: string | null;
    slug?: string | null;
    description?: string | null;
    parentId?: string | null;
  },
): Promise<Category> {
  await lockTree(tx);
  const category = tx.found(await categories.lock(tx, input.categoryId), ['input', 'categoryId']);
  tx.must('assets.category.update', category.ownerId ?? null);
  if (input.ifVersion && input.ifVersion !== category.version)
    throw new Conflict(
      `ifVersion: the category is at version ${category.version} by now. Read it again, and repeat the change.`,
      { path: ['input', 'ifVersion'] },
    );
  for (const field of ['name', 'slug'] as const)
    if (input[field] === null) throw new Invalid(`${field} cannot be cleared.`, { path: ['input', field] });
  const before = told(category);
  const previousPath = category.path;
  if (input.name) category.name = input.name.trim();
  if (input.description !== undefined) category.description = input.description;
  await move(tx, category, input);
  const changed = difference(before, told(category));
  if (Object.keys(changed).length === 0) return category;
  category.updatedAt = tx.now();
  if (category.path !== previousPath) {
    // Everything below moves along: its path begins with the one that was.
    const levels = category.path.split('/').length - previousPath.split('/').length;
    await sqlIn(
      tx.em,
      `update assets.categories set path = $3 || substr(path, length($2) + 1), depth = depth + $4, updated_at = $5,
         version = version + 1
       where universe_id = $1 and path > $2 || '/' and path < $2 || '0'`,
      [tx.universe, previousPath, category.path, levels, tx.now().toISOString()],
    );
  }
  const { id: categoryId, path } = category;
  tx.emit(categoryUpdated, categoryId, { categoryId, ownerId: category.ownerId ?? null, path, changed });
  return category;
}

/** The category with its lock; nothing else of the tree changes meanwhile. */
async function locked(tx: Transaction, categoryId: string, permission: string): Promise<Category> {
  await lockTree(tx);
  const category = tx.found(await categories.lock(tx, categoryId), ['input', 'categoryId']);
  tx.must(permission, category.ownerId ?? null);
  return category;
}

export async function categoryArchive(tx: Transaction, input: { categoryId: string }): Promise<Category> {
  const category = await locked(tx, input.categoryId, 'assets.category.archive');
  if (category.archivedAt) return category;
  const open = await tx.em.count(Category, { parentId: category.id, archivedAt: null });
  if (open > 0)
    throw new Conflict(`${open} categories below it are open: archive those first.`, { path: ['input', 'categoryId'] });
  Object.assign(category, { archivedAt: tx.now(), updatedAt: tx.now() });
  tx.emit(categoryArchived, category.id, placeOf(category));
  return category;
}

export async function categoryRestore(tx: Transaction, input: { categoryId: string }): Promise<Category> {
  const category = await locked(tx, input.categoryId, 'assets.category.restore');
  if (!category.archivedAt) return category;
  const parent = category.parentId ? await tx.em.findOneOrFail(Category, { id: category.parentId }) : null;
  if (parent?.archivedAt)
    throw new Conflict(`${parent.name} is archived: restore it first.`, { path: ['input', 'categoryId'] });
  Object.assign(category, { archivedAt: null, updatedAt: tx.now() });
  tx.emit(categoryRestored, category.id, placeOf(category));
  return category;
}

const placeOf = ({ id, ownerId, path }: Category) => ({ categoryId: id, ownerId: ownerId ?? null, path });

/** Puts it under another parent or gives it another slug; the rows below are moved by whoever calls this. */
async function move(
  tx: Transaction,
  category: Category,
  input: { slug?: string | null; parentId?: string | null },
): Promise<void> {
  const parentId = input.parentId === undefined ? (category.parentId ?? null) : input.parentId;
  const slug = input.slug ?? category.slug;
  if (parentId === (category.parentId ?? null) && slug === category.slug) return;
  let parent: Category | null = null;
  if (parentId !== (category.parentId ?? null)) {
    parent = await parentFor(tx, parentId, category.ownerId ?? null);
    if (parent?.within(category))
      throw new Invalid('A category cannot lie under itself.', { path: ['input', 'parentId'] });
  } else if (parentId) parent = await tx.em.findOneOrFail(Category, { id: parentId });
  const depth = (parent?.depth ?? 0) + 1;
  const [deepest] = await sqlIn<{ depth: number | null }>(
    tx.em,
    `select max(depth) as depth from assets.categories
     where universe_id = $1 and (path = $2 or (path > $2 || '/' and path < $2 || '0'))`,
    [tx.universe, category.path],
  );
  if ((deepest?.depth ?? category.depth) - category.depth + depth > categoryDepthAtMost) throw tooDeep();
  const path = parent ? `${parent.path}/${slug}` : slug;
  await checkFree(tx, path);
  Object.assign(category, { parentId, slug, path, depth });
}
