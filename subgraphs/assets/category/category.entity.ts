import { defineEntity, p } from '@mikro-orm/core';
import { standardColumns } from '../../../platform/nouns/entity.ts';

/** Levels of the tree: a reader loses the way in more, and a path stays short. */
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
    /** The slugs from the root down: `art/paintings`. What lies below begins with it and a slash. */
    path: p.text(),
    depth: p.integer(),
    /** The organization whose branch it is; null is the platform's. */
    ownerId: p.text().name('owner_id').nullable(),
    createdBy: p.text().name('created_by').nullable(),
    archivedAt: p.datetime(3).name('archived_at').nullable(),
  },
});

/** A place in the tree by which assets are found. */
export class Category extends CategorySchema.class {
  /** Whether this is the other one or lies somewhere below it. */
  within(other: Category): boolean {
    return this.path === other.path || this.path.startsWith(`${other.path}/`);
  }
}
CategorySchema.setClass(Category);

/** A slug out of a name: "Film & Video" is `film-video`. Empty when nothing of it can stand in a slug. */
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
