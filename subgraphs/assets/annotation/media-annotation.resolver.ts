import {
  Arg,
  Args,
  Ctx,
  Directive,
  Field,
  FieldResolver,
  ID,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { Reads, Writes } from '../../../platform/access/declare.ts';
import { run, type Run } from '../../../platform/change/run.ts';
import type { Context } from '../../../platform/context/context.ts';
import { checkId } from '../../../platform/ids/ids.ts';
import type { Connection } from '../../../platform/nouns/noun.ts';
import { mediaAnnotationArchived, mediaAnnotationCreated, mediaAnnotationUpdated } from '../events.ts';
import { actorStub, type ActorStub } from '../foreign/actor.ts';
import { iiifRoute } from '../media/iiif-route.ts';
import type { Media } from '../media/media.entity.ts';
import { mediaItems } from '../media/media.query.ts';
import { MediaType } from '../media/media.type.ts';
import { annotationsAtMost, type MediaAnnotation } from './media-annotation.entity.ts';
import {
  MediaAnnotationArchiveInput,
  MediaAnnotationCreateInput,
  MediaAnnotationsArgs,
  MediaAnnotationUpdateInput,
} from './media-annotation.input.ts';
import { annotationsOf, mediaAnnotations } from './media-annotation.query.ts';
import * as service from './media-annotation.service.ts';
import { MediaAnnotationType } from './media-annotation.type.ts';

@ObjectType('MediaAnnotationCreatePayload')
export class MediaAnnotationCreatePayload {
  @Field(() => MediaAnnotationType, { description: 'The new annotation.' })
  annotation!: MediaAnnotation;
}

@ObjectType('MediaAnnotationUpdatePayload')
export class MediaAnnotationUpdatePayload {
  @Field(() => MediaAnnotationType, { description: 'The annotation as it is now.' })
  annotation!: MediaAnnotation;
}

@ObjectType('MediaAnnotationArchivePayload')
export class MediaAnnotationArchivePayload {
  @Field(() => MediaAnnotationType, { description: 'The archived annotation.' })
  annotation!: MediaAnnotation;
}

@Resolver(() => MediaAnnotationType)
export class MediaAnnotationResolver {
  @Reads('public')
  @Query(() => MediaAnnotationType, {
    nullable: true,
    description:
      'An annotation of a picture; null when it does not exist or the viewer may not see it. Errors: INVALID.',
  })
  mediaAnnotation(
    @Arg('id', () => ID, { description: 'Begins with `man_`.' }) id: string,
    @Ctx() context: Context,
  ): Promise<MediaAnnotation | null> {
    checkId(id, 'man', ['id']);
    return mediaAnnotations.load(context, id);
  }

  @Reads('public')
  @Query(() => mediaAnnotations.Connection, {
    description:
      'Annotations of pictures that the viewer sees, the newest first; archived ones only for the actor who owned the asset when they were archived. ' +
      'Errors: INVALID.',
  })
  mediaAnnotations(
    @Args(() => MediaAnnotationsArgs) args: MediaAnnotationsArgs,
    @Ctx() context: Context,
  ): Promise<Connection<MediaAnnotation>> {
    return mediaAnnotations.list(context, args);
  }

  @FieldResolver()
  media(@Root() { media }: MediaAnnotation, @Ctx() context: Context): Promise<Media | null> {
    return mediaItems.load(context, media.id);
  }

  @FieldResolver()
  createdBy(@Root() { createdBy }: MediaAnnotation): ActorStub | null {
    return actorStub(createdBy);
  }

  @FieldResolver()
  url(@Root() { id, media }: MediaAnnotation): string {
    return `${iiifRoute.prefix}${media.id}/annotations/${id}`;
  }

  @Writes('assets.mediaAnnotation.create', { facts: [mediaAnnotationCreated] })
  @Mutation(() => MediaAnnotationCreatePayload, {
    description:
      'Adds an annotation to a picture or to a part of it. Requires the right to edit the asset; everybody who sees the picture sees ' +
      `the annotation. Errors: NOT_FOUND, FORBIDDEN, INVALID, CONFLICT with ${annotationsAtMost} annotations of the picture.`,
  })
  mediaAnnotationCreate(
    @Arg('input', () => MediaAnnotationCreateInput) input: MediaAnnotationCreateInput,
  ): Run<MediaAnnotationCreatePayload> {
    checkId(input.mediaId, 'med', ['input', 'mediaId']);
    return run(async (tx) => ({ annotation: await service.mediaAnnotationCreate(tx, input) }));
  }

  @Writes('assets.mediaAnnotation.update', { facts: [mediaAnnotationUpdated] })
  @Mutation(() => MediaAnnotationUpdatePayload, {
    description:
      'Changes an annotation. Errors: NOT_FOUND, FORBIDDEN, INVALID, CONFLICT for another version or an archived annotation.',
  })
  mediaAnnotationUpdate(
    @Arg('input', () => MediaAnnotationUpdateInput) input: MediaAnnotationUpdateInput,
  ): Run<MediaAnnotationUpdatePayload> {
    checkId(input.annotationId, 'man', ['input', 'annotationId']);
    return run(async (tx) => ({ annotation: await service.mediaAnnotationUpdate(tx, input) }));
  }

  @Writes('assets.mediaAnnotation.archive', { facts: [mediaAnnotationArchived] })
  @Mutation(() => MediaAnnotationArchivePayload, {
    description:
      'Archives an annotation: from then on only the present owner of the asset sees it, and later owners do not. ' +
      'Idempotent. Errors: NOT_FOUND, FORBIDDEN, INVALID.',
  })
  mediaAnnotationArchive(
    @Arg('input', () => MediaAnnotationArchiveInput) input: MediaAnnotationArchiveInput,
  ): Run<MediaAnnotationArchivePayload> {
    checkId(input.annotationId, 'man', ['input', 'annotationId']);
    return run(async (tx) => ({ annotation: await service.mediaAnnotationArchive(tx, input) }));
  }
}

/** What annotations add to a medium. */
@Resolver(() => MediaType)
export class MediaAnnotationsOfMediaResolver {
  @Directive('@listSize(assumedSize: 100)')
  @FieldResolver(() => [MediaAnnotationType], {
    description: `Annotations of the picture, the oldest first, without archived ones; at most ${annotationsAtMost}.`,
  })
  annotations(@Root() { id }: Media, @Ctx() context: Context): Promise<MediaAnnotation[]> {
    return annotationsOf(context, id);
  }
}
