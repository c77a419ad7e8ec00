import { Field, Float, Int, ObjectType } from 'type-graphql';
import { AssetStructureType } from './structure.type.ts';

@ObjectType('ArtworkDimensions', { description: 'Sides of a work in one unit.' })
export class ArtworkDimensionsType {
  @Field(() => String, { description: 'mm, cm, m, in, ft, or px for digital works.' })
  unit!: string;

  @Field(() => Float, { nullable: true, description: 'Height in `unit`; null if unknown.' })
  height!: number | null;

  @Field(() => Float, { nullable: true, description: 'Width in `unit`; null if unknown.' })
  width!: number | null;

  @Field(() => Float, { nullable: true, description: 'Depth in `unit`; null if unknown or flat.' })
  depth!: number | null;

  @Field(() => Float, { nullable: true, description: 'Diameter in `unit`; null if unknown or not round.' })
  diameter!: number | null;
}

@ObjectType('ArtworkEdition', { description: 'Which of an edition a work is.' })
export class ArtworkEditionType {
  @Field(() => Int, { nullable: true, description: 'The number of this copy in the edition; null if unnumbered.' })
  number!: number | null;

  @Field(() => Int, { nullable: true, description: 'How many the edition has.' })
  size!: number | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether it is an artist’s proof (A.P.).' })
  artistProof!: boolean | null;
}

@ObjectType('Artwork', { implements: AssetStructureType, description: 'A work of art, digital or not.' })
export class ArtworkType extends AssetStructureType {
  @Field(() => ArtworkDimensionsType, { nullable: true, description: 'The size of the work; null if unknown.' })
  dimensions!: ArtworkDimensionsType | null;

  @Field(() => ArtworkEditionType, {
    nullable: true,
    description: 'The edition to which the work belongs; null if unique or unknown.',
  })
  edition!: ArtworkEditionType | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether it is signed.' })
  signed!: boolean | null;

  @Field(() => String, { nullable: true, description: 'Where and how it is signed.' })
  signature!: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether it comes framed.' })
  framed!: boolean | null;

  @Field(() => String, { nullable: true, description: 'Its condition, in words.' })
  condition!: string | null;

  @Field(() => String, { nullable: true, description: 'What is written on it.' })
  inscription!: string | null;
}
