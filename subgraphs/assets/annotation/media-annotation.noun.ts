import type { FilterQuery } from '@mikro-orm/postgresql';
import { isOperator } from '../../../platform/access/permission.ts';
import type { ActorSnapshot } from '../../../platform/context/actor.ts';
import { extend } from '../../../platform/declare/extension.ts';
import { noun } from '../../../platform/declare/noun.ts';
import type { OutputFields } from '../../../platform/declare/output.ts';
import { valueType } from '../../../platform/declare/value-type.ts';
import { annotationsOf } from './annotations-of.ts';
import { ownersOf } from '../asset/asset.policy.ts';
import { iiifRoute } from '../media/iiif-route.ts';
import { mediaItems, mediaVisible } from '../media/media.noun.ts';
import {
  annotationsAtMost,
  MediaAnnotation,
  MediaAnnotationMotivation,
  type MediaRegion,
} from './media-annotation.entity.ts';

const Region = valueType(
  'MediaRegion',
  'A rectangle in pixels of a picture as displayed.',
  (f: OutputFields<MediaRegion>) => ({
    x: f.int('Distance from the left edge in pixels.'),
    y: f.int('Distance from the upper edge in pixels.'),
    width: f.int('Width in pixels.'),
    height: f.int('Height in pixels.'),
  }),
);

/** Annotations are visible with their picture; archived ones to the actor who owned the asset then, not to later owners. */
function visible(actor: ActorSnapshot): FilterQuery<MediaAnnotation> {
  const seen = { media: mediaVisible(actor) as object };
  if (isOperator(actor)) return seen;
  const own = { archivedOwnerId: { $in: ownersOf(actor) } };
  return { $and: [seen, { $or: [{ archivedAt: null }, own] }] } as FilterQuery<MediaAnnotation>;
}

export const mediaAnnotations = noun(MediaAnnotation, {
  name: 'MediaAnnotation',
  plural: 'mediaAnnotations',
  prefix: 'man',
  words: ['annotation', 'annotations'],
  short: 'annotation',
  description: 'A note on a picture, or on a part of it, by the Web Annotation Data Model of the W3C.',
  visible,
  audience: 'visible',
  fields: (f) => ({
    ...f.standard(),
    media: f
      .row(() => mediaItems, 'The picture; null if it was removed from its asset.')
      .nullable()
      .from(({ media }, context) => mediaItems.load(context, media.id)),
    motivation: f.enum(MediaAnnotationMotivation, 'The purpose of the annotation.'),
    text: f.text('Plain text, at most 5,000 characters; null for a highlight without a text.').nullable(),
    language: f.text('The language of the text as a BCP 47 tag; null if none is given.').nullable(),
    region: f
      .object(Region, 'The annotated part as a rectangle; null if it is an outline or the whole picture.')
      .nullable(),
    outline: f
      .text(
        'The annotated part as SVG path data in pixels of the picture; null if it is a rectangle or the whole picture.',
      )
      .nullable(),
    url: f
      .text('Path of the annotation as JSON-LD at the graph’s own address.')
      .from(({ id, media }) => `${iiifRoute.prefix}${media.id}/annotations/${id}`),
    createdBy: f.actor('createdBy', 'The actor who wrote it.'),
    archivedAt: f
      .time(
        'When it was archived; since then only the actor who owned the asset at that time sees it. Null if it is not archived.',
      )
      .nullable(),
  }),
  filter: { mediaId: 'id', motivation: MediaAnnotationMotivation, createdAt: 'time' },
  sort: ['createdAt', 'updatedAt'],
  roots: {
    list: 'Annotations of pictures that the viewer sees, the newest first; archived ones only for the actor who owned the asset when they were archived. Errors: INVALID.',
  },
});

export const annotationsOfMedia = extend(mediaItems, (f) => ({
  annotations: f
    .rows(
      () => mediaAnnotations,
      `Annotations of the picture, the oldest first, without archived ones; at most ${annotationsAtMost}.`,
      { atMost: annotationsAtMost },
    )
    .dependsOn('visible')
    .from(({ id }, context) => annotationsOf(context, id)),
}));
