import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { AwsClient } from 'aws4fetch';
import {
  objectKey,
  ObjectStoreFault,
  type ByteRange,
  type ObjectBody,
  type ObjectHead,
  type ObjectPart,
  type ObjectStore,
} from './object-store.ts';
import { valuesIn } from './s3-xml.ts';

export interface S3Options {
  /** The service's address without the bucket: `https://s3.eu-central-1.amazonaws.com`, `http://127.0.0.1:9000`. */
  endpoint: string;
  bucket: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** Put before every key, such as `ensemble/`; may be empty. */
  prefix: string;
}

/** Milliseconds until the answer of a request must begin; the largest part is 8 MiB. */
const patience = 60_000;
/** Retries after a 5xx or 429, with growing pauses. */
const retries = 3;
/** Keys per page of a list: S3's maximum. */
const pageSize = 1000;

/** Objects in a bucket, by S3's own protocol: Signature Version 4, path style, every body signed by its SHA-256. */
export class S3Store implements ObjectStore {
  readonly #base: string;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #client: AwsClient;

  constructor(options: S3Options) {
    const { endpoint, bucket, region, accessKeyId, secretAccessKey, prefix } = options;
    this.#base = `${endpoint.replace(/\/$/, '')}/${bucket}`;
    this.#bucket = bucket;
    this.#prefix = prefix;
    this.#client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries });
  }

  async put(key: string, bytes: Uint8Array, contentType = 'application/octet-stream'): Promise<void> {
    await this.#done(await this.#send('PUT', key, { body: bytes, headers: { 'content-type': contentType } }));
  }

  async get(key: string, range?: ByteRange): Promise<ObjectBody | null> {
    const headers: Record<string, string> = range ? { range: `bytes=${range.start}-${range.end}` } : {};
    const response = await this.#send('GET', key, { headers });
    if (response.status === 404) return ended(response, null);
    if (response.status === 416) {
      // The range is beyond the end, so there is nothing to read, but the caller needs the object's size.
      await ended(response, null);
      const head = await this.head(key);
      return head && { size: head.size, body: Readable.from([]) };
    }
    if (!response.ok || !response.body) throw await faultOf(response);
    const whole = /\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1];
    const size = Number(whole ?? response.headers.get('content-length'));
    return { size, body: Readable.fromWeb(response.body as ReadableStream) };
  }

  async head(key: string): Promise<ObjectHead | null> {
    const response = await this.#send('HEAD', key);
    if (response.status === 404) return null;
    if (!response.ok) throw await faultOf(response);
    return {
      size: Number(response.headers.get('content-length')),
      modifiedAt: new Date(response.headers.get('last-modified') ?? 0),
    };
  }

  async delete(key: string): Promise<void> {
    const response = await this.#send('DELETE', key);
    if (response.status !== 404) await this.#done(response);
  }

  async copy(from: string, to: string): Promise<void> {
    const source = `/${this.#bucket}/${this.#prefix}${objectKey(from)}`;
    const response = await this.#send('PUT', to, { headers: { 'x-amz-copy-source': source } });
    // S3 may send its 200 before it has copied, and report the failure in the body.
    const text = await this.#done(response);
    if (!text.includes('<CopyObjectResult')) throw new ObjectStoreFault(`S3 did not copy: ${text.slice(0, 300)}`);
  }

  async *list(prefix: string): AsyncIterable<string> {
    let after: string | null = null;
    do {
      const query = new URLSearchParams({ 'list-type': '2', 'max-keys': String(pageSize) });
      query.set('prefix', this.#prefix + prefix);
      if (after !== null) query.set('continuation-token', after);
      const text = await this.#done(await this.#request('GET', `${this.#base}?${query}`));
      for (const key of valuesIn(text, 'Key')) yield key.slice(this.#prefix.length);
      after = valuesIn(text, 'IsTruncated')[0] === 'true' ? (valuesIn(text, 'NextContinuationToken')[0] ?? null) : null;
    } while (after !== null);
  }

  async beginParts(key: string): Promise<string> {
    const text = await this.#done(await this.#send('POST', key, { query: { uploads: '' } }));
    const [attempt] = valuesIn(text, 'UploadId');
    if (!attempt) throw new ObjectStoreFault(`S3 returned no upload id: ${text.slice(0, 300)}`);
    return attempt;
  }

  async putPart(key: string, attempt: string, number: number, bytes: Uint8Array): Promise<string> {
    const query = { partNumber: String(number), uploadId: attempt };
    const response = await this.#send('PUT', key, { query, body: bytes });
    await this.#done(response);
    const tag = response.headers.get('etag');
    if (!tag) throw new ObjectStoreFault('S3 returned no ETag for a part.');
    return tag;
  }

  async completeParts(key: string, attempt: string, parts: readonly ObjectPart[]): Promise<void> {
    const listed = [...parts]
      .sort((a, b) => a.number - b.number)
      .map(({ number, tag }) => `<Part><PartNumber>${number}</PartNumber><ETag>${escaped(tag)}</ETag></Part>`);
    const body = Buffer.from(`<CompleteMultipartUpload>${listed.join('')}</CompleteMultipartUpload>`);
    const headers = { 'content-type': 'application/xml' };
    const text = await this.#done(await this.#send('POST', key, { query: { uploadId: attempt }, body, headers }));
    if (!text.includes('<CompleteMultipartUploadResult'))
      throw new ObjectStoreFault(`S3 did not complete an object: ${text.slice(0, 300)}`);
  }

  async abortParts(key: string, attempt: string): Promise<void> {
    const response = await this.#send('DELETE', key, { query: { uploadId: attempt } });
    if (response.status !== 404) await this.#done(response);
  }

  #send(
    method: string,
    key: string,
    more: { query?: Record<string, string>; headers?: Record<string, string>; body?: Uint8Array } = {},
  ): Promise<Response> {
    const query = more.query ? `?${new URLSearchParams(more.query)}` : '';
    return this.#request(method, `${this.#base}/${this.#prefix}${objectKey(key)}${query}`, more.headers, more.body);
  }

  async #request(
    method: string,
    url: string,
    headers: Record<string, string> = {},
    body?: Uint8Array,
  ): Promise<Response> {
    const sha256 = createHash('sha256')
      .update(body ?? '')
      .digest('hex');
    try {
      return await this.#client.fetch(url, {
        method,
        headers: { ...headers, 'x-amz-content-sha256': sha256 },
        ...(body ? { body: body as Uint8Array<ArrayBuffer> } : {}),
        signal: AbortSignal.timeout(patience),
      });
    } catch (error) {
      const reason = error instanceof Error ? (error.cause ?? error) : error;
      throw new ObjectStoreFault(`S3 does not answer: ${String(reason)}`, { cause: error });
    }
  }

  /** The text of an answer that must be successful. */
  async #done(response: Response): Promise<string> {
    if (!response.ok) throw await faultOf(response);
    return response.text();
  }
}

/** Discards the body of an answer, which frees its connection. */
async function ended<T>(response: Response, value: T): Promise<T> {
  await response.body?.cancel();
  return value;
}

async function faultOf(response: Response): Promise<ObjectStoreFault> {
  const text = await response.text().catch(() => '');
  const [code = ''] = valuesIn(text, 'Code');
  const [message = ''] = valuesIn(text, 'Message');
  return new ObjectStoreFault(`S3 refused with ${response.status} ${code} ${message}`.trim());
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
