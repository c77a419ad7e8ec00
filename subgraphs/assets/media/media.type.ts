import { registerEnumType, Field, ID, Int, ObjectType } from 'type-graphql';
import { DateTime } from '../../../platform/scalars/scalars.ts';
import type { Asset } from '../asset/asset.entity.ts';
import { AssetType } from '../asset/asset.type.ts';
import { ActorStub } from '../foreign/actor.ts';
import type { Media, MediaKind, MediaUpload, MediaUploadState } from './media.entity.ts';

export const MediaKindEnum = {
  IMAGE: 'IMAGE',
  AUDIO: 'AUDIO',
  VIDEO: 'VIDEO',
  DOCUMENT: 'DOCUMENT',
  MODEL: 'MODEL',
} as const;
registerEnumType(MediaKindEnum, {
  name: 'MediaKind',
  valuesConfig: {
    IMAGE: { description: 'A picture.' },
    AUDIO: { description: 'A recording.' },
    VIDEO: { description: 'A film.' },
    DOCUMENT: { description: 'A PDF.' },
    MODEL: { description: 'A three-dimensional model.' },
  },
  description: 'What a file is by its content: a picture, a recording, a film, a PDF, or a three-dimensional model.',
});

export const MediaUploadStateEnum = {
  OPEN: 'OPEN',
  RECEIVED: 'RECEIVED',
  READY: 'READY',
  REFUSED: 'REFUSED',
  DONE: 'DONE',
} as const;
registerEnumType(MediaUploadStateEnum, {
  name: 'MediaUploadState',
  valuesConfig: {
    OPEN: { description: 'Accepts bytes.' },
    RECEIVED: { description: 'All bytes have arrived; the file is not inspected yet.' },
    READY: { description: 'Inspected and valid; can be completed.' },
    REFUSED: { description: 'The file is not accepted.' },
    DONE: { description: 'Attached to its asset.' },
  },
  description:
    'How far an upload is: it takes bytes; has them all; was found good; was refused for what it is; or became a medium.',
});

export const ImageFitEnum = { COVER: 'COVER', CONTAIN: 'CONTAIN', FILL: 'FILL' } as const;
registerEnumType(ImageFitEnum, {
  name: 'ImageFit',
  valuesConfig: {
    COVER: { description: 'Fills the box; the edges are cropped evenly.' },
    CONTAIN: { description: 'Fits the whole picture into the box.' },
    FILL: { description: 'Stretches the picture to the box.' },
  },
  description: 'How a picture is fitted into the requested width and height. Pictures are never enlarged.',
});

export const ImageFormatEnum = { JPEG: 'JPEG', WEBP: 'WEBP', AVIF: 'AVIF', PNG: 'PNG' } as const;
registerEnumType(ImageFormatEnum, {
  name: 'ImageFormat',
  valuesConfig: {
    JPEG: { description: 'JPEG, without transparency.' },
    WEBP: { description: 'WebP.' },
    AVIF: { description: 'AVIF, the smallest and the slowest to make.' },
    PNG: { description: 'PNG, lossless.' },
  },
  description: 'The file format of a picture.',
});

@ObjectType('AssetImage', {
  description: 'A picture in a size and format. It is rendered at the first request of its address.',
})
export class AssetImageType {
  @Field(() => String, {
    description:
      'Path at the graph’s own address. If the asset is not published, the path contains a signature that is valid for at most two hours.',
  })
  url!: string;

  @Field(() => Int, { description: 'Pixels; less than asked for where the picture has less.' })
  width!: number;

  @Field(() => Int, { description: 'Pixels; less than asked for where the picture has less.' })
  height!: number;

  @Field(() => String, { description: 'Media type, such as "image/webp".' })
  contentType!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'The picture in at most 16 by 16 pixels, a data: URL of some 150 characters, to show until it is loaded.',
  })
  placeholder!: string | null;
}

@ObjectType('Media', { description: 'A picture, recording, film, document or model that shows an asset.' })
export class MediaType implements Pick<Media, 'id' | 'size' | 'sha256' | 'fileName' | 'contentType' | 'createdAt'> {
  @Field(() => ID)
  id!: string;

  @Field(() => AssetType, { nullable: true, description: 'What it shows.' })
  asset!: Asset | null;

  @Field(() => MediaKindEnum, { description: 'What the file is by its content.' })
  kind!: MediaKind;

  @Field(() => String, { description: 'Media type by its content, such as "image/jpeg".' })
  contentType!: string;

  @Field(() => String, { description: 'The file name that the uploader gave.' })
  fileName!: string;

  @Field(() => Int, { description: 'Bytes.' })
  size!: number;

  @Field(() => Int, { nullable: true, description: 'Pixels of a picture as it is seen.' })
  width!: number | null;

  @Field(() => Int, { nullable: true, description: 'Pixels of a picture as it is seen.' })
  height!: number | null;

  @Field(() => Int, { nullable: true, description: 'Milliseconds of a recording or film, where its headers say it.' })
  durationMs!: number | null;

  @Field(() => String, { description: 'SHA-256 of the original, in hexadecimal.' })
  sha256!: string;

  @Field(() => String, {
    description:
      'The original file, unchanged and with its embedded metadata (EXIF, for example). Path at the graph’s own address; if the ' +
      'asset is not published, it contains a signature that is valid for at most two hours.',
  })
  url!: string;

  @Field(() => AssetImageType, {
    nullable: true,
    description: 'The picture in the requested size. Null if the medium is not a picture.',
  })
  image!: AssetImageType | null;

  @Field(() => String, {
    nullable: true,
    description: 'Base path of its IIIF Image API 3.0 service (level 2). Null if the medium is not a picture.',
  })
  iiif!: string | null;

  @Field(() => ActorStub, { nullable: true, description: 'Who sent it.' })
  createdBy!: ActorStub | null;

  @Field(() => DateTime)
  createdAt!: Date;
}

@ObjectType('MediaUpload', { description: 'A file on its way. Kept a day.' })
export class MediaUploadType implements Pick<MediaUpload, 'id' | 'size' | 'received' | 'expiresAt' | 'fileName'> {
  @Field(() => ID)
  id!: string;

  @Field(() => MediaUploadStateEnum, { description: 'The progress of the upload.' })
  state!: MediaUploadState;

  @Field(() => String, { description: 'The announced name of the file.' })
  fileName!: string;

  @Field(() => Int, { description: 'Bytes that were announced.' })
  size!: number;

  @Field(() => Int, { description: 'Bytes that have arrived.' })
  received!: number;

  @Field(() => String, {
    description:
      'Where the bytes go, by the tus protocol 1.0: HEAD says how many are there, PATCH adds more. A path at the graph’s own ' +
      'address that carries its own permission; give it to nobody.',
  })
  url!: string;

  @Field(() => DateTime, { description: 'When it is forgotten, whatever has arrived.' })
  expiresAt!: Date;
}
