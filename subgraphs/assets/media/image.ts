import type { Context } from '../../../platform/context/context.ts';
import { enumeration } from '../../../platform/declare/enumeration.ts';
import { arg, type Given } from '../../../platform/declare/input.ts';
import { valueType } from '../../../platform/declare/value-type.ts';
import { fitted, ImageFit } from '../../../platform/pictures/fit.ts';
import { pictureUrl, sizeOf } from './media-route.ts';
import type { Media } from './media.entity.ts';
import { pictureTypes, sideAtMost, type PictureFormat } from '../../../platform/pictures/picture.ts';

const ImageFormat = enumeration('ImageFormat', 'The file format of a picture.', {
  JPEG: 'JPEG, without transparency.',
  WEBP: 'WebP.',
  AVIF: 'AVIF: the smallest files, and the slowest to render.',
  PNG: 'PNG, lossless.',
});
const formats = { JPEG: 'jpg', WEBP: 'webp', AVIF: 'avif', PNG: 'png' } as const satisfies Record<
  string,
  PictureFormat
>;

const side = (name: string) =>
  arg.int(`${name} of the box in pixels, 1 to 4,096.`, { min: 1, max: sideAtMost }).optional();
export const imageArguments = {
  width: side('Width'),
  height: side('Height'),
  fit: arg.enum(ImageFit, 'How to fit the picture into the box if both sides are given.').default('COVER'),
  format: arg.enum(ImageFormat, 'The file format of the result.').default('WEBP'),
};

export const AssetImage = valueType(
  'AssetImage',
  'A picture in a size and format. It is rendered at the first request of its address.',
  (f) => ({
    url: f.text(
      'Path at the graph’s own address. If the asset is not published, the path contains a signature that is valid for at most two hours.',
    ),
    width: f.int('Width in pixels; less than requested if the picture is smaller.'),
    height: f.int('Height in pixels; less than requested if the picture is smaller.'),
    contentType: f.text('Media type, such as "image/webp".'),
    placeholder: f
      .text('The picture in at most 16 by 16 pixels, a data: URL of about 150 characters, to show until it is loaded.')
      .nullable(),
  }),
);

/** The picture of a medium in the requested form, rendered at the first request of its URL. Null if the medium is not a picture. */
export async function derivativeOf(context: Context, media: Media, args: Given<typeof imageArguments>) {
  const picture = sizeOf(media);
  if (!picture) return null;
  const format = formats[args.format];
  const wanted = { width: args.width ?? null, height: args.height ?? null, fit: args.fit };
  const { size } = fitted(picture, wanted, format);
  return {
    url: await pictureUrl(context, media, wanted, format),
    ...size,
    contentType: pictureTypes[format],
    placeholder: media.placeholder ?? null,
  };
}
