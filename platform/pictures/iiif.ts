import { HttpFault } from '../http/failure.ts';
import { scaled, within } from './fit.ts';
import { pictureFormats, sideAtMost, type PictureFormat, type PictureSize, type PictureSpec } from './picture.ts';

/** A request of the IIIF Image API 3.0 (https://iiif.io/api/image/3.0/): the derivative it asks for, and its canonical address. */
export interface ImageRequest {
  spec: PictureSpec;
  /** `region/size/rotation/quality.format`, in the canonical form. */
  canonical: string;
}

/** Formats of the specification that are not supported here. */
const notMade = ['tif', 'gif', 'jp2', 'pdf'];
const qualities: Record<string, PictureSpec['quality']> = {
  default: 'default',
  color: 'default',
  gray: 'gray',
  bitonal: 'bitonal',
};

/** Rotations in degrees; others would need padding and much more work. */
const rotations = [0, 90, 180, 270];

/**
 * The specification's positive floating-point number: digits and one point. Divisions give up to 17 digits after the point,
 * decimal types about 30; a hundred are more than any client writes.
 */
const decimal = /^(?:\d{1,9}(?:\.\d{0,100})?|\.\d{1,100})$/;
const integer = /^\d{1,9}$/;

/** Reads the four parts after the identifier. Throws 400 for invalid requests, 501 for unsupported formats. */
export function imageRequest(picture: PictureSize, parts: readonly string[]): ImageRequest {
  const [regionText = '', sizeText = '', rotationText = '', file = ''] = parts;
  const region = regionOf(regionText, picture);
  const limit = largestOf(picture);
  const size = sizeOf(sizeText, region, limit);
  const { mirrored, rotation } = rotationOf(rotationText);
  const dot = file.lastIndexOf('.');
  const qualityName = file.slice(0, Math.max(0, dot));
  const quality = Object.hasOwn(qualities, qualityName) ? qualities[qualityName] : undefined;
  if (!quality) throw bad(`The quality is one of ${Object.keys(qualities).join(', ')}`);
  const format = formatOf(file.slice(dot + 1));
  const spec: PictureSpec = { region, size, mirrored, rotation, quality, format };
  const canonical = [
    isWhole(region, picture) ? 'full' : [region.left, region.top, region.width, region.height].join(','),
    canonicalSize(size, region, limit),
    `${mirrored ? '!' : ''}${rotation}`,
    `${quality}.${format}`,
  ].join('/');
  return { spec, canonical };
}

/**
 * The maximum size of any derivative of a picture: never larger than the picture itself, so that clients cannot request bytes
 * without content. A region may be enlarged up to it.
 */
export function largestOf(picture: PictureSize): PictureSize {
  return { width: Math.min(picture.width, sideAtMost), height: Math.min(picture.height, sideAtMost) };
}

function regionOf(text: string, picture: PictureSize): PictureSpec['region'] {
  const { width, height } = picture;
  if (text === 'full') return { left: 0, top: 0, width, height };
  if (text === 'square') {
    const side = Math.min(width, height);
    return { left: Math.floor((width - side) / 2), top: Math.floor((height - side) / 2), width: side, height: side };
  }
  const percent = text.startsWith('pct:');
  const numbers = (percent ? text.slice(4) : text).split(',');
  const shape = percent ? decimal : integer;
  if (numbers.length !== 4 || numbers.some((each) => !shape.test(each)))
    throw bad('The region is full, square, x,y,w,h in whole pixels or pct:x,y,w,h');
  const [x = 0, y = 0, w = 0, h = 0] = numbers.map(Number);
  const pixels = percent
    ? [(x * width) / 100, (y * height) / 100, (w * width) / 100, (h * height) / 100].map(Math.round)
    : [x, y, w, h];
  const [left = 0, top = 0, wide = 0, high = 0] = pixels;
  const region = { left, top, width: Math.min(wide, width - left), height: Math.min(high, height - top) };
  if (region.width < 1 || region.height < 1) throw bad('The region holds no pixel of the picture');
  return region;
}

function sizeOf(text: string, region: PictureSize, limit: PictureSize): PictureSize {
  const upward = text.startsWith('^');
  const size = wantedSize(upward ? text.slice(1) : text, region, limit, upward);
  if (size.width < 1 || size.height < 1) throw bad('The size holds no pixel');
  if (!upward && isLarger(size, region))
    throw bad('The size is larger than the region; write ^ before it to enlarge a region');
  if (isLarger(size, limit))
    throw bad(`The size is at most ${limit.width} wide and ${limit.height} high, as info.json says`);
  return size;
}

