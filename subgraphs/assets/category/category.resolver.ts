import {
  Arg,
  Args,
  Ctx,
  Directive,
  Field,
  FieldResolver,
  ID,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { Reads, Writes } from '../../../platform/access/declare.ts';
import { run, type Run } from '../../../platform/change/run.ts';
import type { Context } from '../../../platform/context/context.ts';
import { checkId } from '../../../platform/ids/ids.ts';
import type { Connection } from '../../../platform/nouns/noun.ts';
import type { Asset } from '../asset/asset.entity.ts';
import { AssetType } from '../asset/asset.type.ts';
import { categoryArchived, categoryCreated, categoryRestored, categoryUpdated } from '../events.ts';
import { actorStub, type ActorStub } from '../foreign/actor.ts';
import type { Category } from './category.entity.ts';
import {
  CategoriesArgs,
  CategoryArchiveInput,
  CategoryChildrenArgs,
  CategoryCreateInput,
  CategoryRestoreInput,
  CategoryUpdateInput,
} from './category.input.ts';
import { assetCountOf, categories, childrenOf } from './category.query.ts';
import * as service from './category.service.ts';
import { CategoryType } from './category.type.ts';

@ObjectType('CategoryCreatePayload')
export class CategoryCreatePayload {
  @Field(() => CategoryType, { description: 'The category as it is now.' })
  category!: Category;
}

@ObjectType('CategoryUpdatePayload')
export class CategoryUpdatePayload {
  @Field(() => CategoryType, { description: 'The category as it is now.' })
  category!: Category;
}

@ObjectType('CategoryArchivePayload')
export class CategoryArchivePayload {
  @Field(() => CategoryType, { description: 'The category as it is now.' })
  category!: Category;
}

@ObjectType('CategoryRestorePayload')
export class CategoryRestorePayload {
  @Field(() => CategoryType, { description: 'The category as it is now.' })
  category!: Category;
}

@Resolver(() => CategoryType)
export class CategoryResolver {
  @Reads('public')
  @Query(() => CategoryType, {
    nullable: true,
    description: 'A category by its id; null when it does not exist. Errors: INVALID.',
  })
  category(
    @Arg('id', () => ID, { description: 'Begins with `cat_`.' }) id: string,
    @Ctx() context: Context,
  ): Promise<Category | null> {
    return categories.load(context, checkId(id, 'cat', ['id']));
  }

  @Reads('public')
  @Query(() => categories.Connection, {
    description:
      'The categories, in the order of the tree: a parent before its children. `filter: { parentId: { isNull: true } }` is the top. Errors: INVALID.',
  })
  categories(@Args(() => CategoriesArgs) args: CategoriesArgs, @Ctx() context: Context): Promise<Connection<Category>> {
    const sort = args.sort?.length ? args.sort : ['PATH_ASC'];
    return categories.list(context, Object.assign(args, { sort }));
  }

  @FieldResolver(() => CategoryType, { nullable: true, description: 'The parent category; null at the root.' })
  parent(@Root() { parentId }: Category, @Ctx() context: Context): Promise<Category | null> {
    return categories.load(context, parentId);
  }

  @FieldResolver(() => [CategoryType], {
    description: 'Those right below that are open, by path: 100 when nobody says how many, at most 500.',
  })
  children(
    @Root() { id }: Category,
    @Args(() => CategoryChildrenArgs) { first }: CategoryChildrenArgs,
    @Ctx() context: Context,
  ): Promise<Category[]> {
    return childrenOf(context, id, first);
  }

  @Directive('@cost(weight: 5)')
  @FieldResolver(() => Int, { description: 'How many assets that all may see are there or anywhere below.' })
  assetCount(@Root() { id }: Category, @Ctx() context: Context): Promise<number> {
    return assetCountOf(context, id);
  }

  @FieldResolver()
  owner(@Root() { ownerId }: Category): ActorStub | null {
    return actorStub(ownerId);
  }

  @Writes('assets.category.create', { facts: [categoryCreated] })
  @Mutation(() => CategoryCreatePayload, {
    description:
      'Adds a category: operators anywhere, an organization’s administrators a branch of their own. Errors: FORBIDDEN, NOT_FOUND for the parent, INVALID below six levels, CONFLICT for a path that is taken.',
  })
  categoryCreate(@Arg('input', () => CategoryCreateInput) input: CategoryCreateInput): Run<CategoryCreatePayload> {
    if (input.parentId) checkId(input.parentId, 'cat', ['input', 'parentId']);
    if (input.ownerId) checkId(input.ownerId, 'org', ['input', 'ownerId']);
    return run(async (tx) => ({ category: await service.categoryCreate(tx, input) }));
  }

  @Writes('assets.category.update', { facts: [categoryUpdated] })
  @Mutation(() => CategoryUpdatePayload, {
    description:
      'Renames or moves a category. Errors: NOT_FOUND, FORBIDDEN, INVALID for a move under itself or below six levels, CONFLICT for a path that is taken, an archived parent or another version.',
  })
  categoryUpdate(@Arg('input', () => CategoryUpdateInput) input: CategoryUpdateInput): Run<CategoryUpdatePayload> {
    checkId(input.categoryId, 'cat', ['input', 'categoryId']);
    if (input.parentId) checkId(input.parentId, 'cat', ['input', 'parentId']);
    return run(async (tx) => ({ category: await service.categoryUpdate(tx, input) }));
  }

  @Writes('assets.category.archive', { facts: [categoryArchived] })
  @Mutation(() => CategoryArchivePayload, {
    description:
      'Archives a category: its assets stay, and no asset and no category is added to it. Idempotent. Errors: NOT_FOUND, FORBIDDEN, INVALID, CONFLICT while a category below it is open.',
  })
  categoryArchive(@Arg('input', () => CategoryArchiveInput) input: CategoryArchiveInput): Run<CategoryArchivePayload> {
    checkId(input.categoryId, 'cat', ['input', 'categoryId']);
    return run(async (tx) => ({ category: await service.categoryArchive(tx, input) }));
  }

  @Writes('assets.category.restore', { facts: [categoryRestored] })
  @Mutation(() => CategoryRestorePayload, {
    description:
      'Restores an archived category, so that assets and categories can be added to it again. Idempotent. Errors: NOT_FOUND, FORBIDDEN, INVALID, CONFLICT while its parent is archived.',
  })
  categoryRestore(@Arg('input', () => CategoryRestoreInput) input: CategoryRestoreInput): Run<CategoryRestorePayload> {
    checkId(input.categoryId, 'cat', ['input', 'categoryId']);
    return run(async (tx) => ({ category: await service.categoryRestore(tx, input) }));
  }
}

@Resolver(() => AssetType)
export class AssetCategoryResolver {
  @FieldResolver(() => CategoryType, { nullable: true, description: 'The category of the asset; null if it has none.' })
  category(@Root() { categoryId }: Asset, @Ctx() context: Context): Promise<Category | null> {
    return categories.load(context, categoryId);
  }
}
