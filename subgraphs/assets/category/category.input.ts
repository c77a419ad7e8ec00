import { Length, Matches, Max, MaxLength, Min } from 'class-validator';
import { ArgsType, Field, ID, InputType, Int } from 'type-graphql';
import type { FilterInput } from '../../../platform/nouns/filter.ts';
import { LimitSorts, PageArgs } from '../../../platform/nouns/page.ts';
import { NotBlank } from '../../../platform/scalars/text.ts';
import { categories, childrenAtMost, childrenDefault } from './category.query.ts';

const slugPattern = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const slugSentence = { message: 'slug is made of a to z, 0 to 9 and single hyphens' };

@ArgsType()
export class CategoryChildrenArgs {
  @Field(() => Int, {
    defaultValue: childrenDefault,
    description: 'How many from the start, by path: 0 to 500.',
  })
  @Min(0)
  @Max(childrenAtMost)
  first!: number;
}

@ArgsType()
export class CategoriesArgs extends PageArgs {
  @Field(() => categories.Filter, {
    nullable: true,
    description: 'Conditions on the categories; all categories if absent.',
  })
  filter?: FilterInput;

  @Field(() => [categories.Sort], {
    nullable: true,
    description: 'At most four; in the order of the tree when absent.',
  })
  @LimitSorts
  sort?: string[];
}

@InputType('CategoryCreateInput')
export class CategoryCreateInput {
  @Field(() => String, { description: '1 to 120 characters.' })
  @Length(1, 120)
  @NotBlank()
  name!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Its step of the path, at most 60 of a-z, 0-9 and -; made of the name when absent.',
  })
  @Length(1, 60)
  @Matches(slugPattern, slugSentence)
  slug?: string | null;

  @Field(() => String, { nullable: true, description: 'At most 2,000 characters.' })
  @MaxLength(2000)
  description?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The parent category. Only operators create categories at the root.',
  })
  @MaxLength(40)
  parentId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The organization whose branch it is; when absent the one acted for, else the platform.',
  })
  @MaxLength(40)
  ownerId?: string | null;
}

@InputType('CategoryUpdateInput', {
  description:
    'Absent fields stay as they are; null clears a field. Another slug or parent moves all that lies below, too.',
})
export class CategoryUpdateInput {
  @Field(() => ID, { description: 'The category to change.' })
  @MaxLength(40)
  categoryId!: string;

  @Field(() => Int, { nullable: true, description: 'Refuses with CONFLICT when it has another version.' })
  @Min(1)
  ifVersion?: number | null;

  @Field(() => String, { nullable: true, description: '1 to 120 characters.' })
  @Length(1, 120)
  @NotBlank()
  name?: string | null;

  @Field(() => String, { nullable: true, description: 'At most 60 of a-z, 0-9 and -.' })
  @Length(1, 60)
  @Matches(slugPattern, slugSentence)
  slug?: string | null;

  @Field(() => String, { nullable: true, description: 'At most 2,000 characters.' })
  @MaxLength(2000)
  description?: string | null;

  @Field(() => ID, { nullable: true, description: 'The new parent category; null moves it to the root.' })
  @MaxLength(40)
  parentId?: string | null;
}

@InputType('CategoryArchiveInput', { description: 'Which category to archive.' })
export class CategoryArchiveInput {
  @Field(() => ID, { description: 'The category.' })
  @MaxLength(40)
  categoryId!: string;
}

@InputType('CategoryRestoreInput', { description: 'Which archived category to restore.' })
export class CategoryRestoreInput {
  @Field(() => ID, { description: 'The category.' })
  @MaxLength(40)
  categoryId!: string;
}
