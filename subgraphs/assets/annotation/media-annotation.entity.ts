import { defineEntity, p } from '@mikro-orm/core';
import { enumeration } from '../../../platform/declare/enumeration.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';
import { Media } from '../media/media.entity.ts';

export const MediaAnnotationMotivation = enumeration(
  'MediaAnnotationMotivation',
  'The purpose of an annotation, by the Web Annotation vocabulary and IIIF Presentation 3.',
  {
    ASSESSING: 'Assesses the quality or condition.',
    CLASSIFYING: 'Assigns a class to the subject.',
    COMMENTING: 'Comments on it.',
    DESCRIBING: 'Describes what the picture shows.',
    HIGHLIGHTING: 'Marks a part; a text is not needed.',
    IDENTIFYING: 'Identifies a person or thing in the picture.',
    SUPPLEMENTING: 'Transcribes or translates a text in the picture.',
    TAGGING: 'Attaches a keyword.',
  },
);

/** Annotations per picture: enough for every line of a manuscript page, and few enough for one answer. */
export const annotationsAtMost = 100;

/** A rectangle in pixels of the picture as displayed. */
export interface MediaRegion {
  x: number;
  y: number;
  width: number;
  height: number;
}

export const MediaAnnotationSchema = defineEntity({
  name: 'MediaAnnotation',
  tableName: 'media_annotations',
  properties: {
    ...standardColumns,
    version: p.integer().version().default(1),
    media: () => p.manyToOne(Media).ref().fieldName('media_id'),
    mediaId: p.text().name('media_id').persist(false),
    createdBy: p.text().name('created_by'),
    motivation: p.enum(MediaAnnotationMotivation.values),
    text: p.text().nullable(),
    language: p.text().nullable(),
    region: p.json<MediaRegion>().nullable(),
    /** Path data as in the `d` of an SVG path, never markup. */
    outline: p.text().nullable(),
    archivedAt: p.datetime(3).name('archived_at').nullable(),
    /** The owner of the asset when the annotation was archived, who can still read it. */
    archivedOwnerId: p.text().name('archived_owner_id').nullable(),
  },
});

/** An annotation of a picture or of a part of it. */
export class MediaAnnotation extends MediaAnnotationSchema.class {}
MediaAnnotationSchema.setClass(MediaAnnotation);
