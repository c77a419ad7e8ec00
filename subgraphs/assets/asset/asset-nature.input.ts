import { ArrayMaxSize, IsIn, Length, MaxLength } from 'class-validator';
import { Field, ID, InputType } from 'type-graphql';
import { MoneyInput } from '../../../platform/scalars/money.ts';
import { JsonValue } from '../../../platform/scalars/scalars.ts';
import { NotBlank } from '../../../platform/scalars/text.ts';
import { StructureType } from '../structure/structure-types.ts';
import { traitsAtMost } from '../trait/trait.type.ts';

@InputType('AssetTraitInput', {
  description: 'One trait of an asset, such as the colour of its background.',
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
  @Field(() => StructureType.enum, {
    nullable: true,
    description: 'The type of the structure, one of `assetStructures`; the existing type if absent.',
  })
  @IsIn(StructureType.values)
  structureType?: StructureType | null;

  @Field(() => JsonValue, {
    nullable: true,
    description:
      'Details specific to the type: an object that matches the JSON Schema of its `structureType`. Replaces the existing ones. Every invalid field is reported with its path.',
  })
  structure?: unknown;

  @Field(() => ID, {
    nullable: true,
    description: 'The category of the asset; it must be open. Null removes the asset from its category.',
  })
  @MaxLength(40)
  categoryId?: string | null;

  @Field(() => [AssetTraitInput], { nullable: true, description: 'At most 50, each name once. Replaces those there.' })
  @ArrayMaxSize(traitsAtMost)
  traits?: AssetTraitInput[] | null;

  @Field(() => MoneyInput, { nullable: true, description: 'The value that the owner states.' })
  value?: MoneyInput | null;
}
