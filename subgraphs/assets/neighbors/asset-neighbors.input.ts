import { Matches, Max, MaxLength, Min } from 'class-validator';
import { ArgsType, Field, Int } from 'type-graphql';
import type { FilterInput } from '../../../platform/nouns/filter.ts';
import { assets } from '../asset/asset.query.ts';

@ArgsType()
export class AssetNeighborsOfArgs {
  @Field(() => Int, { defaultValue: 10, description: 'At most 50.' })
  @Min(0)
  @Max(50)
  first!: number;
}

@ArgsType()
export class AssetsLikeArgs extends AssetNeighborsOfArgs {
  @Field(() => String, { description: 'The text to compare with, in natural language. At most 1,000 characters.' })
  @MaxLength(1_000)
  @Matches(/\S/, { message: 'text says nothing.' })
  text!: string;

  @Field(() => assets.Filter, { nullable: true, description: 'Only among these.' })
  filter?: FilterInput;
}
