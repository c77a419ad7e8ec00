import type { Context } from '../../../platform/context/context.ts';
import { networkOf } from '../../../platform/context/network.ts';
import { prefixOf } from '../../../platform/ids/ids.ts';
import { plainQuery, signedFor, signedQuery } from '../../../platform/objects/links.ts';
import { contentKey } from '../../../platform/objects/object-store.ts';
import type { HttpRoute, RouteCall } from '../../../platform/http/routes.ts';
import { HttpFault } from '../../../platform/http/failure.ts';
import { leavingOf } from '../../../platform/http/connection.ts';
import { isPublic } from '../asset/asset.entity.ts';
import { assets } from '../asset/asset.noun.ts';
import { derivativeName, derivativesIn } from './derivatives.ts';
import { fitted, ImageFit } from '../../../platform/pictures/fit.ts';
import { Media } from './media.entity.ts';
import {
  pictureFormats,
  pictureTypes,
  sideAtMost,
  type PictureFormat,
  type PictureSize,
  type PictureSpec,
} from '../../../platform/pictures/picture.ts';
import { serve } from '../../../platform/objects/serve.ts';

/** For public files: the content under a URL never changes, because the URL contains its hash. */
export const forEver = 'public, max-age=31536000, immutable';
/** For private files and signed URLs: only in the viewer's own cache, for an hour. */
export const forViewer = 'private, max-age=3600';

/**
 * Milliseconds for which a signed URL is valid at least, and at most twice as long, so that a page left open over lunch still shows its
 * pictures. The end is rounded up, so that the same picture keeps its URL for a while and is cached.
 */
const lookLifetime = 3_600_000;

/** Kinds that a browser may display; the others are downloaded. A PDF can run scripts in some readers. */
const shown: readonly string[] = ['IMAGE', 'AUDIO', 'VIDEO'];

/** Originals and the pictures of `Asset.image` and `Media.image`. */
export const mediaRoute: HttpRoute = {
  prefix: '/media/',
  description: 'Originals of media, and pictures in the sizes of Asset.image and Media.image.',
  methods: ['GET', 'HEAD'],
  open: true,
  anonymous: false,
  async handle(call) {
    const [id = '', hash = '', name = '', ...more] = call.url.pathname.slice(mediaRoute.prefix.length).split('/');
    const { media, cacheControl } = await seenMedia(call, id);
    if (hash !== shortHash(media) || more.length > 0) throw new HttpFault(404, 'There is no such file.');
    if (name === 'original') return serveOriginal(call, media, cacheControl);
    const asked = /^(\d{1,4})?x(\d{1,4})?-([a-z]+)\.([a-z]+)$/.exec(name);
    const [, width, height, fitName, formatName] = asked ?? [];
    const fit = ImageFit.values.find((each) => each.toLowerCase() === fitName);
    const format = pictureFormats.find((each) => each === formatName);
    const picture = sizeOf(media);
    const sides = [width, height].map((side) => (side === undefined ? null : Number(side)));
    const fits = sides.every((side) => side === null || (side >= 1 && side <= sideAtMost));
    if (!asked || !fit || !format || !picture || !fits) throw new HttpFault(404, 'There is no such picture.');
    const wanted = { width: sides[0] ?? null, height: sides[1] ?? null, fit };
    return serveDerivative(call, media, fitted(picture, wanted, format), cacheControl);
  },
};

/**
 * The medium, if the viewer may see it by permission or by a signed URL. Throws 404 both for a medium that does not exist and for one
 * that is hidden from the viewer.
 */
export async function seenMedia(
  { context, url }: RouteCall,
  id: string,
): Promise<{ media: Media; cacheControl: string }> {
  const media = prefixOf(id) === 'med' ? await context.em.findOne(Media, { id, detachedAt: null }) : null;
  if (!media) throw new HttpFault(404, 'There is no such file.');
  if (signedFor(context, 'look', id, url.searchParams)) return { media, cacheControl: forViewer };
  const asset = await assets.load(context, media.asset.id);
  if (!asset) throw new HttpFault(404, 'There is no such file.');
  return { media, cacheControl: isPublic(asset.status) ? forEver : forViewer };
}

function serveOriginal(call: RouteCall, media: Media, cacheControl: string): Promise<void> {
  const { objects } = call.context;
  const name = encodeURIComponent(media.fileName).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
  return serve(call, {
    tag: media.sha256.slice(0, 32),
    contentType: media.contentType,
    cacheControl,
    disposition: `${shown.includes(media.kind) ? 'inline' : 'attachment'}; filename*=UTF-8''${name}`,
    size: () => Promise.resolve(media.size),
    open: async (range) => {
      const found = await objects.get(contentKey(media.sha256), range);
      if (!found) throw new HttpFault(404, 'This file was deleted.');
      return found;
    },
  });
}

export function serveDerivative(call: RouteCall, media: Media, spec: PictureSpec, cacheControl: string): Promise<void> {
  const { context, response } = call;
  const derivatives = derivativesIn(context.objects);
  const viewer = { network: networkOf(context.info.client.ip) ?? 'unknown', signal: leavingOf(response) };
  return serve(call, {
    // Without commas, which separate tags.
    tag: `${media.sha256.slice(0, 16)}-${derivativeName(spec).replaceAll(',', '.')}`,
    contentType: pictureTypes[spec.format],
    cacheControl,
    size: async () => {
      const { size, body } = await derivatives.open(context, media.sha256, spec, viewer, { start: 0, end: 0 });
      body.destroy();
      return size;
    },
    open: (range) => derivatives.open(context, media.sha256, spec, viewer, range),
  });
}

/** The size of a picture; null for other media. */
export function sizeOf({ kind, width, height }: Media): PictureSize | null {
  return kind === 'IMAGE' && width && height ? { width, height } : null;
}

function shortHash({ sha256 }: Media): string {
  return sha256.slice(0, 16);
}

/** The query of a medium's URL: a signature if the medium is not public. */
async function queryFor(context: Context, media: Media): Promise<string> {
  const asset = await assets.load(context, media.asset.id);
  if (asset && isPublic(asset.status)) return plainQuery(context);
  const until = new Date((Math.floor(context.now().getTime() / lookLifetime) + 2) * lookLifetime);
  return signedQuery(context, 'look', media.id, until);
}

/** The path of the original. */
export async function originalUrl(context: Context, media: Media): Promise<string> {
  return `${mediaRoute.prefix}${media.id}/${shortHash(media)}/original${await queryFor(context, media)}`;
}

/** The path of a picture that fits into a box. */
export async function pictureUrl(
  context: Context,
  media: Media,
  { width, height, fit }: { width: number | null; height: number | null; fit: ImageFit },
  format: PictureFormat,
): Promise<string> {
  const name = `${width ?? ''}x${height ?? ''}-${fit.toLowerCase()}.${format}`;
  return `${mediaRoute.prefix}${media.id}/${shortHash(media)}/${name}${await queryFor(context, media)}`;
}
