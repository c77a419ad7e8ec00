import { Field, ID, Int, ObjectType } from 'type-graphql';
import { DateTime } from '../../../platform/scalars/scalars.ts';
import { ActorStub } from '../foreign/actor.ts';
import type { Category } from './category.entity.ts';

@ObjectType('Category', { description: 'A place in the tree by which assets are found.' })
export class CategoryType implements Pick<
  Category,
  'id' | 'slug' | 'name' | 'path' | 'depth' | 'version' | 'createdAt' | 'updatedAt'
> {
  @Field(() => ID)
  id!: string;

  @Field(() => String, { description: 'Its own step of the path: "paintings".' })
  slug!: string;

  @Field(() => String, { description: 'The name for people; 1 to 120 characters.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'What belongs in the category; null if not described.' })
  description!: string | null;

  @Field(() => String, { description: 'The slugs from the root down: "art/paintings".' })
  path!: string;

  @Field(() => Int, { description: 'Its level, from 1; at most 6.' })
  depth!: number;

  @Field(() => ActorStub, {
    nullable: true,
    description: 'The organization whose branch it is; null is the platform’s.',
  })
  owner!: ActorStub | null;

  @Field(() => DateTime, { nullable: true, description: 'Since when nothing new is put there.' })
  archivedAt!: Date | null;

  @Field(() => Int, { description: 'Grows with each change; give it back as `ifVersion`.' })
  version!: number;

  @Field(() => DateTime)
  createdAt!: Date;

  @Field(() => DateTime)
  updatedAt!: Date;
}
