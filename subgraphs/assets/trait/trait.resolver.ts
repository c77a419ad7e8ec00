import { MaxLength } from 'class-validator';
import { Args, ArgsType, Ctx, Directive, Field, FieldResolver, ID, Resolver, Root } from 'type-graphql';
import type { Context } from '../../../platform/context/context.ts';
import type { Asset } from '../asset/asset.entity.ts';
import { AssetType } from '../asset/asset.type.ts';
import { rarityOf } from './trait.query.ts';
import { AssetTraitType, traitsAtMost, type TraitRarity } from './trait.type.ts';

@ArgsType()
export class AssetTraitsArgs {
  // The traits of up to 20,000 members are counted.
  @Directive('@cost(weight: 200)')
  @Field(() => ID, {
    nullable: true,
    description:
      'Within what rarity is counted: the id of a published asset, such as a series or set, with which its members are linked as ASSET.',
  })
  @MaxLength(200)
  collectionId?: string | null;
}

/** A trait with what its rarity depends on. */
interface TraitOfAsset {
  name: string;
  value: string;
  assetId: string;
  collectionId: string | null;
}

@Resolver(() => AssetType)
export class AssetTraitResolver {
  @Directive(`@listSize(assumedSize: ${traitsAtMost})`)
  @FieldResolver(() => [AssetTraitType], {
    description: `Traits of the asset as pairs of name and value; at most ${traitsAtMost}.`,
  })
  traits(
    @Root() { id, traits }: Asset,
    @Args(() => AssetTraitsArgs) { collectionId = null }: AssetTraitsArgs,
  ): TraitOfAsset[] {
    return traits.map(({ name, value }) => ({ name, value, assetId: id, collectionId }));
  }
}

@Resolver(() => AssetTraitType)
export class AssetTraitRarityResolver {
  @FieldResolver()
  rarity(@Root() trait: TraitOfAsset, @Ctx() context: Context): Promise<TraitRarity | null> | null {
    return trait.collectionId ? rarityOf(context, trait.assetId, trait, trait.collectionId) : null;
  }
}