function wantedSize(words: string, region: PictureSize, limit: PictureSize, upward: boolean): PictureSize {
  if (words === 'max') return within(region, limit, upward);
  if (words.startsWith('pct:')) {
    const percent = words.slice(4);
    if (!decimal.test(percent)) throw bad('A size in percent is pct: and a number');
    const share = Number(percent) / 100;
    if (share > 1 && !upward) throw bad('The size is larger than the region; write ^ before it to enlarge a region');
    return { width: Math.round(region.width * share), height: Math.round(region.height * share) };
  }
  const box = /^(!?)(\d{1,9})?,(\d{1,9})?$/.exec(words);
  const [, confined, w, h] = box ?? [];
  if (!box || (w === undefined && h === undefined) || (confined && (w === undefined || h === undefined)))
    throw bad('The size is max, w, or ,h or w,h or !w,h or pct:n, or one of them behind ^');
  const width = Number(w ?? 0);
  const height = Number(h ?? 0);
  // A side of 0 is invalid; an omitted side follows from the other one.
  if ((w !== undefined && width < 1) || (h !== undefined && height < 1)) throw bad('The size holds no pixel');
  // As large as possible within the requested box and the limit.
  if (confined)
    return within(region, { width: Math.min(width, limit.width), height: Math.min(height, limit.height) }, upward);
  if (h === undefined) return { width, height: Math.max(1, Math.round((region.height * width) / region.width)) };
  if (w === undefined) return { width: Math.max(1, Math.round((region.width * height) / region.height)), height };
  return { width, height };
}

function canonicalSize(size: PictureSize, region: PictureSize, limit: PictureSize): string {
  if (same(size, within(region, limit))) return 'max';
  if (!isLarger(size, region)) return `${size.width},${size.height}`;
  return same(size, within(region, limit, true)) ? '^max' : `^${size.width},${size.height}`;
}

function rotationOf(text: string): { mirrored: boolean; rotation: number } {
  const mirrored = text.startsWith('!');
  const words = mirrored ? text.slice(1) : text;
  const rotation = decimal.test(words) ? Number(words) : Number.NaN;
  if (rotation !== 360 && !rotations.includes(rotation))
    throw bad(`The rotation is ${rotations.join(', ')} or 360 degrees, behind ! when mirrored`);
  return { mirrored, rotation: rotation % 360 };
}

function formatOf(text: string): PictureFormat {
  const format = pictureFormats.find((each) => each === text);
  if (format) return format;
  if (notMade.includes(text)) throw new HttpFault(501, `The format ${text} is not supported here.`);
  throw bad(`The format is one of ${pictureFormats.join(', ')}`);
}

function isLarger(a: PictureSize, b: PictureSize): boolean {
  return a.width > b.width || a.height > b.height;
}

function same(a: PictureSize, b: PictureSize): boolean {
  return a.width === b.width && a.height === b.height;
}

function isWhole(region: PictureSpec['region'], picture: PictureSize): boolean {
  return region.left === 0 && region.top === 0 && same(region, picture);
}

function bad(sentence: string): HttpFault {
  return new HttpFault(400, `${sentence}.`);
}

/** Pixels of a tile's side: common among viewers, and well below the limit of a derivative. */
const tileSide = 512;

/** The content of `info.json` for a picture whose service is at `id`. */
export function imageInformation(id: string, picture: PictureSize): Record<string, unknown> {
  const longest = Math.max(picture.width, picture.height);
  const levels = Math.max(1, Math.ceil(Math.log2(longest / tileSide)) + 1);
  const scaleFactors = Array.from({ length: levels }, (_, n) => 2 ** n);
  const limit = largestOf(picture);
  const sizes = scaleFactors
    .map((factor) => scaled(picture, 1 / factor))
    .filter((size) => !isLarger(size, limit))
    .reverse();
  const tile = { width: Math.min(tileSide, limit.width), height: Math.min(tileSide, limit.height) };
  return {
    '@context': 'http://iiif.io/api/image/3/context.json',
    id,
    type: 'ImageService3',
    protocol: 'http://iiif.io/api/image',
    profile: 'level2',
    ...picture,
    maxWidth: limit.width,
    maxHeight: limit.height,
    sizes,
    tiles: [{ ...tile, scaleFactors }],
    preferredFormats: ['webp', 'jpg'],
    extraFormats: ['webp', 'avif'],
    extraQualities: ['color', 'gray', 'bitonal'],
    extraFeatures: ['canonicalLinkHeader', 'profileLinkHeader', 'mirroring', 'sizeUpscaling'],
  };
}
