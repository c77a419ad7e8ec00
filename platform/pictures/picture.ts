import type { Sharp, SharpOptions } from 'sharp';

/** Pixels of a picture at most, checked before decoding: 100 million, such as a 12,000 by 8,300 scan, take 300 MB in memory. */
export const pixelsAtMost = 100_000_000;
/** Pixels of one side of a derivative at most: wider than most screens, and a JPEG of a few megabytes. */
export const sideAtMost = 4096;
/** Seconds that processing one picture may take. */
const patience = 15;
/** Pixels of a placeholder's longer side. */
const placeholderSide = 16;

export const pictureFormats = ['jpg', 'png', 'webp', 'avif'] as const;
export type PictureFormat = (typeof pictureFormats)[number];
export const pictureTypes: Readonly<Record<PictureFormat, string>> = {
  jpg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  avif: 'image/avif',
};
export const pictureQualities = ['default', 'gray', 'bitonal'] as const;

export interface PictureSize {
  width: number;
  height: number;
}

/** A derivative of a picture: its region, size, orientation, colour depth and format. */
export interface PictureSpec {
  /** In pixels of the picture as displayed. */
  region: PictureSize & { left: number; top: number };
  /** Before rotation. */
  size: PictureSize;
  /** Left and right are swapped before rotation. */
  mirrored: boolean;
  /** Degrees clockwise: 0, 90, 180 or 270. */
  rotation: number;
  quality: (typeof pictureQualities)[number];
  format: PictureFormat;
}

async function open(input: Uint8Array | string, options: SharpOptions = {}): Promise<Sharp> {
  const { default: sharp } = await import('sharp');
  // One thread per picture: the caller counts cores.
  sharp.concurrency(1);
  sharp.cache(false);
  return sharp(input, { limitInputPixels: pixelsAtMost, failOn: 'error', ...options }).timeout({ seconds: patience });
}

/** sharp's names of the accepted formats, by content type. */
const formats: Record<string, string> = {
  'image/jpeg': 'jpeg',
  'image/png': 'png',
  'image/webp': 'webp',
  'image/gif': 'gif',
  'image/avif': 'heif',
  'image/tiff': 'tiff',
};

/**
 * Reads a picture's displayed size and a placeholder. The pixel count is checked from the header before decoding. Throws if the
 * picture is too large, truncated or broken.
 */
export async function readPicture(
  bytes: Uint8Array,
  contentType: string,
): Promise<PictureSize & { placeholder: string }> {
  const header = await open(bytes, { limitInputPixels: false });
  const { format, autoOrient, width, height } = await header.metadata();
  // Polyglot files exploit libraries that interpret the same bytes differently.
  if (format !== formats[contentType]) throw new Error(`it is read as ${format} as well as ${contentType}`);
  if (width * height > pixelsAtMost)
    throw new Error(`it has ${width} × ${height} pixels; at most ${pixelsAtMost} are allowed`);
  const small = await (
    await open(bytes)
  )
    .autoOrient()
    .resize(placeholderSide, placeholderSide, { fit: 'inside', withoutEnlargement: true })
    .webp({ quality: 40, effort: 2 })
    .toBuffer();
  const { width: seenWidth, height: seenHeight } = autoOrient;
  return {
    width: seenWidth,
    height: seenHeight,
    placeholder: `data:image/webp;base64,${small.toString('base64')}`,
  };
}

/**
 * Makes a derivative. Camera metadata (place, time, owner) is removed, and colours are converted to sRGB. An animation is reduced to
 * its first frame. Stops between two steps once the signal aborts because no caller waits any more.
 */
export async function drawPicture(
  original: Uint8Array | string,
  spec: PictureSpec,
  signal?: AbortSignal,
): Promise<Buffer> {
  const { region, size, mirrored, rotation, quality, format } = spec;
  const { autoOrient } = await (await open(original)).metadata();
  let picture = (await open(original)).autoOrient();
  // When a whole picture is shrunk, the decoder can skip most of the work.
  if (region.width !== autoOrient.width || region.height !== autoOrient.height) picture = picture.extract(region);
  picture = picture.resize(size.width, size.height, { fit: 'fill', kernel: 'lanczos3' });
  // The library would choose its own order; the specification's is size, then mirror, then rotation.
  if (mirrored) picture = (await unpacked(picture, signal)).flop();
  if (rotation !== 0) picture = (await unpacked(picture, signal)).rotate(rotation);
  if (quality === 'gray') picture = picture.grayscale();
  if (quality === 'bitonal') picture = picture.flatten({ background: '#ffffff' }).threshold(128);
  signal?.throwIfAborted();
  return encoded(picture, format).toBuffer();
}

/** Runs the steps so far: the next step starts from their pixels. */
async function unpacked(picture: Sharp, signal?: AbortSignal): Promise<Sharp> {
  signal?.throwIfAborted();
  const { data, info } = await picture.ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return open(data, { raw: { width: info.width, height: info.height, channels: info.channels } });
}

function encoded(picture: Sharp, format: PictureFormat): Sharp {
  switch (format) {
    case 'jpg':
      return picture.flatten({ background: '#ffffff' }).jpeg({ quality: 82, chromaSubsampling: '4:2:0' });
    case 'png':
      return picture.png({ compressionLevel: 6 });
    case 'webp':
      return picture.webp({ quality: 80, effort: 3 });
    case 'avif':
      return picture.avif({ quality: 55, effort: 3 });
  }
}
