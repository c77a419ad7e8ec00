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
import type { Asset } from '../asset/asset.entity.ts';
import { assets } from '../asset/asset.query.ts';
import { AssetType } from '../asset/asset.type.ts';
import { mediaAttached, mediaDetached, mediaReordered } from '../events.ts';
import { actorStub, type ActorStub } from '../foreign/actor.ts';
import { derivativeOf } from './image.ts';
import { iiifRoute } from './iiif-route.ts';
import { signedQuery } from './links.ts';
import { originalUrl } from './media-route.ts';
import type { Media, MediaUpload } from './media.entity.ts';
import {
  AssetImageArgs,
  MediaDetachInput,
  MediaPrimarySetInput,
  MediaReorderInput,
  MediaUploadBeginInput,
  MediaUploadCompleteInput,
} from './media.input.ts';
import { mediaAtMost, mediaItems, mediaOf } from './media.query.ts';
import * as service from './media.service.ts';
import { AssetImageType, MediaType, MediaUploadType } from './media.type.ts';
import { uploadRoute } from './upload-route.ts';
import { inspect } from './uploads.ts';

@ObjectType('MediaUploadBeginPayload')
export class MediaUploadBeginPayload {
  @Field(() => MediaUploadType, { description: 'The new upload and the address for its bytes.' })
  upload!: MediaUpload;
}

@ObjectType('MediaUploadCompletePayload')
export class MediaUploadCompletePayload {
  @Field(() => MediaUploadType, { description: 'The upload, whose state is DONE.' })
  upload!: MediaUpload;

  @Field(() => MediaType, {
    description: 'The attached file; the existing one if the asset has a file with the same content.',
  })
  media!: Media;

  @Field(() => AssetType)
  asset!: Asset;
}

@ObjectType('MediaReorderPayload')
export class MediaReorderPayload {
  @Directive('@listSize(assumedSize: 50)')
  @Field(() => [MediaType], { description: `All media of the asset in their new order; at most ${mediaAtMost}.` })
  media!: Media[];

  @Field(() => AssetType)
  asset!: Asset;
}

@ObjectType('MediaPrimarySetPayload')
export class MediaPrimarySetPayload {
  @Field(() => MediaType, { description: 'The picture, now the first of the media.' })
  media!: Media;

  @Field(() => AssetType)
  asset!: Asset;
}

@ObjectType('MediaDetachPayload')
export class MediaDetachPayload {
  @Field(() => MediaType, { description: 'The removed medium. Its addresses answer 404 from now on.' })
  media!: Media;

  @Field(() => AssetType)
  asset!: Asset;
}

@Resolver(() => MediaType)
export class MediaResolver {
  @Reads('public')
  @Query(() => MediaType, {
    nullable: true,
    description:
      'A picture, recording, film, document or model by its id; null when it does not exist, was taken off its asset or the viewer may not see it. Errors: INVALID.',
  })
  media(
    @Arg('id', () => ID, { description: 'Begins with `med_`.' }) id: string,
    @Ctx() context: Context,
  ): Promise<Media | null> {
    return mediaItems.load(context, checkId(id, 'med', ['id']));
  }

  @FieldResolver()
  asset(@Root() media: Media, @Ctx() context: Context): Promise<Asset | null> {
    return assets.load(context, media.asset.id);
  }

  @FieldResolver()
  createdBy(@Root() media: Media): ActorStub | null {
    return actorStub(media.createdBy);
  }

  @FieldResolver()
  url(@Root() media: Media, @Ctx() context: Context): Promise<string> {
    return originalUrl(context, media);
  }

  @FieldResolver()
  image(
    @Root() media: Media,
    @Args(() => AssetImageArgs) args: AssetImageArgs,
    @Ctx() context: Context,
  ): Promise<AssetImageType | null> {
    return derivativeOf(context, media, args);
  }

  @FieldResolver()
  iiif(@Root() media: Media): string | null {
    return media.kind === 'IMAGE' ? `${iiifRoute.prefix}${media.id}` : null;
  }

  @Writes('assets.mediaUpload.begin', { silent: 'An announcement is nothing to others before the file is there.' })
  @Mutation(() => MediaUploadBeginPayload, {
    description:
      'Begins an upload for an asset and returns the address to send the bytes to, in one piece or in chunks, within a day. ' +
      'Errors: NOT_FOUND, FORBIDDEN, INVALID, TOO_MANY if the viewer has 100 uploads under way, CONFLICT if the media of the ' +
      'account would exceed 20 GiB.',
  })
  mediaUploadBegin(
    @Arg('input', () => MediaUploadBeginInput) input: MediaUploadBeginInput,
  ): Run<{ upload: MediaUpload }> {
    checkId(input.assetId, 'ast', ['input', 'assetId']);
    return run(async (tx) => ({ upload: await service.mediaUploadBegin(tx, input) }));
  }

