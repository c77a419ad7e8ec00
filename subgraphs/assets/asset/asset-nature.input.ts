import { ArrayMaxSize, IsIn, Length, MaxLength } from 'class-validator';
import { Field, ID, InputType } from 'type-graphql';
import { MoneyInput } from '../../../platform/scalars/money.ts';
import { JsonValue } from '../../../platform/scalars/scalars.ts';
import { NotBlank } from '../../../platform/scalars/text.ts';
import { structureTypes, type StructureType } from '../structure/structure-types.ts';
import { AssetStructureTypeEnum } from '../structure/structure.type.ts';
import { traitsAtMost } from '../trait/trait.type.ts';

@InputType('AssetTraitInput', {
  description: 'One thing that is said of an asset, such as its background and the colour.',
})
export class AssetTraitInput {
  @Field(() => String, { description: '1 to 60 characters.' })
  @Length(1, 60)
  @NotBlank()
  name!: string;

  @Field(() => String, { description: '1 to 120 characters.' })
  @Length(1, 120)
  @NotBlank()
  value!: string;
}

/** What creating and updating have in common beside the text: structure, category, traits and stated value. */
@InputType({ description: 'Structure, category, traits and stated value of an asset.' })
export abstract class AssetNatureInput {
  @Field(() => AssetStructureTypeEnum, {
    nullable: true,
    description: 'By which of `assetStructures` the structure is checked; when absent, by the one it has.',
  })
  @IsIn(structureTypes)
  structureType?: StructureType | null;

  @Field(() => JsonValue, {
    nullable: true,
    description:
      'What is written of an asset of its kind: an object as the JSON Schema of its `structureType` wants it. Replaces what was there; every fault is told with its path.',
  })
  structure?: unknown;

  @Field(() => ID, { nullable: true })
  @MaxLength(40)
  categoryId?: string | null;

  @Field(() => [AssetTraitInput], { nullable: true, description: 'At most 50, each name once. Replaces those there.' })
  @ArrayMaxSize(traitsAtMost)
  traits?: AssetTraitInput[] | null;

  @Field(() => MoneyInput, { nullable: true, description: 'What its owner states it to be worth.' })
  value?: MoneyInput | null;
}
