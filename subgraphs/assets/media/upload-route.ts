import type { IncomingMessage } from 'node:http';
import type { HttpRoute, RouteCall } from '../../../platform/http/routes.ts';
import { HttpFault } from '../../../platform/http/failure.ts';
import { prefixOf } from '../../../platform/ids/ids.ts';
import { largestUpload } from './content.ts';
import { signedFor } from '../../../platform/objects/links.ts';
import type { MediaUpload } from './media.entity.ts';
import { discard, inspect, receive, uploadIn } from './uploads.ts';

/** Milliseconds without a byte after which a sender is disconnected; the bytes it sent stay. */
const silence = 30_000;

const version = '1.0.0';

/**
 * Uploads by the tus protocol 1.0 (https://tus.io/protocols/resumable-upload), with its extensions creation, expiration and
 * termination. `mediaUploadBegin` returns the URL of one upload, which contains its own permission. POST returns the same URL, for
 * clients that insist on creating uploads, or stands for the method in `x-http-method-override`.
 */
export const uploadRoute: HttpRoute = {
  prefix: '/uploads/',
  description: 'Receives the bytes of media by the tus protocol 1.0, at the address from mediaUploadBegin.',
  methods: ['OPTIONS', 'POST', 'HEAD', 'PATCH', 'DELETE'],
  open: false,
  anonymous: false,
  async handle(call) {
    const { request, response } = call;
    response.setHeader('tus-resumable', version);
    response.setHeader('cache-control', 'no-store');
    const method = methodOf(request);
    if (method === 'OPTIONS') {
      response.setHeader('tus-version', version);
      response.setHeader('tus-extension', 'creation,expiration,termination');
      response.setHeader('tus-max-size', String(largestUpload));
      response.writeHead(204).end();
      return;
    }
    if (request.headers['tus-resumable'] !== version)
      throw new HttpFault(412, `Uploads use tus ${version}: send it in the header tus-resumable.`, {
        'tus-version': version,
      });
    const upload = await uploadOf(call);
    response.setHeader('upload-expires', upload.expiresAt.toUTCString());
    switch (method) {
      case 'POST':
        return create(call, upload);
      case 'HEAD':
        response.setHeader('upload-offset', String(upload.received));
        response.setHeader('upload-length', String(upload.size));
        response.writeHead(200).end();
        return;
      case 'DELETE':
        return terminate(call, upload);
      default:
        return append(call, upload);
    }
  },
};

/**
 * The intended method. Clients behind networks that block PATCH or DELETE send POST with the real method in a header, which the
 * protocol requires servers to honour.
 */
function methodOf(request: IncomingMessage): string {
  const said = request.headers['x-http-method-override'];
  if (request.method !== 'POST' || said === undefined) return request.method ?? '';
  const meant = String(said).trim().toUpperCase();
  if (meant !== 'POST' && uploadRoute.methods.includes(meant)) return meant;
  throw new HttpFault(405, 'x-http-method-override: must be PATCH, DELETE, HEAD or OPTIONS.', {
    allow: uploadRoute.methods.join(', '),
  });
}

async function uploadOf({ url, context }: RouteCall): Promise<MediaUpload> {
  const id = url.pathname.slice(uploadRoute.prefix.length);
  if (prefixOf(id) !== 'upl') throw new HttpFault(404, 'There is no such upload.');
  if (!signedFor(context, 'upload', id, url.searchParams))
    throw new HttpFault(401, 'Use the complete upload address from mediaUploadBegin.');
  const upload = await uploadIn(context, id);
  if (!upload) throw new HttpFault(404, 'There is no such upload, or it has expired.');
  return upload;
}

function create({ request, response, url }: RouteCall, upload: MediaUpload): void {
  if (request.headers['upload-length'] !== String(upload.size))
    throw new HttpFault(400, `upload-length: this upload was announced with ${upload.size} bytes.`);
  response.setHeader('location', url.pathname + url.search);
  response.setHeader('upload-offset', String(upload.received));
  response.writeHead(201).end();
}

async function append({ request, response, context }: RouteCall, upload: MediaUpload): Promise<void> {
  if (request.headers['content-type'] !== 'application/offset+octet-stream')
    throw new HttpFault(415, 'content-type: must be application/offset+octet-stream.');
  const offset = Number(request.headers['upload-offset']);
  if (!Number.isSafeInteger(offset) || offset < 0)
    throw new HttpFault(400, 'upload-offset: must be the number of bytes before these.');
  request.setTimeout(silence, () => request.destroy());
  // A client that lost the last answer repeats the end without bytes.
  const again = offset === upload.size && upload.state !== 'OPEN';
  // The connection stays open, so that a sender that is refused in the middle gets an answer.
  const body = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  const received = again ? offset : await receive(context, upload, offset, body);
  // Inspecting a film may take longer than the limit of silence.
  request.setTimeout(0);
  if (received === upload.size) {
    await inspect(context, upload.id);
    const looked = await uploadIn(context, upload.id);
    if (looked?.state === 'REFUSED') throw new HttpFault(422, looked.refusal ?? 'This file is not accepted.');
  }
  if (response.destroyed) return;
  response.setHeader('upload-offset', String(received));
  response.writeHead(204).end();
}

async function terminate({ response, context }: RouteCall, upload: MediaUpload): Promise<void> {
  if (upload.state === 'DONE') throw new HttpFault(409, 'This upload was already attached as a medium.');
  const now = context.now();
  if (upload.writerUntil && upload.writerUntil > now)
    throw new HttpFault(423, 'Another request is writing to this upload.');
  // The sweep deletes expired uploads, with their content if nothing else refers to it.
  upload.expiresAt = now;
  await context.em.flush();
  await discard(context, upload);
  response.writeHead(204).end();
}
