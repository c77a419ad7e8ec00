import DataLoader from 'dataloader';
import type { Context } from '../../../platform/context/context.ts';
import { noun } from '../../../platform/nouns/noun.ts';
import { MediaAnnotation } from './media-annotation.entity.ts';
import { mediaAnnotationVisible } from './media-annotation.policy.ts';
import { annotationMotivationFilter, MediaAnnotationType } from './media-annotation.type.ts';

export const mediaAnnotations = noun<MediaAnnotation>({
  name: 'MediaAnnotation',
  prefix: 'man',
  entity: MediaAnnotation,
  type: () => MediaAnnotationType,
  audience: 'self',
  visible: mediaAnnotationVisible,
  filter: { mediaId: 'id', motivation: annotationMotivationFilter, createdAt: 'time' },
  sort: ['createdAt', 'updatedAt'],
});

const ofMedia = Symbol('annotations of a medium');

/** What is said of a medium that the viewer sees, the oldest first, without what was archived. All look-ups of one turn are one statement. */
export function annotationsOf(context: Context, mediaId: string): Promise<MediaAnnotation[]> {
  return context
    .loader<MediaAnnotation[]>(ofMedia, () => new DataLoader((ids) => byMedia(context, ids), { maxBatchSize: 1000 }))
    .load(mediaId);
}

async function byMedia(context: Context, mediaIds: readonly string[]): Promise<MediaAnnotation[][]> {
  const rows = await context.em.find(
    MediaAnnotation,
    { mediaId: { $in: [...mediaIds] }, archivedAt: null },
    { orderBy: { createdAt: 'asc', id: 'asc' } },
  );
  const byId = new Map<string, MediaAnnotation[]>(mediaIds.map((id) => [id, []]));
  for (const row of rows) byId.get(row.media.id)?.push(row);
  return mediaIds.map((id) => byId.get(id) ?? []);
}
