import { defineEntity, p } from '@mikro-orm/core';
import { enumeration } from '../../../platform/declare/enumeration.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';
import { Media } from '../media/media.entity.ts';

export const MediaAnnotationMotivation = enumeration(
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

/** Annotations of one picture: a page of a manuscript line by line, and few enough to come in one answer. */
export const annotationsAtMost = 100;

/** A rectangle in pixels of the picture as it is seen. */
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
    /** Path data as in the `d` of an SVG path; never markup. */
    outline: p.text().nullable(),
    archivedAt: p.datetime(3).name('archived_at').nullable(),
    /** Whose the asset was when this was archived: who reads it since. */
    archivedOwnerId: p.text().name('archived_owner_id').nullable(),
  },
});

/** What is said of a picture, or of a part of it. */
export class MediaAnnotation extends MediaAnnotationSchema.class {}
MediaAnnotationSchema.setClass(MediaAnnotation);
