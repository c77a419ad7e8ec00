import { ArrayMaxSize, ArrayMinSize, Matches, Max, MaxLength, Min } from 'class-validator';
import { ArgsType, Field, ID, InputType, Int } from 'type-graphql';
import { NotBlank } from '../../../platform/scalars/text.ts';
import { largestUpload } from './content.ts';
import type { ImageFit } from './fit.ts';
import { mediaAtMost } from './media.query.ts';
import { ImageFitEnum, ImageFormatEnum } from './media.type.ts';
import { sideAtMost } from './picture.ts';

@ArgsType()
export class AssetImageArgs {
  @Field(() => Int, { nullable: true, description: 'Pixels of the box, 1 to 4,096.' })
  @Min(1)
  @Max(sideAtMost)
  width?: number | null;

  @Field(() => Int, { nullable: true, description: 'Pixels of the box, 1 to 4,096.' })
  @Min(1)
  @Max(sideAtMost)
  height?: number | null;

  @Field(() => ImageFitEnum, {
    defaultValue: 'COVER',
    description: 'How to fit the picture into the box if both sides are given.',
  })
  fit!: ImageFit;

  @Field(() => ImageFormatEnum, { defaultValue: 'WEBP', description: 'The file format of the result.' })
  format!: keyof typeof ImageFormatEnum;
}

@InputType('MediaUploadBeginInput')
export class MediaUploadBeginInput {
  @Field(() => ID, { description: 'What the file shows.' })
  @MaxLength(40)
  assetId!: string;

  @Field(() => String, {
    description: 'The name to show to people. The type of the file is detected from its content. 1 to 255 characters.',
  })
  @MaxLength(255)
  @NotBlank()
  fileName!: string;

  @Field(() => Int, {
    description:
      'Bytes, exactly. At most 50 MiB of a picture, 200 MiB of a recording or model, 1 GiB of a film, 100 MiB of a PDF.',
  })
  @Min(1)
  @Max(largestUpload)
  size!: number;

  @Field(() => String, {
    nullable: true,
    description: 'SHA-256 of the file in hexadecimal. If the received bytes have another one, the upload is INVALID.',
  })
  @Matches(/^[0-9a-f]{64}$/)
  sha256?: string | null;
}

@InputType('MediaUploadCompleteInput')
export class MediaUploadCompleteInput {
  @Field(() => ID, { description: 'The upload, as `mediaUploadBegin` returned it.' })
  @MaxLength(40)
  uploadId!: string;
}

@InputType('MediaReorderInput')
export class MediaReorderInput {
  @Field(() => ID, { description: 'The asset whose media are reordered.' })
  @MaxLength(40)
  assetId!: string;

  @Field(() => [ID], { description: 'All media of the asset, at most 50, in their new order.' })
  @ArrayMinSize(1)
  @ArrayMaxSize(mediaAtMost)
  @MaxLength(40, { each: true })
  mediaIds!: string[];
}

@InputType('MediaPrimarySetInput')
export class MediaPrimarySetInput {
  @Field(() => ID, { description: 'A picture.' })
  @MaxLength(40)
  mediaId!: string;
}

@InputType('MediaDetachInput')
export class MediaDetachInput {
  @Field(() => ID, { description: 'The picture, recording, film, document or model to take off its asset.' })
  @MaxLength(40)
  mediaId!: string;
}
