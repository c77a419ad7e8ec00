import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { ByteRange, ObjectBody } from './object-store.ts';
import type { RouteCall } from '../http/routes.ts';
import { HttpFault } from '../http/failure.ts';

/** An immutable response: its bytes never change under their tag. */
export interface Served {
  /** Without quotes; changes with the bytes. */
  tag: string;
  contentType: string;
  cacheControl: string;
  /** `inline`, or an attachment with its name. */
  disposition?: string;
  /** Size in bytes. */
  size: () => Promise<number>;
  open: (range?: ByteRange) => Promise<ObjectBody>;
}

/** Answers GET and HEAD, whole or in part (RFC 9110: ETag, If-None-Match, If-Range, one Range). */
export async function serve({ request, response }: RouteCall, served: Served): Promise<void> {
  const etag = `"${served.tag}"`;
  response.setHeader('etag', etag);
  response.setHeader('cache-control', served.cacheControl);
  response.setHeader('accept-ranges', 'bytes');
  // Whatever a file contains, it cannot run or load anything under this site's origin.
  response.setHeader('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox");
  if (isKnown(request.headers['if-none-match'], etag)) {
    response.writeHead(304).end();
    return;
  }
  response.setHeader('content-type', served.contentType);
  if (served.disposition) response.setHeader('content-disposition', served.disposition);
  const range = await rangeOf(request, etag, served);
  if (request.method === 'HEAD') {
    const size = await served.size();
    response.writeHead(200, { 'content-length': size }).end();
    return;
  }
  const { size, body } = await served.open(range ?? undefined);
  if (range) {
    response.writeHead(206, {
      'content-range': `bytes ${range.start}-${range.end}/${size}`,
      'content-length': range.end - range.start + 1,
    });
  } else response.writeHead(200, { 'content-length': size });
  await pipeline(body, response).catch((error: unknown) => {
    // A client that disconnected gets no answer.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  });
}

/** Whether the client already has the content of this tag, by its If-None-Match. */
export function isKnown(given: string | undefined, etag: string): boolean {
  if (given === undefined) return false;
  return given.split(',').some((each) => each.trim() === '*' || each.trim().replace(/^W\//, '') === etag);
}

/** The requested range; null for the whole. Several ranges are answered with the whole, as the RFC allows. */
async function rangeOf(request: IncomingMessage, etag: string, served: Served): Promise<ByteRange | null> {
  const given = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? '');
  const [, from = '', to = ''] = given ?? [];
  if (!given || (from === '' && to === '') || request.method !== 'GET') return null;
  const condition = request.headers['if-range'];
  if (typeof condition === 'string' && condition !== etag) return null;
  const size = await served.size();
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (start >= size || start > end)
    throw new HttpFault(416, 'The range is beyond the end.', { 'content-range': `bytes */${size}` });
  return { start, end };
}
