import { defineEntity, p } from '@mikro-orm/core';
import { standardColumns } from '../../../platform/nouns/entity.ts';

/** Levels of the tree: more would be hard to navigate, and paths stay short. */
export const categoryDepthAtMost = 6;

export const CategorySchema = defineEntity({
  name: 'Category',
  tableName: 'categories',
  properties: {
    ...standardColumns,
    version: p.integer().version().default(1),
    slug: p.text(),
    name: p.text(),
    description: p.text().nullable(),
    parentId: p.text().name('parent_id').nullable(),
    /** The slugs from the root down: `art/paintings`. Paths below begin with it and a slash. */
    path: p.text(),
    depth: p.integer(),
    /** The organization that owns the branch; null for the platform. */
    ownerId: p.text().name('owner_id').nullable(),
    createdBy: p.text().name('created_by').nullable(),
    archivedAt: p.datetime(3).name('archived_at').nullable(),
  },
});

/** A category in the tree. */
export class Category extends CategorySchema.class {
  /** Whether this is the other category or is below it. */
  within(other: Category): boolean {
    return this.path === other.path || this.path.startsWith(`${other.path}/`);
  }
}
CategorySchema.setClass(Category);

/** A slug made from a name: "Film & Video" becomes `film-video`. Empty if no character of it is allowed in a slug. */
export function slugOf(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 60)
    .replace(/-+$/, '');
}