  @Writes('assets.mediaUpload.complete', { facts: [mediaAttached] })
  @Mutation(() => MediaUploadCompletePayload, {
    description:
      'Attaches an uploaded file to its asset, after the existing ones. A file that the asset already has is not attached twice. ' +
      'Errors: NOT_FOUND, FORBIDDEN, CONFLICT while bytes are missing or if the asset has 50 media, INVALID for a file of an unsupported type, EXPIRED a day after the upload was begun.',
  })
  async mediaUploadComplete(
    @Arg('input', () => MediaUploadCompleteInput) input: MediaUploadCompleteInput,
    @Ctx() context: Context,
  ): Promise<Run<MediaUploadCompletePayload>> {
    checkId(input.uploadId, 'upl', ['input', 'uploadId']);
    // Done already when the last byte came, unless the process that took it has ended since.
    await inspect(context, input.uploadId);
    return run((tx) => service.mediaUploadComplete(tx, input));
  }

  @Writes('assets.media.reorder', { facts: [mediaReordered] })
  @Mutation(() => MediaReorderPayload, {
    description:
      'Sets the order of the media of an asset. The first picture represents the asset in lists. Errors: NOT_FOUND, FORBIDDEN, INVALID.',
  })
  mediaReorder(@Arg('input', () => MediaReorderInput) input: MediaReorderInput): Run<MediaReorderPayload> {
    checkId(input.assetId, 'ast', ['input', 'assetId']);
    for (const [n, id] of input.mediaIds.entries()) checkId(id, 'med', ['input', 'mediaIds', String(n)]);
    return run((tx) => service.mediaReorder(tx, input));
  }

  @Writes('assets.mediaPrimary.set', { facts: [mediaReordered] })
  @Mutation(() => MediaPrimarySetPayload, {
    description:
      'Makes a picture the primary one of its asset, by moving it to the first place. Errors: NOT_FOUND, FORBIDDEN, INVALID.',
  })
  mediaPrimarySet(@Arg('input', () => MediaPrimarySetInput) input: MediaPrimarySetInput): Run<MediaPrimarySetPayload> {
    checkId(input.mediaId, 'med', ['input', 'mediaId']);
    return run((tx) => service.mediaPrimarySet(tx, input));
  }

  @Writes('assets.media.detach', { facts: [mediaDetached] })
  @Mutation(() => MediaDetachPayload, {
    description:
      'Removes a media file from its asset. The file is deleted after seven days; until then the call is idempotent. Errors: NOT_FOUND, FORBIDDEN, INVALID.',
  })
  mediaDetach(@Arg('input', () => MediaDetachInput) input: MediaDetachInput): Run<MediaDetachPayload> {
    checkId(input.mediaId, 'med', ['input', 'mediaId']);
    return run((tx) => service.mediaDetach(tx, input));
  }
}

@Resolver(() => MediaUploadType)
export class MediaUploadResolver {
  @FieldResolver()
  url(@Root() upload: MediaUpload, @Ctx() context: Context): string {
    return `${uploadRoute.prefix}${upload.id}${signedQuery(context, 'upload', upload.id, upload.expiresAt)}`;
  }
}

/** What media add to an asset. */
@Resolver(() => AssetType)
export class AssetMediaResolver {
  @Directive(`@listSize(assumedSize: ${mediaAtMost})`)
  @FieldResolver(() => [MediaType], {
    description: `Pictures, recordings, films, documents and models, in their order; at most ${mediaAtMost}.`,
  })
  media(@Root() asset: Asset, @Ctx() context: Context): Promise<Media[]> {
    return mediaOf(context, asset.id);
  }

  @FieldResolver(() => AssetImageType, {
    nullable: true,
    description: 'The first picture of the asset, in the requested size. Null if it has none.',
  })
  async image(
    @Root() asset: Asset,
    @Args(() => AssetImageArgs) args: AssetImageArgs,
    @Ctx() context: Context,
  ): Promise<AssetImageType | null> {
    const picture = (await mediaOf(context, asset.id)).find(({ kind }) => kind === 'IMAGE');
    return picture ? derivativeOf(context, picture, args) : null;
  }
}
