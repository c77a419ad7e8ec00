import { createHash } from 'node:crypto';
import type { HttpRoute, RouteCall } from '../../../platform/http/routes.ts';
import { HttpFault } from '../../../platform/http/failure.ts';
import { varyBy } from '../../../platform/http/headers.ts';
import { annotationsOf } from '../annotation/annotations-of.ts';
import { annotationPage, pictureManifest, presentationContext, webAnnotation } from '../annotation/web-annotation.ts';
import { Asset } from '../asset/asset.entity.ts';
import { imageInformation, imageRequest } from '../../../platform/pictures/iiif.ts';
import type { Media } from './media.entity.ts';
import { isKnown } from '../../../platform/objects/serve.ts';
import { forViewer, seenMedia, serveDerivative, sizeOf } from './media-route.ts';
import type { PictureSize } from '../../../platform/pictures/picture.ts';

const imageContext = 'http://iiif.io/api/image/3/context.json';
const profile = '<http://iiif.io/api/image/3/level2.json>;rel="profile"';
/** For public pictures. Not for ever, because the URL does not contain the hash, and rights may change. */
const forADay = 'public, max-age=86400';

/**
 * The IIIF Image API 3.0, level 2: `/iiif/{media id}/info.json` and `/iiif/{media id}/{region}/{size}/{rotation}/{quality}.{format}`;
 * and of IIIF Presentation 3 the `annotations` of the picture, and `manifest.json`, with which a viewer shows both.
 */
export const iiifRoute: HttpRoute = {
  prefix: '/iiif/',
  description:
    'The IIIF Image API 3.0, level 2, of every picture: /iiif/{media id}/info.json; its annotations: /iiif/{media id}/annotations; ' +
    'and a IIIF Presentation 3 manifest with both: /iiif/{media id}/manifest.json.',
  methods: ['GET', 'HEAD', 'OPTIONS'],
  open: true,
  anonymous: false,
  async handle(call) {
    if (call.request.method === 'OPTIONS') {
      call.response.writeHead(204, { allow: iiifRoute.methods.join(', ') }).end();
      return;
    }
    const [id = '', ...parts] = call.url.pathname.slice(iiifRoute.prefix.length).split('/').map(decoded);
    const { media, cacheControl: rights } = await seenMedia(call, id);
    const cacheControl = rights === forViewer ? forViewer : forADay;
    const picture = sizeOf(media);
    if (!picture) throw new HttpFault(404, 'This medium is not a picture.');
    const base = `${call.origin}${iiifRoute.prefix}${id}`;
    if (parts.length === 0 || (parts.length === 1 && parts[0] === '')) {
      call.response.writeHead(303, { location: `${base}/info.json${call.url.search}` }).end();
      return;
    }
    const [document, name, ...more] = parts;
    if (name === undefined && document === 'info.json') {
      call.response.setHeader('link', profile);
      return answerLinked(call, imageContext, imageInformation(base, picture), cacheControl);
    }
    const changing = rights === forViewer ? 'private, no-cache' : 'public, no-cache';
    if (name === undefined && document === 'manifest.json')
      return answerLinked(call, presentationContext, await manifest(call, base, media, picture), changing);
    if (document === 'annotations' && more.length === 0)
      return answerLinked(call, presentationContext, await annotations(call, base, media, name), changing);
    if (parts.length !== 4) throw new HttpFault(400, 'The path of an image is region/size/rotation/quality.format.');
    const { spec, canonical } = imageRequest(picture, parts);
    call.response.setHeader('link', `<${base}/${canonical}>;rel="canonical", ${profile}`);
    return serveDerivative(call, media, spec, cacheControl);
  },
};

/** Annotations are visible to everybody who sees the picture, also through a signed URL. */
async function annotations({ context }: RouteCall, base: string, media: Media, id?: string) {
  const said = await annotationsOf(context, media.id);
  if (id === undefined) return annotationPage(base, said);
  const one = said.find((each) => each.id === id);
  if (!one) throw new HttpFault(404, 'There is no such annotation.');
  return { '@context': presentationContext, ...webAnnotation(base, one) };
}

async function manifest({ context }: RouteCall, base: string, media: Media, picture: PictureSize) {
  const asset = await context.em.findOneOrFail(Asset, { id: media.asset.id });
  return pictureManifest(base, asset.title, picture);
}

/** Answers JSON-LD, under its own media type to clients that accept it, otherwise as JSON. */
function answerLinked(
  { request, response }: RouteCall,
  linkedContext: string,
  document: Record<string, unknown>,
  cacheControl: string,
): void {
  const linked = /application\/ld\+json/.test(request.headers.accept ?? '');
  const body = Buffer.from(JSON.stringify(document));
  const etag = `"${createHash('sha256').update(body).digest('hex').slice(0, 32)}"`;
  varyBy(response, ['accept']);
  response.setHeader('etag', etag);
  response.setHeader('cache-control', cacheControl);
  if (isKnown(request.headers['if-none-match'], etag)) {
    response.writeHead(304).end();
    return;
  }
  response.writeHead(200, {
    'content-type': linked ? `application/ld+json;profile="${linkedContext}"` : 'application/json',
    'content-length': body.length,
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new HttpFault(400, 'The path is not correctly encoded.');
  }
}
