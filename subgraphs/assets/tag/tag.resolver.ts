import { Max, MaxLength, Min } from 'class-validator';
import { Args, ArgsType, Ctx, Directive, Field, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { Reads } from '../../../platform/access/declare.ts';
import type { Context } from '../../../platform/context/context.ts';
import { tagSuggestions } from './tag.query.ts';
import { tagAtMost } from './tag.ts';

@ObjectType('AssetTagCount', { description: 'A tag, and how many assets that everybody may see have it.' })
export class AssetTagCount {
  @Field(() => String, { description: 'The tag in lower case.' })
  tag!: string;

  @Field(() => Int, { description: 'Number of public assets with this tag.' })
  count!: number;
}

@ArgsType()
export class AssetTagsArgs {
  @Field(() => String, { defaultValue: '', description: 'The beginning of the tags; all tags if empty.' })
  @MaxLength(tagAtMost)
  search!: string;

  @Field(() => Int, { defaultValue: 20, description: 'At most 100.' })
  @Min(0)
  @Max(100)
  first!: number;
}

@Resolver()
export class AssetTagResolver {
  // Up to 500 tags are counted for one answer.
  @Directive('@cost(weight: 200)')
  @Reads('public')
  @Query(() => [AssetTagCount], {
    description:
      'Suggests tags that begin with `search`, the most used first: considers the first 500 in alphabetical order. Errors: INVALID.',
  })
  assetTags(@Args(() => AssetTagsArgs) args: AssetTagsArgs, @Ctx() context: Context): Promise<AssetTagCount[]> {
    return tagSuggestions(context, args.search, args.first);
  }
}
