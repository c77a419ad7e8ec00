import { Field, Int, ObjectType } from 'type-graphql';
import { Decimal } from '../../../platform/scalars/scalars.ts';

/** Traits of one asset; collections of tokens have a dozen. */
export const traitsAtMost = 50;

@ObjectType('AssetTraitRarity', {
  description:
    'How rare a trait is within a collection: 100 × count ÷ collectionSize, as NFT marketplaces show it (OpenSea: “the percentage of items in the collection with this trait”).',
})
export class TraitRarity {
  @Field(() => Int, { description: 'How many of the collection have this value.' })
  count!: number;

  @Field(() => Int, { description: 'How many assets that all may see are in the collection.' })
  collectionSize!: number;

  @Field(() => Decimal, { description: 'Per cent, with two decimals, rounded half to even: "2.35".' })
  percent!: string;
}

@ObjectType('AssetTrait', { description: 'One thing that is said of an asset, and how rare that is.' })
export class AssetTraitType {
  @Field(() => String, { description: 'The name of the trait, such as "background".' })
  name!: string;

  @Field(() => String, { description: 'The value of the trait, such as "blue".' })
  value!: string;

  @Field(() => TraitRarity, {
    nullable: true,
    description:
      'How rare the trait is in the collection named by `traits(collectionId:)`. Null without a collection, or if the asset is not in it.',
  })
  rarity!: TraitRarity | null;
}
