import { Matches } from 'class-validator';
import type { Transaction } from '../../../platform/context/context.ts';
import { difference } from '../../../platform/change/difference.ts';
import { arg, input } from '../../../platform/declare/input.ts';
import { mutation } from '../../../platform/declare/mutation.ts';
import { checkVersion, versionOf } from '../../../platform/declare/row-mutation.ts';
import { Conflict, Invalid } from '../../../platform/errors/errors.ts';
import type { Asset } from '../asset/asset.entity.ts';
import { assets } from '../asset/asset.noun.ts';
import { mediaAnnotationArchived, mediaAnnotationCreated, mediaAnnotationUpdated } from '../events.ts';
import { Media } from '../media/media.entity.ts';
import { mediaItems } from '../media/media.noun.ts';
import { annotationsAtMost, MediaAnnotation, MediaAnnotationMotivation } from './media-annotation.entity.ts';
import { mediaAnnotations } from './media-annotation.noun.ts';

/** Characters of a text: a page of a catalogue. Of an outline: a figure, point by point. */
const textAtMost = 5_000;
const outlineAtMost = 10_000;
/** The longest possible side in pixels: a panorama of 100 million pixels that is 16 high. */
const pixelAtMost = 6_250_000;

const languagePattern = /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}$/;
const outlinePattern = /^\s*[Mm][MmLlHhVvCcSsQqTtAaZz0-9eE.,+\-\s]*$/;
const outlineSentence =
  'outline is SVG path data that begins with M: commands and numbers, such as "M10 10 L90 10 L50 80 Z"';

const Region = input(
  'MediaRegionInput',
  'A rectangle in pixels of the picture as displayed. It must lie within the picture.',
  {
    x: arg.int('Distance from the left edge in pixels, from 0.', { min: 0, max: pixelAtMost }),
    y: arg.int('Distance from the upper edge in pixels, from 0.', { min: 0, max: pixelAtMost }),
    width: arg.int('Width in pixels, at least 1.', { min: 1, max: pixelAtMost }),
    height: arg.int('Height in pixels, at least 1.', { min: 1, max: pixelAtMost }),
  },
);

const motivation = arg.enum(MediaAnnotationMotivation, 'The purpose of the annotation.');
const text = arg.text('Plain text, 1 to 5,000 characters. Required unless the motivation is HIGHLIGHTING.', {
  min: 1,
  max: textAtMost,
});
const language = arg
  .text('The language of the text as a BCP 47 tag, such as "en" or "pt-BR".', { max: 35 })
  .check(Matches(languagePattern, { message: 'language: must be a BCP 47 tag, such as "en" or "pt-BR"' }));
const region = arg.object(
  Region,
  'The annotated part of the picture; the whole picture if there is neither a region nor an outline.',
);
const outline = arg
  .text(
    'The annotated part as SVG path data in pixels of the picture, at most 10,000 characters. Cannot be combined with `region`. Example: "M10 10 L90 10 L50 80 Z".',
    { max: outlineAtMost },
  )
  .check(Matches(outlinePattern, { message: outlineSentence }));
const annotationId = arg.id('man', 'The annotation.');

export const mediaAnnotationCreate = mutation('mediaAnnotationCreate', {
  access: 'assets.mediaAnnotation.create',
  description:
    'Adds an annotation to a picture or to a part of it. Requires the right to edit the asset; everybody who sees the picture sees the annotation.',
  errors: `NOT_FOUND, FORBIDDEN, INVALID, CONFLICT with ${annotationsAtMost} annotations of the picture`,
  tells: [mediaAnnotationCreated],
  inputDescription: 'An annotation of a picture, or of a part of it.',
  input: {
    mediaId: arg.id('med', 'A picture of an asset that the viewer may edit.'),
    motivation: motivation.default('COMMENTING'),
    text: text.optional(),
    language: language.optional(),
    region: region.optional(),
    outline: outline.optional(),
  },
  answers: [mediaAnnotations, 'The new annotation.'],
  async run(tx, { mediaId, ...given }) {
    const path = ['input', 'mediaId'];
    const media = tx.found(await mediaItems.load(tx, mediaId), path);
    // The lock serializes calls for one asset, so that the limit holds.
    const asset = tx.found(await assets.lock(tx, media.asset.id), path);
    tx.must('assets.mediaAnnotation.create', asset.ownerId);
    const said = canonical({ ...nothing, ...given });
    check(media, said);
    const count = await tx.em.count(MediaAnnotation, { mediaId: media.id, archivedAt: null });
    if (count >= annotationsAtMost)
      throw new Conflict(`A picture has at most ${annotationsAtMost} annotations. Archive some first.`, { path });
    const made = mediaAnnotations.create(tx, {
      media: tx.em.getReference(Media, media.id, { wrapped: true }),
      createdBy: tx.actorId,
      ...said,
    });
    tx.emit(mediaAnnotationCreated, asset.id, { ...about(asset, media.id, made.id), motivation: said.motivation });
    return made;
  },
});

