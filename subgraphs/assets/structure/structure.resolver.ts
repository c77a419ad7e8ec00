import { ArrayMaxSize, IsIn } from 'class-validator';
import { Args, ArgsType, Directive, Field, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { Reads } from '../../../platform/access/declare.ts';
import type { Asset } from '../asset/asset.entity.ts';
import { AssetType } from '../asset/asset.type.ts';
import { ArtworkType } from './art.type.ts';
import { CollectibleItem, DocumentRecord, OtherStructure, TokenReference } from './item.type.ts';
import { MusicAlbumType, MusicStemType, MusicTrackType } from './music.type.ts';
import { AssetStructureSchemaType, AssetStructureType, structureValue, type StructureValue } from './structure.type.ts';
import { StructureType } from './structure-types.ts';
import { newest, structures } from './structures.ts';

/** Structures with their older versions: eight types, each with a dozen versions. */
const schemasAtMost = 100;

@ArgsType()
export class AssetStructuresArgs {
  @Field(() => [StructureType.enum], { nullable: true, description: 'Only these.' })
  @ArrayMaxSize(StructureType.values.length)
  @IsIn(StructureType.values, { each: true })
  types?: StructureType[] | null;

  @Field(() => Boolean, { defaultValue: false, description: 'Whether older versions are answered as well.' })
  older!: boolean;
}

@Resolver(() => AssetType)
export class AssetStructureResolver {
  @Reads('public')
  @Directive(`@listSize(assumedSize: ${schemasAtMost})`)
  @Query(() => [AssetStructureSchemaType], {
    description:
      'The types of structure that assets can have, with the JSON Schema (draft 2020-12) against which `structure` of an input is validated. At most 100. Errors: INVALID.',
  })
  assetStructures(@Args(() => AssetStructuresArgs) { types, older }: AssetStructuresArgs): AssetStructureSchemaType[] {
    return structures
      .map((each) => ({ ...each, newest: each === newest(each.structureType) }))
      .filter((each) => (older || each.newest) && (!types || types.includes(each.structureType)))
      .slice(0, schemasAtMost);
  }

  @FieldResolver(() => AssetStructureType, {
    nullable: true,
    description: 'Details specific to the asset’s type; null if none are recorded.',
  })
  structure(@Root() { structureType, structureVersion, structure }: Asset): StructureValue | null {
    return structureType && structureVersion && structure
      ? structureValue(structureType, structureVersion, structure)
      : null;
  }
}

/** Types that no resolver mentions, since the interface stands for them. */
export const structureTypesOfGraph = [
  MusicAlbumType,
  MusicTrackType,
  MusicStemType,
  ArtworkType,
  CollectibleItem,
  TokenReference,
  DocumentRecord,
  OtherStructure,
];
