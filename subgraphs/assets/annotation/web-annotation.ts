import { largestOf } from '../../../platform/pictures/iiif.ts';
import { within } from '../../../platform/pictures/fit.ts';
import type { PictureSize } from '../../../platform/pictures/picture.ts';
import type { MediaAnnotation } from './media-annotation.entity.ts';

/** The context of IIIF Presentation 3, which includes that of the Web Annotation Data Model. */
export const presentationContext = 'http://iiif.io/api/presentation/3/context.json';

/**
 * The terms of the Web Annotation Data Model (https://www.w3.org/TR/annotation-model/) as IIIF Presentation 3 uses them. `base` is the
 * URL of the picture's IIIF service; the annotated canvas has the pixels of the picture as displayed.
 */
export const canvasOf = (base: string): string => `${base}/canvas`;

/** All annotations of a picture, as returned by `{base}/annotations`. */
export function annotationPage(base: string, annotations: readonly MediaAnnotation[]): Record<string, unknown> {
  return {
    '@context': presentationContext,
    id: `${base}/annotations`,
    type: 'AnnotationPage',
    items: annotations.map((each) => webAnnotation(base, each)),
  };
}

export function webAnnotation(base: string, annotation: MediaAnnotation): Record<string, unknown> {
  const { id, motivation, text, language, createdAt, updatedAt } = annotation;
  return {
    id: `${base}/annotations/${id}`,
    type: 'Annotation',
    motivation: motivation.toLowerCase(),
    ...(text
      ? { body: { type: 'TextualBody', value: text, format: 'text/plain', ...(language ? { language } : {}) } }
      : {}),
    target: targetOf(base, annotation),
    created: createdAt.toISOString(),
    modified: updatedAt.toISOString(),
  };
}

function targetOf(base: string, { region, outline }: MediaAnnotation): unknown {
  const canvas = {
    id: canvasOf(base),
    type: 'Canvas',
    partOf: [{ id: `${base}/manifest.json`, type: 'Manifest' }],
  };
  if (region) {
    const { x, y, width, height } = region;
    return specific(canvas, {
      type: 'FragmentSelector',
      conformsTo: 'http://www.w3.org/TR/media-frags/',
      value: `xywh=${x},${y},${width},${height}`,
    });
  }
  if (!outline) return canvas;
  // Path data contains only commands and numbers, so it cannot become markup.
  return specific(canvas, {
    type: 'SvgSelector',
    value: `<svg xmlns="http://www.w3.org/2000/svg"><path d="${outline}"/></svg>`,
  });
}

function specific(source: unknown, selector: Record<string, string>): unknown {
  return { type: 'SpecificResource', source, selector };
}

/** The smallest manifest with which a viewer shows the picture and its annotations. */
export function pictureManifest(base: string, title: string, picture: PictureSize): Record<string, unknown> {
  const canvas = canvasOf(base);
  return {
    '@context': presentationContext,
    id: `${base}/manifest.json`,
    type: 'Manifest',
    label: { none: [title] },
    items: [
      {
        id: canvas,
        type: 'Canvas',
        ...picture,
        items: [
          {
            id: `${canvas}/page`,
            type: 'AnnotationPage',
            items: [
              {
                id: `${canvas}/image`,
                type: 'Annotation',
                motivation: 'painting',
                body: {
                  id: `${base}/full/max/0/default.jpg`,
                  type: 'Image',
                  format: 'image/jpeg',
                  ...within(picture, largestOf(picture)),
                  service: [{ id: base, type: 'ImageService3', profile: 'level2' }],
                },
                target: canvas,
              },
            ],
          },
        ],
        annotations: [{ id: `${base}/annotations`, type: 'AnnotationPage' }],
      },
    ],
  };
}
