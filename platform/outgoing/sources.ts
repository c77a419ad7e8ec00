import type { S3Options } from '../objects/s3-store.ts';
import { Bucket } from './bucket.ts';
import { longestUrl, OutgoingFault, type Outgoing, type OutgoingAnswer, type Permitted } from './outgoing.ts';

/** A server, or all hosts below a domain, that files may be fetched from. */
export interface HttpSource {
  protocol: 'https:' | 'http:';
  /** As in a URL: lower case, Punycode. */
  hostname: string;
  /** Matches every host below `hostname` instead of `hostname`. */
  isWildcard: boolean;
  /** Empty for the scheme's default. */
  port: string;
  /** Whether it may be in a private network. */
  isInternal: boolean;
  /** The owners whose assets may use it; null for all. */
  owners: readonly string[] | null;
}

export interface BucketSource {
  s3: S3Options;
  owners: readonly string[] | null;
}

export interface SourcesConfig {
  servers: readonly HttpSource[];
  /** By name. */
  buckets: readonly BucketSource[];
}

/** What an address refers to; `place` identifies its server or bucket, whose load is limited. */
export type Located =
  | { kind: 'http'; place: string; url: URL }
  | { kind: 'object'; place: string; bucket: string; key: string }
  | { kind: 'prefix'; place: string; bucket: string; key: string };

/**
 * The outside systems that files may be fetched from: only those that the operator has listed. A source listed for some owners does
 * not exist for others.
 */
export class Sources {
  readonly #config: SourcesConfig;
  readonly #outgoing: Outgoing;

  constructor(config: SourcesConfig, outgoing: Outgoing) {
    this.#config = config;
    this.#outgoing = outgoing;
  }

  /** Whether no source is configured. */
  get isEmpty(): boolean {
    return this.#config.servers.length === 0 && this.#config.buckets.length === 0;
  }

  /** What an address refers to for this owner; null if it is not one of the sources. */
  locate(address: string, ownerId: string): Located | null {
    if (address.length > longestUrl) return null;
    const object = /^s3:\/\/([^/?#@]+)\/(.*)$/s.exec(address);
    if (object) {
      const [, bucket = '', key = ''] = object;
      if (!this.#bucket(bucket, ownerId) || key.split('/').some((part) => part === '.' || part === '..')) return null;
      const kind = key === '' || key.endsWith('/') ? 'prefix' : 'object';
      return { kind, place: `s3://${bucket}`, bucket, key };
    }
    if (!URL.canParse(address)) return null;
    const url = new URL(address);
    if (url.username !== '' || url.password !== '' || !this.#permits(ownerId)(url)) return null;
    url.hash = '';
    return { kind: 'http', place: url.origin, url };
  }

  /** Opens a located address. Rejects with `OutgoingFault`, or with the signal's reason. */
  open(located: Located, ownerId: string, sizeAtMost: number, signal?: AbortSignal): Promise<OutgoingAnswer> {
    if (located.kind === 'http')
      return this.#outgoing.ask(located.url, {
        permits: this.#permits(ownerId),
        sizeAtMost,
        ...(signal ? { signal } : {}),
      });
    return this.#open(located, ownerId).get(located.key, sizeAtMost, signal);
  }

  /** At most `most` addresses of objects below a prefix. */
  async list(located: Located, ownerId: string, most: number, signal?: AbortSignal): Promise<string[]> {
    if (located.kind !== 'prefix') return [];
    const keys = await this.#open(located, ownerId).list(located.key, most, signal);
    return keys.map((key) => `${located.place}/${key}`);
  }

  #open(located: Located, ownerId: string): Bucket {
    const source = located.kind === 'http' ? undefined : this.#bucket(located.bucket, ownerId);
    if (!source) throw new OutgoingFault('NOT_ALLOWED', 'This address is not one of the configured sources.');
    return new Bucket(this.#outgoing, source.s3);
  }

  #bucket(name: string, ownerId: string): BucketSource | undefined {
    return this.#config.buckets.find(({ s3, owners }) => s3.bucket === name && isFor(owners, ownerId));
  }

  #permits(ownerId: string): (url: URL) => Permitted | null {
    return (url) => {
      const source = this.#config.servers.find((each) => isFor(each.owners, ownerId) && isAt(each, url));
      return source ? { isInternal: source.isInternal } : null;
    };
  }
}

function isFor(owners: readonly string[] | null, ownerId: string): boolean {
  return owners === null || owners.includes(ownerId);
}

function isAt({ protocol, hostname, isWildcard, port }: HttpSource, url: URL): boolean {
  const isHost = isWildcard ? url.hostname.endsWith(`.${hostname}`) : url.hostname === hostname;
  return url.protocol === protocol && url.port === port && isHost;
}
