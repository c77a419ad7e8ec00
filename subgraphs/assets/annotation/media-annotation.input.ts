import { IsIn, Matches, Max, MaxLength, Min } from 'class-validator';
import { ArgsType, Field, ID, InputType, Int } from 'type-graphql';
import type { FilterInput } from '../../../platform/nouns/filter.ts';
import { LimitSorts, PageArgs } from '../../../platform/nouns/page.ts';
import { NotBlank } from '../../../platform/scalars/text.ts';
import { annotationMotivations, type AnnotationMotivation, type MediaRegion } from './media-annotation.entity.ts';
import { mediaAnnotations } from './media-annotation.query.ts';
import { MediaAnnotationMotivationEnum } from './media-annotation.type.ts';

/** Characters: a page of a catalogue; the outline of a figure, point by point. */
const textAtMost = 5_000;
const outlineAtMost = 10_000;
/** Pixels of a side of the largest picture that is taken: a panorama of 100 million pixels, 16 high. */
const pixelAtMost = 6_250_000;

const languagePattern = /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}$/;
const outlinePattern = /^\s*[Mm][MmLlHhVvCcSsQqTtAaZz0-9eE.,+\-\s]*$/;
const outlineSentence = {
  message: 'outline is SVG path data that begins with M: commands and numbers, such as "M10 10 L90 10 L50 80 Z"',
};

@ArgsType()
export class MediaAnnotationsArgs extends PageArgs {
  @Field(() => mediaAnnotations.Filter, {
    nullable: true,
    description: 'Conditions; all annotations that the viewer sees when absent.',
  })
  filter?: FilterInput;

  @Field(() => [mediaAnnotations.Sort], { nullable: true, description: 'At most four; the newest first when absent.' })
  @LimitSorts
  sort?: string[];
}

@InputType('MediaRegionInput', {
  description: 'A rectangle in pixels of the picture as it is seen. It lies within the picture.',
})
export class MediaRegionInput implements MediaRegion {
  @Field(() => Int, { description: 'Pixels from the left edge, from 0.' })
  @Min(0)
  @Max(pixelAtMost)
  x!: number;

  @Field(() => Int, { description: 'Pixels from the upper edge, from 0.' })
  @Min(0)
  @Max(pixelAtMost)
  y!: number;

  @Field(() => Int, { description: 'Pixels, at least 1.' })
  @Min(1)
  @Max(pixelAtMost)
  width!: number;

  @Field(() => Int, { description: 'Pixels, at least 1.' })
  @Min(1)
  @Max(pixelAtMost)
  height!: number;
}

@InputType('MediaAnnotationCreateInput', { description: 'An annotation of a picture, or of a part of it.' })
export class MediaAnnotationCreateInput {
  @Field(() => ID, { description: 'A picture of an asset that the viewer may edit.' })
  @MaxLength(40)
  mediaId!: string;

  @Field(() => MediaAnnotationMotivationEnum, {
    defaultValue: 'COMMENTING',
    description: 'The purpose of the annotation.',
  })
  @IsIn(annotationMotivations)
  motivation!: AnnotationMotivation;

  @Field(() => String, {
    nullable: true,
    description: 'Plain text, 1 to 5,000 characters. Required unless the motivation is HIGHLIGHTING.',
  })
  @MaxLength(textAtMost)
  @NotBlank()
  text?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The language of the text as a BCP 47 tag, such as "en" or "pt-BR".',
  })
  @MaxLength(35)
  @Matches(languagePattern, { message: 'language is a BCP 47 tag, such as "en" or "pt-BR"' })
  language?: string | null;

  @Field(() => MediaRegionInput, {
    nullable: true,
    description: 'The part of the picture that is meant; the whole picture when neither this nor `outline` is given.',
  })
  region?: MediaRegionInput | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The part that is meant as SVG path data in pixels of the picture, at most 10,000 characters. Not together with `region`. ' +
      'Example: "M10 10 L90 10 L50 80 Z".',
  })
  @MaxLength(outlineAtMost)
  @Matches(outlinePattern, outlineSentence)
  outline?: string | null;
}

@InputType('MediaAnnotationUpdateInput', {
  description:
    'Changes to an annotation. An absent field stays, null clears it. A new region replaces the outline, and the reverse.',
})
export class MediaAnnotationUpdateInput {
  @Field(() => ID, { description: 'The annotation.' })
  @MaxLength(40)
  annotationId!: string;

  @Field(() => Int, { nullable: true, description: 'Refuses with CONFLICT when the annotation has another version.' })
  @Min(1)
  ifVersion?: number | null;

  @Field(() => MediaAnnotationMotivationEnum, {
    nullable: true,
    description: 'The purpose of the annotation; null leaves it.',
  })
  @IsIn(annotationMotivations)
  motivation?: AnnotationMotivation | null;

  @Field(() => String, { nullable: true, description: 'Plain text, 1 to 5,000 characters.' })
  @MaxLength(textAtMost)
  @NotBlank()
  text?: string | null;

  @Field(() => String, { nullable: true, description: 'A BCP 47 tag, such as "en".' })
  @MaxLength(35)
  @Matches(languagePattern, { message: 'language is a BCP 47 tag, such as "en" or "pt-BR"' })
  language?: string | null;

  @Field(() => MediaRegionInput, { nullable: true, description: 'The part of the picture that is meant.' })
  region?: MediaRegionInput | null;

  @Field(() => String, {
    nullable: true,
    description: 'The part that is meant as SVG path data, at most 10,000 characters.',
  })
  @MaxLength(outlineAtMost)
  @Matches(outlinePattern, outlineSentence)
  outline?: string | null;
}

@InputType('MediaAnnotationArchiveInput')
export class MediaAnnotationArchiveInput {
  @Field(() => ID, { description: 'The annotation.' })
  @MaxLength(40)
  annotationId!: string;
}
