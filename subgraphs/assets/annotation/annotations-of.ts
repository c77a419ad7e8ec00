import { grouped } from '../../../platform/context/batch.ts';
import type { Context } from '../../../platform/context/context.ts';
import { MediaAnnotation } from './media-annotation.entity.ts';

/** Annotations of a medium that the viewer sees, the oldest first, without archived ones; one statement for all media of a turn. */
export function annotationsOf(context: Context, mediaId: string): Promise<MediaAnnotation[]> {
  const load = (ids: readonly string[]): Promise<MediaAnnotation[]> =>
    context.em.find(
      MediaAnnotation,
      { mediaId: { $in: [...ids] }, archivedAt: null },
      { orderBy: { createdAt: 'asc', id: 'asc' } },
    );
  return grouped(context, 'annotations of media', mediaId, load, ({ media }) => media.id);
}
