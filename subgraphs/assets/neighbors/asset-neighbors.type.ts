import { Field, Float, ObjectType } from 'type-graphql';
import type { Asset } from '../asset/asset.entity.ts';
import { AssetType } from '../asset/asset.type.ts';

@ObjectType('AssetNeighbor', { description: 'An asset of which much the same is said.' })
export class AssetNeighborType {
  @Field(() => AssetType)
  asset!: Asset;

  @Field(() => Float, {
    description:
      'The cosine of the angle between the two vectors: above 0, and 1 for the same text. Figures of different models cannot be compared.',
  })
  similarity!: number;
}
