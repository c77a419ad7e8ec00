import type { Sharp, SharpOptions } from 'sharp';

/** Pixels of a picture at most, before any of them is unpacked: 100 million are 300 MB as it is drawn, a 12,000 by 8,300 scan. */
export const pixelsAtMost = 100_000_000;
/** Pixels of one side of a derivative at most: wider than any screen, and a JPEG of a few megabytes. */
export const sideAtMost = 4096;
/** Seconds that one picture may take. */
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

/** What is made of a picture: a region of it, in a size, turned, in a colour depth and a format. */
export interface PictureSpec {
  /** In pixels of the picture as it is seen. */
  region: PictureSize & { left: number; top: number };
  /** Before it is turned. */
  size: PictureSize;
  /** Left and right are swapped before it is turned. */
  mirrored: boolean;
  /** Degrees clockwise: 0, 90, 180 or 270. */
  rotation: number;
  quality: (typeof pictureQualities)[number];
  format: PictureFormat;
}

async function open(input: Uint8Array | string, options: SharpOptions = {}): Promise<Sharp> {
  const { default: sharp } = await import('sharp');
  // One thread for each picture: who calls this counts cores.
  sharp.concurrency(1);
  sharp.cache(false);
  return sharp(input, { limitInputPixels: pixelsAtMost, failOn: 'error', ...options }).timeout({ seconds: patience });
}

/** What sharp calls the formats that are taken, by content type. */
const formats: Record<string, string> = {
  'image/jpeg': 'jpeg',
  'image/png': 'png',
  'image/webp': 'webp',
  'image/gif': 'gif',
  'image/avif': 'heif',
  'image/tiff': 'tiff',
};

/**
 * How large a picture is as it is seen, and a placeholder of it. Its pixels are counted by its header before one is unpacked.
 * Throws when it is too large, cut off or broken.
 */
export async function readPicture(
  bytes: Uint8Array,
  contentType: string,
): Promise<PictureSize & { placeholder: string }> {
  const header = await open(bytes, { limitInputPixels: false });
  const { format, autoOrient, width, height } = await header.metadata();
  // Two libraries that take the same bytes for different things are what polyglots are made for.
  if (format !== formats[contentType]) throw new Error(`it is taken for ${format} as well as for ${contentType}`);
  if (width * height > pixelsAtMost)
    throw new Error(`it has ${width} × ${height} pixels, and ${pixelsAtMost} are the most`);
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
 * Makes a derivative. What a camera noted of place, time and owner is left behind, and colours are brought to sRGB. Of a picture
 * that moves it is the first frame. Gives up between two steps when the signal says that nobody waits any more.
 */
export async function drawPicture(
  original: Uint8Array | string,
  spec: PictureSpec,
  nobodyWaits?: AbortSignal,
): Promise<Buffer> {
  const { region, size, mirrored, rotation, quality, format } = spec;
  const { autoOrient } = await (await open(original)).metadata();
  let picture = (await open(original)).autoOrient();
  // Of a whole picture that is made smaller, a decoder can leave out most of the work.
  if (region.width !== autoOrient.width || region.height !== autoOrient.height) picture = picture.extract(region);
  picture = picture.resize(size.width, size.height, { fit: 'fill', kernel: 'lanczos3' });
  // In an order of its own, which the library would otherwise choose: first the size, then mirror, then turn.
  if (mirrored) picture = (await unpacked(picture, nobodyWaits)).flop();
  if (rotation !== 0) picture = (await unpacked(picture, nobodyWaits)).rotate(rotation);
  if (quality === 'gray') picture = picture.grayscale();
  if (quality === 'bitonal') picture = picture.flatten({ background: '#ffffff' }).threshold(128);
  nobodyWaits?.throwIfAborted();
  return encoded(picture, format).toBuffer();
}

/** What was done so far, done: the next step begins from its pixels. */
async function unpacked(picture: Sharp, nobodyWaits?: AbortSignal): Promise<Sharp> {
  nobodyWaits?.throwIfAborted();
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
