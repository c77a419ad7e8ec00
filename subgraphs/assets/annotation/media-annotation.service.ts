import type { Transaction } from '../../../platform/context/context.ts';
import { Conflict, Invalid } from '../../../platform/errors/errors.ts';
import { newId } from '../../../platform/ids/ids.ts';
import type { Asset } from '../asset/asset.entity.ts';
import { assets } from '../asset/asset.query.ts';
import { mediaAnnotationArchived, mediaAnnotationCreated, mediaAnnotationUpdated } from '../events.ts';
import { Media } from '../media/media.entity.ts';
import { mediaItems } from '../media/media.query.ts';
import { annotationsAtMost, MediaAnnotation, type MediaRegion } from './media-annotation.entity.ts';
import type { MediaAnnotationCreateInput, MediaAnnotationUpdateInput } from './media-annotation.input.ts';
import { mediaAnnotations } from './media-annotation.query.ts';

type Said = Pick<MediaAnnotation, 'motivation' | 'text' | 'language' | 'region' | 'outline'>;

export async function mediaAnnotationCreate(
  tx: Transaction,
  input: MediaAnnotationCreateInput,
): Promise<MediaAnnotation> {
  const path = ['input', 'mediaId'];
  const media = tx.found(await mediaItems.load(tx, input.mediaId), path);
  // Its lock puts those who annotate one asset one after another, so that the limit holds.
  const asset = tx.found(await assets.lock(tx, media.asset.id), path);
  tx.must('assets.mediaAnnotation.create', asset.ownerId);
  const { motivation, text = null, region = null, outline = null } = input;
  const said = { motivation, text, language: languageOf(input.language), region: plain(region), outline };
  check(media, said);
  const count = await tx.em.count(MediaAnnotation, { mediaId: media.id, archivedAt: null });
  if (count >= annotationsAtMost)
    throw new Conflict(`A picture has at most ${annotationsAtMost} annotations; archive some.`, { path });
  const now = tx.now();
  const made = tx.em.create(MediaAnnotation, {
    id: newId('man'),
    universeId: tx.universe,
    createdAt: now,
    updatedAt: now,
    media: tx.em.getReference(Media, media.id, { wrapped: true }),
    createdBy: tx.actorId,
    ...said,
    archivedAt: null,
    archivedOwnerId: null,
  });
  tx.em.persist(made);
  tx.emit(mediaAnnotationCreated, asset.id, { ...about(asset, media.id, made.id), motivation });
  return made;
}

export async function mediaAnnotationUpdate(
  tx: Transaction,
  input: MediaAnnotationUpdateInput,
): Promise<MediaAnnotation> {
  const { annotation, media, asset } = await locked(tx, input.annotationId, 'assets.mediaAnnotation.update');
  if (input.ifVersion != null && input.ifVersion !== annotation.version)
    throw new Conflict(
      `ifVersion: the annotation is at version ${annotation.version} by now. Read it again, and repeat the change.`,
      { path: ['input', 'ifVersion'] },
    );
  if (annotation.archivedAt)
    throw new Conflict('This annotation is archived; an archived annotation is not changed.', {
      path: ['input', 'annotationId'],
    });
  const before = saidBy(annotation);
  const next: Said = { ...before };
  if (input.motivation) next.motivation = input.motivation;
  if (input.text !== undefined) next.text = input.text;
  if (input.language !== undefined) next.language = languageOf(input.language);
  if (input.region !== undefined) next.region = plain(input.region);
  if (input.outline !== undefined) next.outline = input.outline;
  // Each takes the place of the other, unless both are given, which is refused below.
  if (input.region && input.outline == null) next.outline = null;
  if (input.outline && input.region == null) next.region = null;
  check(media, next);
  const fields = (Object.keys(next) as (keyof Said)[]).filter(
    (field) => JSON.stringify(next[field] ?? null) !== JSON.stringify(before[field] ?? null),
  );
  if (fields.length === 0) return annotation;
  Object.assign(annotation, next, { updatedAt: tx.now() });
  const changed = Object.fromEntries(
    fields.map((field) => [field, { from: (before[field] ?? null) as never, to: (next[field] ?? null) as never }]),
  );
  tx.emit(mediaAnnotationUpdated, asset.id, { ...about(asset, media.id, annotation.id), changed });
  return annotation;
}

/** Archives an annotation; again changes nothing. */
export async function mediaAnnotationArchive(
  tx: Transaction,
  input: { annotationId: string },
): Promise<MediaAnnotation> {
  const { annotation, media, asset } = await locked(tx, input.annotationId, 'assets.mediaAnnotation.archive');
  if (annotation.archivedAt) return annotation;
  Object.assign(annotation, { archivedAt: tx.now(), archivedOwnerId: asset.ownerId, updatedAt: tx.now() });
  tx.emit(mediaAnnotationArchived, asset.id, about(asset, media.id, annotation.id));
  return annotation;
}

/** An annotation that the actor sees and may change, with the lock of its asset and read anew behind it. */
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

function saidBy({ motivation, text, language, region, outline }: MediaAnnotation): Said {
  return {
    motivation,
    text: text ?? null,
    language: language ?? null,
    region: region ?? null,
    outline: outline ?? null,
  };
}

function plain(region: MediaRegion | null | undefined): MediaRegion | null {
  if (!region) return null;
  const { x, y, width, height } = region;
  return { x, y, width, height };
}

/** A tag in its canonical form: `pt-br` is `pt-BR`. */
function languageOf(tag: string | null | undefined): string | null {
  if (tag == null) return null;
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? null;
  } catch {
    throw new Invalid(`language: "${tag}" is no BCP 47 tag, such as "en" or "pt-BR".`, { path: ['input', 'language'] });
  }
}

function check({ kind, width, height }: Media, { motivation, text, language, region, outline }: Said): void {
  const invalid = (field: string, sentence: string): Invalid =>
    new Invalid(`${field}: ${sentence}`, { path: ['input', field] });
  if (kind !== 'IMAGE' || !width || !height) throw invalid('mediaId', 'only pictures are annotated.');
  if (!text && motivation !== 'HIGHLIGHTING')
    throw invalid('text', `an annotation for ${motivation} needs a text; only HIGHLIGHTING needs none.`);
  if (language && !text) throw invalid('language', 'without a text there is nothing that has a language.');
  if (region && outline) throw invalid('outline', 'a part is a region or an outline, not both.');
  if (region && (region.x + region.width > width || region.y + region.height > height))
    throw invalid('region', `it lies within the picture, which is ${width} wide and ${height} high.`);
}

function about({ id, ownerId }: Asset, mediaId: string, annotationId: string) {
  return { assetId: id, ownerId, mediaId, annotationId };
}
