import { createHash, createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { partAtLeast } from '../../platform/objects/object-store.ts';
import type { S3Options } from '../../platform/objects/s3-store.ts';

interface Stored {
  bytes: Buffer;
  at: Date;
}

/** Milliseconds by which a signature's time may deviate: S3's fifteen minutes. */
const skew = 900_000;

/** An in-memory bucket with S3's interface that accepts only a valid Signature Version 4. */
export interface S3Server {
  /** The options for a store. */
  options: S3Options;
  objects: ReadonlyMap<string, Stored>;
  /** Number of multipart uploads neither completed nor aborted. */
  attempts(): number;
  /** `GET key` for each answered request. */
  requests: string[];
  /** Answers the next requests with this status instead of executing them. */
  failNext(times: number, status: number): void;
  close(): Promise<void>;
}

export async function startS3(bucket = 'test-bucket'): Promise<S3Server> {
  const accessKeyId = 'TESTKEY';
  const secretAccessKey = randomUUID();
  const region = 'eu-test-1';
  const objects = new Map<string, Stored>();
  const attempts = new Map<string, { key: string; parts: Map<number, Buffer> }>();
  const requests: string[] = [];
  let failures = { times: 0, status: 500 };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await read(request);
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (failures.times > 0) {
      failures.times -= 1;
      return refuse(response, failures.status, 'InternalError', 'We were asked to fail.');
    }
    const fault = signatureFault(request, url, body, { accessKeyId, secretAccessKey, region });
    if (fault) return refuse(response, 403, fault, 'The request is not signed as it must be.');
    const [, first = '', ...rest] = url.pathname.split('/');
    if (first !== bucket) return refuse(response, 404, 'NoSuchBucket', 'There is no such bucket.');
    const key = decodeURIComponent(rest.join('/'));
    requests.push(`${request.method} ${key}${url.search ? '?' : ''}`);
    if (key === '') return list(response, url);
    if (url.searchParams.has('uploads') || url.searchParams.has('uploadId'))
      return parts(request, response, url, key, body);
    if (request.method === 'PUT') return put(request, response, key, body);
    if (request.method === 'DELETE') {
      objects.delete(key);
      response.writeHead(204).end();
      return;
    }
    return give(request, response, key);
  };

  const put = (request: IncomingMessage, response: ServerResponse, key: string, body: Buffer): void => {
    const source = request.headers['x-amz-copy-source'];
    if (typeof source !== 'string') {
      objects.set(key, { bytes: body, at: new Date() });
      response.writeHead(200, { etag: tagOf(body) }).end();
      return;
    }
    const found = objects.get(decodeURIComponent(source).replace(`/${bucket}/`, ''));
    if (!found) return refuse(response, 404, 'NoSuchKey', 'There is nothing to copy.');
    objects.set(key, { bytes: found.bytes, at: new Date() });
    xml(response, 200, `<CopyObjectResult><ETag>${tagOf(found.bytes)}</ETag></CopyObjectResult>`);
  };

  const give = (request: IncomingMessage, response: ServerResponse, key: string): void => {
    const found = objects.get(key);
    if (!found) return refuse(response, 404, 'NoSuchKey', 'There is no such object.');
    const { bytes, at } = found;
    const headers = { 'last-modified': at.toUTCString(), etag: tagOf(bytes), 'accept-ranges': 'bytes' };
    const asked = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
    const start = Number(asked?.[1] ?? 0);
    if (asked && start >= bytes.length) return refuse(response, 416, 'InvalidRange', 'The range is beyond the end.');
    const end = Math.min(asked?.[2] ? Number(asked[2]) : bytes.length - 1, bytes.length - 1);
    const range = asked ? { 'content-range': `bytes ${start}-${end}/${bytes.length}` } : {};
    response.writeHead(asked ? 206 : 200, { ...headers, ...range, 'content-length': end - start + 1 });
    response.end(request.method === 'HEAD' ? undefined : bytes.subarray(start, end + 1));
  };

  const list = (response: ServerResponse, url: URL): void => {
    const prefix = url.searchParams.get('prefix') ?? '';
    const after = url.searchParams.get('continuation-token') ?? '';
    // Pages of two, so that a list of three needs paging.
    const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
    const page = keys.slice(0, 2);
    const more = keys.length > page.length;
    const next = more ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : '';
    const contents = page.map((key) => `<Contents><Key>${key.replaceAll('&', '&amp;')}</Key></Contents>`).join('');
    xml(response, 200, `<ListBucketResult><IsTruncated>${more}</IsTruncated>${next}${contents}</ListBucketResult>`);
  };

  const parts = (request: IncomingMessage, response: ServerResponse, url: URL, key: string, body: Buffer): void => {
    if (request.method === 'POST' && url.searchParams.has('uploads')) {
      const id = randomUUID();
      attempts.set(id, { key, parts: new Map() });
      const result = 'InitiateMultipartUploadResult';
      return xml(response, 200, `<${result}><UploadId>${id}</UploadId></${result}>`);
    }
    const id = url.searchParams.get('uploadId') ?? '';
    const attempt = attempts.get(id);
    if (!attempt || attempt.key !== key) return refuse(response, 404, 'NoSuchUpload', 'There is no such upload.');
    if (request.method === 'DELETE') {
      attempts.delete(id);
      response.writeHead(204).end();
      return;
    }
    if (request.method === 'PUT') {
      attempt.parts.set(Number(url.searchParams.get('partNumber')), body);
      response.writeHead(200, { etag: tagOf(body) }).end();
      return;
    }
    const listed = [...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>([^<]*)<\/ETag>/g)];
    const chosen = listed.map(([, number, tag]) => ({
      bytes: attempt.parts.get(Number(number)),
      tag: tag?.replaceAll('&quot;', '"'),
    }));
    if (chosen.length === 0 || chosen.some(({ bytes, tag }) => !bytes || tagOf(bytes) !== tag))
      return refuse(response, 400, 'InvalidPart', 'A part is not there.');
    if (chosen.slice(0, -1).some(({ bytes }) => (bytes?.length ?? 0) < partAtLeast))
      return refuse(response, 400, 'EntityTooSmall', 'A part is too small.');
    objects.set(key, { bytes: Buffer.concat(chosen.map(({ bytes }) => bytes as Buffer)), at: new Date() });
    attempts.delete(id);
    const result = 'CompleteMultipartUploadResult';
    return xml(response, 200, `<${result}><Key>${key}</Key></${result}>`);
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => refuse(response, 500, 'InternalError', String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    options: { endpoint: `http://127.0.0.1:${port}`, bucket, region, accessKeyId, secretAccessKey, prefix: '' },
    objects,
    attempts: () => attempts.size,
    requests,
    failNext: (times, status) => {
      failures = { times, status };
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Secret {
  accessKeyId: string;
  secretAccessKey: string;
  region: string;
}

/** S3's error code for an invalid signature, checked against the received request; null if it is valid. */
function signatureFault(request: IncomingMessage, url: URL, body: Buffer, secret: Secret): string | null {
  const said = /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
    request.headers.authorization ?? '',
  );
  if (!said) return 'AccessDenied';
  const [, credential = '', signedHeaders = '', signature = ''] = said;
  const [accessKeyId, day = '', region, service, end] = credential.split('/');
  if (accessKeyId !== secret.accessKeyId) return 'InvalidAccessKeyId';
  if (region !== secret.region || service !== 's3' || end !== 'aws4_request') return 'AuthorizationHeaderMalformed';
  const time = String(request.headers['x-amz-date']);
  const at = Date.parse(time.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (!time.startsWith(day) || !(Math.abs(Date.now() - at) < skew)) return 'RequestTimeTooSkewed';
  const names = signedHeaders.split(';');
  // Everything that affects the request has to be signed: otherwise it could be changed in transit.
  const must = ['host', ...Object.keys(request.headers).filter((name) => name.startsWith('x-amz-'))];
  if (must.some((name) => !names.includes(name))) return 'AccessDenied';
  if (request.headers['x-amz-content-sha256'] !== hashOf(body)) return 'XAmzContentSHA256Mismatch';
  const query = [...url.searchParams]
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .sort()
    .join('&');
  const canonical = [
    request.method,
    url.pathname
      .split('/')
      .map((part) => encoded(decodeURIComponent(part)))
      .join('/'),
    query,
    ...names.map((name) => `${name}:${String(request.headers[name]).trim().replace(/ +/g, ' ')}`),
    '',
    signedHeaders,
    hashOf(body),
  ].join('\n');
  const scope = [day, region, service, end];
  const key = scope.reduce<Buffer>(
    (so, part) => createHmac('sha256', so).update(String(part)).digest(),
    Buffer.from(`AWS4${secret.secretAccessKey}`),
  );
  const text = ['AWS4-HMAC-SHA256', time, scope.join('/'), hashOf(Buffer.from(canonical))].join('\n');
  const right = createHmac('sha256', key).update(text).digest();
  return timingSafeEqual(right, Buffer.from(signature, 'hex')) ? null : 'SignatureDoesNotMatch';
}

function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const tagOf = (bytes: Buffer): string => `"${createHash('md5').update(bytes).digest('hex')}"`;

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function xml(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' }).end(`<?xml version="1.0"?>\n${body}`);
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  xml(response, status, `<Error><Code>${code}</Code><Message>${message}</Message></Error>`);
}

/** The bucket in the format of `SOURCE_URLS`, for the given owner. */
export function sourceUrl({ options }: S3Server, prefix = '', owner = 'everybody'): string {
  const { accessKeyId, secretAccessKey, bucket, endpoint, region } = options;
  const query = new URLSearchParams({ endpoint, region, for: owner });
  return `s3://${accessKeyId}:${encodeURIComponent(secretAccessKey)}@${bucket}/${prefix}?${query}`;
}
