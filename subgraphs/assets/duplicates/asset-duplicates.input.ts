import { IsIn, Max, Min } from 'class-validator';
import { ArgsType, Field, Float, Int } from 'type-graphql';
import type { FilterInput } from '../../../platform/nouns/filter.ts';
import { PageArgs } from '../../../platform/nouns/page.ts';
import { assets } from '../asset/asset.query.ts';
import type { ClustersArgs, DuplicatesArgs } from './asset-duplicates.query.ts';
import { AssetClusterReasonEnum } from './asset-duplicates.type.ts';

@ArgsType()
export class AssetDuplicatesOfArgs implements DuplicatesArgs {
  @Field(() => Int, { defaultValue: 10, description: 'At most 50.' })
  @Min(0)
  @Max(50)
  first!: number;

  @Field(() => Float, {
    defaultValue: 0.85,
    description: 'How similar at least, 0.3 to 1. Works of another title and another creator are not compared.',
  })
  @Min(0.3)
  @Max(1)
  minSimilarity!: number;
}

@ArgsType()
export class AssetDuplicatesArgs extends PageArgs implements ClustersArgs {
  @Field(() => assets.Filter, {
    nullable: true,
    description: 'Conditions on the compared assets; all of the viewer’s assets if absent.',
  })
  filter?: FilterInput;

  @Field(() => AssetClusterReasonEnum, {
    defaultValue: 'FINGERPRINT',
    description: 'What the assets of a group must have in common.',
  })
  @IsIn(Object.keys(AssetClusterReasonEnum))
  reason!: keyof typeof AssetClusterReasonEnum;
}
