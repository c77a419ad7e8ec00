import { Length, Matches } from 'class-validator';
import { difference, type Changed } from '../../../platform/change/difference.ts';
import { arg } from '../../../platform/declare/input.ts';
import { mutation } from '../../../platform/declare/mutation.ts';
import { mutationOf } from '../../../platform/declare/row-mutation.ts';
import { Conflict, Invalid } from '../../../platform/errors/errors.ts';
import { categoryArchived, categoryCreated, categoryRestored, categoryUpdated } from '../events.ts';
import { Category, slugOf } from './category.entity.ts';
import { categories } from './category.noun.ts';
import { lockTree, moveCategory, parentFor, placeUnder } from './category.service.ts';

const name = arg.text('The displayed name; 1 to 120 characters.', { min: 1, max: 120 });
const description = arg.text('What belongs in the category; at most 2,000 characters.', { max: 2000 });
const slug = (sentence: string) =>
  arg
    .text(sentence, { max: 60 })
    .check(
      Length(1, 60),
      Matches(/^[a-z0-9]+(-[a-z0-9]+)*$/, { message: 'slug: must consist of a to z, 0 to 9 and single hyphens' }),
    );
const answers = [categories, 'The category as it is now.'] as const;

export const categoryCreate = mutation('categoryCreate', {
  access: 'assets.category.create',
  description:
    'Creates a category: operators anywhere in the tree; administrators of an organization in its own branches, or a new branch below a category of the platform.',
  errors:
    'FORBIDDEN, NOT_FOUND for the parent, INVALID for more than six levels, CONFLICT for a path that is taken, an archived parent or a parent with 500 children',
  tells: [categoryCreated],
  input: {
    name,
    slug: slug(
      'The last step of the path; at most 60 characters of a-z, 0-9 and single hyphens. Made from the name if absent.',
    ).optional(),
    description: description.optional(),
    parentId: arg.id('cat', 'The parent category. Only operators create categories at the root.').optional(),
    ownerId: arg
      .id(
        'org',
        'The organization that owns the branch. If absent, the organization acted for, otherwise the platform.',
      )
      .optional(),
  },
  answers,
  async run(tx, given) {
    const ownerId = given.ownerId ?? tx.info.actingFor ?? null;
    tx.must('assets.category.create', ownerId);
    await lockTree(tx);
    const parent = await parentFor(tx, given.parentId, ownerId);
    const step = given.slug ?? slugOf(given.name);
    if (step === '')
      throw new Invalid('slug: give one, because none can be made from this name.', { path: ['input', 'slug'] });
    const category = categories.create(tx, {
      slug: step,
      name: given.name,
      description: given.description ?? null,
      parentId: parent?.id ?? null,
      ...(await placeUnder(tx, parent, step)),
      ownerId,
      createdBy: tx.actorId,
    });
    const { id: categoryId, path } = category;
    tx.emit(categoryCreated, categoryId, { categoryId, ownerId, path, name: category.name });
    return category;
  },
});

const placeOf = ({ slug: step, parentId, path }: Category): Record<string, unknown> => ({
  slug: step,
  parentId: parentId ?? null,
  path,
});

export const categoryUpdate = mutationOf(categories, 'categoryUpdate', {
  access: 'assets.category.update',
  description: 'Renames or moves a category.',
  errors:
    'NOT_FOUND, FORBIDDEN, INVALID for a move below itself or for more than six levels, CONFLICT for a path that is taken, an archived parent, a parent with 500 children or an outdated `ifVersion`',
  tells: [categoryUpdated],
  inputDescription:
    'Absent fields stay as they are; null clears a field. A new slug or parent also moves all categories below.',
  target: 'The category to change.',
  ifVersion: true,
  before: lockTree,
  edits: { name: name.kept(), description: description.clearable() },
  input: {
    slug: slug('The last step of the path; at most 60 characters of a-z, 0-9 and single hyphens.').kept(),
    parentId: arg.id('cat', 'The new parent category; null moves it to the root.').clearable(),
  },
  answers,
  async run(tx, category, given, edited) {
    const before = placeOf(category);
    await moveCategory(tx, category, given);
    const changed: Changed = { ...edited, ...difference(before, placeOf(category)) };
    if (Object.keys(changed).length === 0) return;
    category.updatedAt = tx.now();
    tx.emit(categoryUpdated, category.id, { ...told(category), changed });
  },
});

const told = ({ id, ownerId, path }: Category) => ({ categoryId: id, ownerId: ownerId ?? null, path });

export const categoryArchive = mutationOf(categories, 'categoryArchive', {
  access: 'assets.category.archive',
  description: 'Archives a category: its assets stay, but no asset and no category can be added to it. Idempotent.',
  errors: 'NOT_FOUND, FORBIDDEN, INVALID, CONFLICT while a category below it is open',
  tells: [categoryArchived],
  target: 'The category to archive.',
  before: lockTree,
  answers,
  async run(tx, category) {
    if (category.archivedAt) return;
    const open = await tx.em.count(Category, { parentId: category.id, archivedAt: null });
    if (open > 0)
      throw new Conflict(`${open} categories below it are open. Archive those first.`, {
        path: ['input', 'categoryId'],
      });
    Object.assign(category, { archivedAt: tx.now(), updatedAt: tx.now() });
    tx.emit(categoryArchived, category.id, told(category));
  },
});

export const categoryRestore = mutationOf(categories, 'categoryRestore', {
  access: 'assets.category.restore',
  description: 'Restores an archived category, so that assets and categories can be added to it again. Idempotent.',
  errors: 'NOT_FOUND, FORBIDDEN, INVALID, CONFLICT while its parent is archived',
  tells: [categoryRestored],
  target: 'The category to restore.',
  before: lockTree,
  answers,
  async run(tx, category) {
    if (!category.archivedAt) return;
    const parent = category.parentId ? await tx.em.findOneOrFail(Category, { id: category.parentId }) : null;
    if (parent?.archivedAt)
      throw new Conflict(`Its parent ${parent.name} is archived. Restore that one first.`, {
        path: ['input', 'categoryId'],
      });
    Object.assign(category, { archivedAt: null, updatedAt: tx.now() });
    tx.emit(categoryRestored, category.id, told(category));
  },
});