export const mediaAnnotationUpdate = mutation('mediaAnnotationUpdate', {
  access: 'assets.mediaAnnotation.update',
  description: 'Changes an annotation.',
  errors: 'NOT_FOUND, FORBIDDEN, INVALID, CONFLICT if `ifVersion` is outdated or the annotation is archived',
  tells: [mediaAnnotationUpdated],
  inputDescription:
    'Changes to an annotation. Absent fields stay unchanged, null clears. A new region replaces the outline, and a new outline the region.',
  input: {
    annotationId,
    ifVersion: versionOf('annotation'),
    motivation: motivation.optional(),
    text: text.clearable(),
    language: language.clearable(),
    region: region.clearable(),
    outline: outline.clearable(),
  },
  answers: [mediaAnnotations, 'The annotation as it is now.'],
  async run(tx, { annotationId: id, ifVersion: version, ...given }) {
    const { annotation, media, asset } = await locked(tx, id, 'assets.mediaAnnotation.update');
    checkVersion('annotation', annotation, version);
    if (annotation.archivedAt)
      throw new Conflict('This annotation is archived and cannot be changed.', {
        path: ['input', 'annotationId'],
      });
    const { motivation: purpose, text: words, language: tag, region: part, outline: line } = annotation;
    const before = { ...nothing, motivation: purpose, text: words, language: tag, region: part, outline: line };
    const next = canonical({ ...before, ...given, motivation: given.motivation ?? purpose });
    // A region and an outline replace each other; both together are refused below.
    if (given.region && given.outline == null) next.outline = null;
    if (given.outline && given.region == null) next.region = null;
    check(media, next);
    const changed = difference(before, next);
    if (Object.keys(changed).length === 0) return annotation;
    Object.assign(annotation, next, { updatedAt: tx.now() });
    tx.emit(mediaAnnotationUpdated, asset.id, { ...about(asset, media.id, annotation.id), changed });
    return annotation;
  },
});

export const mediaAnnotationArchive = mutation('mediaAnnotationArchive', {
  access: 'assets.mediaAnnotation.archive',
  description:
    'Archives an annotation: from then on only the present owner of the asset sees it, and later owners do not. Idempotent.',
  errors: 'NOT_FOUND, FORBIDDEN, INVALID',
  tells: [mediaAnnotationArchived],
  input: { annotationId },
  answers: [mediaAnnotations, 'The archived annotation.'],
  async run(tx, { annotationId: id }) {
    const { annotation, media, asset } = await locked(tx, id, 'assets.mediaAnnotation.archive');
    if (annotation.archivedAt) return annotation;
    Object.assign(annotation, { archivedAt: tx.now(), archivedOwnerId: asset.ownerId, updatedAt: tx.now() });
    tx.emit(mediaAnnotationArchived, asset.id, about(asset, media.id, annotation.id));
    return annotation;
  },
});

type Said = Pick<MediaAnnotation, 'motivation' | 'text' | 'language' | 'region' | 'outline'>;
const nothing = { text: null, language: null, region: null, outline: null };

/** An annotation that the actor can see and change, refreshed after its asset was locked. */
async function locked(
  tx: Transaction,
  id: string,
  permission: string,
): Promise<{ annotation: MediaAnnotation; media: Media; asset: Asset }> {
  const path = ['input', 'annotationId'];
  const annotation = tx.found(await mediaAnnotations.load(tx, id), path);
  const media = tx.found(await mediaItems.load(tx, annotation.media.id), path);
  const asset = tx.found(await assets.lock(tx, media.asset.id), path);
  tx.must(permission, asset.ownerId);
  await tx.em.refresh(annotation);
  return { annotation, media, asset };
}

/** With the language tag in its canonical form: `pt-br` is `pt-BR`. */
function canonical(said: Said): Said {
  const { language: tag } = said;
  if (tag == null) return said;
  try {
    return { ...said, language: Intl.getCanonicalLocales(tag)[0] ?? null };
  } catch {
    throw new Invalid(`language: "${tag}" is no BCP 47 tag, such as "en" or "pt-BR".`, { path: ['input', 'language'] });
  }
}

function check({ kind, width, height }: Media, said: Said): void {
  const invalid = (field: string, sentence: string): Invalid =>
    new Invalid(`${field}: ${sentence}`, { path: ['input', field] });
  if (kind !== 'IMAGE' || !width || !height) throw invalid('mediaId', 'only pictures can be annotated.');
  if (!said.text && said.motivation !== 'HIGHLIGHTING')
    throw invalid('text', `an annotation for ${said.motivation} needs a text; only HIGHLIGHTING does not.`);
  if (said.language && !said.text) throw invalid('language', 'a language can only be given with a text.');
  const part = said.region;
  if (part && said.outline) throw invalid('outline', 'give a region or an outline, not both.');
  if (part && (part.x + part.width > width || part.y + part.height > height))
    throw invalid('region', `it must lie within the picture, which is ${width} wide and ${height} high.`);
}

function about({ id, ownerId }: Asset, mediaId: string, annotationId: string) {
  return { assetId: id, ownerId, mediaId, annotationId };
}
