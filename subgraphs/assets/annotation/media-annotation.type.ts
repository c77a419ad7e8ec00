import { Field, ID, Int, ObjectType } from 'type-graphql';
import { enumKind } from '../../../platform/nouns/filter.ts';
import { DateTime } from '../../../platform/scalars/scalars.ts';
import { ActorStub } from '../foreign/actor.ts';
import { MediaType } from '../media/media.type.ts';
import {
  annotationMotivations,
  type AnnotationMotivation,
  type MediaAnnotation,
  type MediaRegion,
} from './media-annotation.entity.ts';

export const MediaAnnotationMotivationEnum = Object.fromEntries(
  annotationMotivations.map((each) => [each, each]),
) as Record<AnnotationMotivation, AnnotationMotivation>;
export const annotationMotivationFilter = enumKind(
  MediaAnnotationMotivationEnum,
  'MediaAnnotationMotivation',
  'The purpose of an annotation, by the Web Annotation vocabulary and IIIF Presentation 3.',
  {
    ASSESSING: 'Judges the quality or the condition.',
    CLASSIFYING: 'Names a class to which it belongs.',
    COMMENTING: 'Comments on it.',
    DESCRIBING: 'Describes what is seen.',
    HIGHLIGHTING: 'Marks a part; a text is not needed.',
    IDENTIFYING: 'Says who or what is shown.',
    SUPPLEMENTING: 'Transcribes or translates a text that is seen.',
    TAGGING: 'Attaches a keyword.',
  },
);

@ObjectType('MediaRegion', { description: 'A rectangle in pixels of a picture as it is seen.' })
export class MediaRegionType implements MediaRegion {
  @Field(() => Int, { description: 'Pixels from the left edge.' })
  x!: number;

  @Field(() => Int, { description: 'Pixels from the upper edge.' })
  y!: number;

  @Field(() => Int, { description: 'Pixels.' })
  width!: number;

  @Field(() => Int, { description: 'Pixels.' })
  height!: number;
}

@ObjectType('MediaAnnotation', {
  description: 'A note on a picture, or on a part of it, by the Web Annotation Data Model of the W3C.',
})
export class MediaAnnotationType implements Pick<
  MediaAnnotation,
  'id' | 'version' | 'motivation' | 'createdAt' | 'updatedAt'
> {
  @Field(() => ID)
  id!: string;

  @Field(() => MediaType, { nullable: true, description: 'The picture; null when it was taken off its asset.' })
  media!: MediaType | null;

  @Field(() => MediaAnnotationMotivationEnum, { description: 'The purpose of the annotation.' })
  motivation!: AnnotationMotivation;

  @Field(() => String, {
    nullable: true,
    description: 'Plain text, at most 5,000 characters; null for a mere highlight.',
  })
  text!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The language of the text as a BCP 47 tag; null when it was not given.',
  })
  language!: string | null;

  @Field(() => MediaRegionType, {
    nullable: true,
    description: 'The part that is meant, as a rectangle; null when it is an outline or the whole picture.',
  })
  region!: MediaRegion | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The part that is meant, as SVG path data in pixels of the picture; null when it is a rectangle or the whole picture.',
  })
  outline!: string | null;

  @Field(() => String, { description: 'Path of the annotation as JSON-LD at the graph’s own address.' })
  url!: string;

  @Field(() => ActorStub, { nullable: true, description: 'The actor that wrote it.' })
  createdBy!: ActorStub | null;

  @Field(() => DateTime, {
    nullable: true,
    description:
      'When it was archived; since then only the actor who owned the asset at that time sees it. Null if it is not archived.',
  })
  archivedAt!: Date | null;

  @Field(() => Int, { description: 'Grows with each change; give it back as `ifVersion`.' })
  version!: number;

  @Field(() => DateTime)
  createdAt!: Date;

  @Field(() => DateTime)
  updatedAt!: Date;
}
