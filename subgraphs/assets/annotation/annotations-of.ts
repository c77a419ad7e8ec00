import { grouped } from '../../../platform/context/batch.ts';
import type { Context } from '../../../platform/context/context.ts';
import { MediaAnnotation } from './media-annotation.entity.ts';

/** The visible annotations of a medium, the oldest first, without archived ones. One statement for all media loaded together. */
export function annotationsOf(context: Context, mediaId: string): Promise<MediaAnnotation[]> {
  const load = (ids: readonly string[]): Promise<MediaAnnotation[]> =>
    context.em.find(
      MediaAnnotation,
      { mediaId: { $in: [...ids] }, archivedAt: null },
      { orderBy: { createdAt: 'asc', id: 'asc' } },
    );
  return grouped(context, 'annotations of media', mediaId, load, ({ media }) => media.id);
}
