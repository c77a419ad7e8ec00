import type { Context } from '../../../platform/context/context.ts';
import { fitted } from './fit.ts';
import { pictureUrl, sizeOf } from './media-route.ts';
import type { Media } from './media.entity.ts';
import type { AssetImageArgs } from './media.input.ts';
import type { AssetImageType } from './media.type.ts';
import { pictureTypes, type PictureFormat } from './picture.ts';

const formats: Record<AssetImageArgs['format'], PictureFormat> = {
  JPEG: 'jpg',
  WEBP: 'webp',
  AVIF: 'avif',
  PNG: 'png',
};

/** A picture of a medium as a client asked for it; it is made when its address is first asked for. Null of what is no picture. */
export async function derivativeOf(
  context: Context,
  media: Media,
  args: AssetImageArgs,
): Promise<AssetImageType | null> {
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
