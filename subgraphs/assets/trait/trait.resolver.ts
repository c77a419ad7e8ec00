import { MaxLength } from 'class-validator';
import { Args, ArgsType, Ctx, Field, FieldResolver, ID, Resolver, Root } from 'type-graphql';
import type { Context } from '../../../platform/context/context.ts';
import type { Asset } from '../asset/asset.entity.ts';
import { AssetType } from '../asset/asset.type.ts';
import { rarityOf } from './trait.query.ts';
import { AssetTraitType, type TraitRarity } from './trait.type.ts';

@ArgsType()
export class AssetTraitsArgs {
  @Field(() => ID, { nullable: true, description: 'The collection within which rarity is counted.' })
  @MaxLength(200)
  collectionId?: string | null;
}

@Resolver(() => AssetType)
export class AssetTraitResolver {
  @FieldResolver(() => [AssetTraitType], { description: 'What is said of it, by name and value. At most 50.' })
  traits(
    @Root() { id, traits }: Asset,
    @Args(() => AssetTraitsArgs) { collectionId }: AssetTraitsArgs,
    @Ctx() context: Context,
  ): { name: string; value: string; rarity: () => Promise<TraitRarity | null> | null }[] {
    return traits.map((trait) => ({
      name: trait.name,
      value: trait.value,
      // Counted when it is asked for, and only then.
      rarity: () => (collectionId ? rarityOf(context, id, trait, collectionId) : null),
    }));
  }
}
