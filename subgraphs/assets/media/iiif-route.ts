import { HttpFault, varyBy, type HttpRoute, type RouteCall } from '../../../platform/subgraph/routes.ts';
import { imageInformation, imageRequest } from './iiif.ts';
import { forViewer, seenMedia, serveDerivative, sizeOf } from './media-route.ts';
import type { PictureSize } from './picture.ts';

const context = 'http://iiif.io/api/image/3/context.json';
const profile = '<http://iiif.io/api/image/3/level2.json>;rel="profile"';
/** For what everybody may see; the address does not hold the hash, and the rights may change. */
const forADay = 'public, max-age=86400';

/** The IIIF Image API 3.0, level 2: `/iiif/{media id}/info.json` and `/iiif/{media id}/{region}/{size}/{rotation}/{quality}.{format}`. */
export const iiifRoute: HttpRoute = {
  prefix: '/iiif/',
  description: 'The IIIF Image API 3.0, level 2, of every picture: /iiif/{media id}/info.json.',
  methods: ['GET', 'HEAD', 'OPTIONS'],
  open: true,
  async handle(call) {
    if (call.request.method === 'OPTIONS') {
      call.response.writeHead(204, { allow: iiifRoute.methods.join(', ') }).end();
      return;
    }
    const [id = '', ...parts] = call.url.pathname.slice(iiifRoute.prefix.length).split('/').map(decoded);
    const { media, cacheControl: rights } = await seenMedia(call, id);
    const cacheControl = rights === forViewer ? forViewer : forADay;
    const picture = sizeOf(media);
    if (!picture) throw new HttpFault(404, 'This is no picture.');
    const base = `${call.origin}${iiifRoute.prefix}${id}`;
    if (parts.length === 0 || (parts.length === 1 && parts[0] === '')) {
      call.response.writeHead(303, { location: `${base}/info.json${call.url.search}` }).end();
      return;
    }
    if (parts.length === 1 && parts[0] === 'info.json') return information(call, base, picture, cacheControl);
    if (parts.length !== 4) throw new HttpFault(400, 'An image is asked for as region/size/rotation/quality.format.');
    const { spec, canonical } = imageRequest(picture, parts);
    call.response.setHeader('link', `<${base}/${canonical}>;rel="canonical", ${profile}`);
    return serveDerivative(call, media, spec, cacheControl);
  },
};

function information({ request, response }: RouteCall, base: string, picture: PictureSize, cacheControl: string): void {
  const linked = /application\/ld\+json/.test(request.headers.accept ?? '');
  const body = Buffer.from(JSON.stringify(imageInformation(base, picture)));
  varyBy(response, ['accept']);
  response.writeHead(200, {
    'content-type': linked ? `application/ld+json;profile="${context}"` : 'application/json',
    'content-length': body.length,
    'cache-control': cacheControl,
    link: profile,
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new HttpFault(400, 'This address is not well written.');
  }
}
