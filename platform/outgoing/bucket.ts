import { createHash } from 'node:crypto';
import { AwsClient } from 'aws4fetch';
import { bytesOf } from '../objects/object-store.ts';
import type { S3Options } from '../objects/s3-store.ts';
import { valuesIn } from '../objects/s3-xml.ts';
import { Readable } from 'node:stream';
import { OutgoingFault, type Outgoing, type OutgoingAnswer } from './outgoing.ts';

/** Bytes of one list page: a thousand keys of a thousand characters, and their XML. */
const pageAtMost = 4 * 1_048_576;
const nothing = createHash('sha256').digest('hex');

/** A bucket of another party, read-only. Its owner chooses the keys, below the configured prefix. */
export class Bucket {
  readonly #outgoing: Outgoing;
  readonly #options: S3Options;
  readonly #client: AwsClient;

  constructor(outgoing: Outgoing, options: S3Options) {
    const { accessKeyId, secretAccessKey, region } = options;
    this.#outgoing = outgoing;
    this.#options = options;
    // The caller retries; retrying here as well would multiply the attempts.
    this.#client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: 0 });
  }

  /** The object of a key below the configured prefix. Rejects with `OutgoingFault`. */
  async get(key: string, sizeAtMost: number, signal?: AbortSignal): Promise<OutgoingAnswer> {
    this.#check(key);
    const path = key.split('/').map((part) => encodeURIComponent(part));
    return this.#ask(path.join('/'), sizeAtMost, signal);
  }

  /** At most `most` keys that begin with `prefix`, in order, without folder markers. */
  async list(prefix: string, most: number, signal?: AbortSignal): Promise<string[]> {
    this.#check(prefix);
    const keys: string[] = [];
    let after: string | undefined;
    do {
      const query = new URLSearchParams({ 'list-type': '2', 'max-keys': String(most), prefix });
      if (after !== undefined) query.set('continuation-token', after);
      const { body } = await this.#ask(`?${query}`, pageAtMost, signal);
      const xml = (await bytesOf(Readable.from(body))).toString('utf8');
      keys.push(...valuesIn(xml, 'Key').filter((key) => !key.endsWith('/')));
      after = valuesIn(xml, 'IsTruncated')[0] === 'true' ? valuesIn(xml, 'NextContinuationToken')[0] : undefined;
    } while (after !== undefined && keys.length < most);
    return keys.slice(0, most);
  }

  async #ask(rest: string, sizeAtMost: number, signal?: AbortSignal): Promise<OutgoingAnswer> {
    const { endpoint, bucket } = this.#options;
    const base = `${endpoint.replace(/\/$/, '')}/${bucket}`;
    const url = new URL(rest.startsWith('?') ? base + rest : `${base}/${rest}`);
    const signed = await this.#client.sign(url, { headers: { 'x-amz-content-sha256': nothing } });
    return this.#outgoing.ask(url, {
      // The operator configured the endpoint, so it may be internal; a redirect would carry the signature elsewhere.
      permits: ({ href }) => (href === url.href ? { isInternal: true } : null),
      headers: Object.fromEntries(signed.headers),
      sizeAtMost,
      ...(signal ? { signal } : {}),
    });
  }

  /** A path segment of one or two dots would lead to another bucket with the same credentials. */
  #check(key: string): void {
    // oxlint-disable-next-line no-control-regex
    const deceives = /[\u0000-\u001f\u007f]/.test(key) || key.split('/').some((part) => part === '.' || part === '..');
    if (deceives || !key.startsWith(this.#options.prefix))
      throw new OutgoingFault('NOT_ALLOWED', 'This address is not one of the configured sources.');
  }
}
