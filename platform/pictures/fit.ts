import { enumeration, type ValueOf } from '../declare/enumeration.ts';
import { sideAtMost, type PictureFormat, type PictureSize, type PictureSpec } from './picture.ts';

export const ImageFit = enumeration(
  'ImageFit',
  'How a picture is fitted into the requested width and height. Pictures are never enlarged.',
  {
    COVER: 'Fills the box; the edges are cropped evenly.',
    CONTAIN: 'Fits the whole picture into the box.',
    FILL: 'Stretches the picture to the box.',
  },
);
export type ImageFit = ValueOf<typeof ImageFit>;

export interface Wanted {
  width: number | null;
  height: number | null;
  fit: ImageFit;
}

/**
 * The derivative of a picture for a box. Pictures are never enlarged: a box larger than the picture gets the largest picture of the
 * box's shape. With only one side, or none, the picture keeps its shape whatever the fit.
 */
export function fitted(picture: PictureSize, wanted: Wanted, format: PictureFormat): PictureSpec {
  const { fit } = wanted;
  const whole = { left: 0, top: 0, ...picture };
  const plain = { mirrored: false, rotation: 0, quality: 'default' as const, format };
  if (wanted.width === null || wanted.height === null || fit === 'CONTAIN') {
    const box = { width: wanted.width ?? sideAtMost, height: wanted.height ?? sideAtMost };
    return { region: whole, size: within(picture, box), ...plain };
  }
  const box = { width: wanted.width, height: wanted.height };
  if (fit === 'FILL') {
    const scale = Math.min(1, picture.width / box.width, picture.height / box.height);
    return { region: whole, size: scaled(box, scale), ...plain };
  }
  // The largest centred part of the picture with the box's shape.
  const part = scaled(box, Math.min(picture.width / box.width, picture.height / box.height));
  const left = Math.floor((picture.width - part.width) / 2);
  const top = Math.floor((picture.height - part.height) / 2);
  const size = part.width > box.width ? box : part;
  return { region: { left, top, ...part }, size, ...plain };
}

/** The largest size of the picture's shape that fits into the box; not larger than the picture unless `enlarged`. */
export function within(picture: PictureSize, box: PictureSize, enlarged = false): PictureSize {
  const scale = Math.min(box.width / picture.width, box.height / picture.height);
  return scaled(picture, enlarged ? scale : Math.min(1, scale));
}

export function scaled({ width, height }: PictureSize, scale: number): PictureSize {
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}
