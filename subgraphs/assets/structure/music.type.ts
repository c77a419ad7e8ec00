import { Field, Float, Int, ObjectType } from 'type-graphql';
import { LocalDate } from '../../../platform/scalars/scalars.ts';
import { MusicReleaseType, MusicStemRole } from './schemas/music.ts';
import { AssetStructureType } from './structure.type.ts';

@ObjectType('MusicAlbum', {
  implements: AssetStructureType,
  description: 'A release; its tracks are the asset’s parts.',
})
export class MusicAlbumType extends AssetStructureType {
  @Field(() => String, { nullable: true, description: 'GTIN: the UPC or EAN.' })
  gtin!: string | null;

  @Field(() => String, { nullable: true, description: 'The label’s own number.' })
  catalogNumber!: string | null;

  @Field(() => String, { nullable: true, description: 'The label that released it.' })
  label!: string | null;

  @Field(() => MusicReleaseType.enum, { nullable: true, description: 'The type of release; null if unknown.' })
  releaseType!: string | null;

  @Field(() => LocalDate, { nullable: true, description: 'The date of release; null if unknown.' })
  releaseDate!: string | null;

  @Field(() => [String], { description: 'Musical genres; empty if none are recorded.' })
  genres!: string[];

  @Field(() => Int, { nullable: true, description: 'Number of discs; null if unknown.' })
  discCount!: number | null;

  @Field(() => String, { nullable: true, description: 'The ℗ or © line as it is printed.' })
  copyrightLine!: string | null;
}

@ObjectType('MusicTrack', {
  implements: AssetStructureType,
  description: 'A recording; its stems are the asset’s parts.',
})
export class MusicTrackType extends AssetStructureType {
  @Field(() => String, { nullable: true, description: 'ISRC (ISO 3901) without hyphens.' })
  isrc!: string | null;

  @Field(() => String, { nullable: true, description: 'ISWC of the composition (ISO 15707).' })
  iswc!: string | null;

  @Field(() => Int, { nullable: true, description: 'Length in milliseconds.' })
  durationMs!: number | null;

  @Field(() => Int, { nullable: true, description: 'Its place on its disc, from 1.' })
  position!: number | null;

  @Field(() => Int, { nullable: true, description: 'The disc it is on, from 1.' })
  disc!: number | null;

  @Field(() => String, { nullable: true, description: 'Such as “Radio Edit”.' })
  versionTitle!: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether its words are marked as explicit.' })
  explicit!: boolean | null;

  @Field(() => String, { nullable: true, description: 'Language of the words (BCP 47).' })
  language!: string | null;

  @Field(() => Float, { nullable: true, description: 'Beats per minute.' })
  bpm!: number | null;

  @Field(() => String, { nullable: true, description: 'Such as "F# minor".' })
  musicalKey!: string | null;
}

@ObjectType('MusicStem', { implements: AssetStructureType, description: 'One part of a multitrack recording.' })
export class MusicStemType extends AssetStructureType {
  @Field(() => MusicStemRole.enum, { nullable: true, description: 'The part that the stem carries; null if unknown.' })
  role!: string | null;

  @Field(() => String, { nullable: true, description: 'The instrument; null if unknown.' })
  instrument!: string | null;

  @Field(() => Int, { nullable: true, description: 'Length in milliseconds.' })
  durationMs!: number | null;

  @Field(() => Float, { nullable: true, description: 'Beats per minute.' })
  bpm!: number | null;

  @Field(() => String, { nullable: true, description: 'Such as "F# minor".' })
  musicalKey!: string | null;

  @Field(() => Int, { nullable: true, description: 'Samples per second.' })
  sampleRateHz!: number | null;

  @Field(() => Int, { nullable: true, description: 'Bits of a sample.' })
  bitDepth!: number | null;

  @Field(() => Int, { nullable: true, description: 'Audio channels.' })
  channels!: number | null;
}
