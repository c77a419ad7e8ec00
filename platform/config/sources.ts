import { isIP } from 'node:net';
import { z } from 'zod';
import { prefixOf } from '../ids/ids.ts';
import type { BucketSource, HttpSource, SourcesConfig } from '../outgoing/sources.ts';
import { bucketName } from './objects.ts';

/** Sources of one installation at most: each address is matched against all of them. */
const sourcesAtMost = 1_000;

/**
 * The variable that lists the sources files may be fetched from, separated by commas: `https://images.example.org`,
 * `https://*.example.org`, `http://files.intern:8080?internal`, `s3://KEY:SECRET@bucket/prefix/?region=eu-central-1&for=org_…`.
 */
export const sourcesVariables = {
  SOURCE_URLS: z
    .string()
    .default('')
    .transform((value, context): SourcesConfig => {
      const servers: HttpSource[] = [];
      const buckets: BucketSource[] = [];
      for (const text of value.split(',').map((each) => each.trim())) {
        if (text === '') continue;
        const source = URL.canParse(text) ? sourceOf(new URL(text)) : 'it is not an address';
        if (typeof source === 'string') {
          // The message never contains the whole text: a bucket's includes its keys.
          context.addIssue(`the source ${servers.length + buckets.length + 1} is invalid: ${source}`);
          return z.NEVER;
        }
        if ('s3' in source) buckets.push(source);
        else servers.push(source);
      }
      const names = buckets.map(({ s3 }) => s3.bucket);
      const twice = names.find((name, n) => names.indexOf(name) !== n);
      if (twice !== undefined) context.addIssue(`names the bucket ${twice} twice`);
      if (servers.length + buckets.length > sourcesAtMost) context.addIssue(`lists more than ${sourcesAtMost} sources`);
      return { servers, buckets };
    })
    .describe('sources of media and catalogues to fetch, see below; without it nothing is fetched'),
};

/** A source, or what is wrong with it. */
function sourceOf(url: URL): HttpSource | BucketSource | string {
  const { searchParams } = url;
  const isBucket = url.protocol === 's3:';
  const known = isBucket ? ['endpoint', 'region', 'for'] : ['internal', 'for'];
  for (const name of searchParams.keys()) if (!known.includes(name)) return `there is no option "${name}"`;
  if (url.hash !== '') return 'it has a #';
  const given = searchParams.getAll('for');
  const stranger = given.find((id) => id !== 'everybody' && !['usr', 'org', 'agt'].includes(prefixOf(id) ?? ''));
  if (stranger !== undefined) return 'for is "everybody", or the id of a person, an organization or an agent';
  const owners = given.length === 0 || given.includes('everybody') ? null : given;
  return isBucket ? bucketOf(url, owners, given.length > 0) : serverOf(url, owners);
}

function serverOf(url: URL, owners: readonly string[] | null): HttpSource | string {
  const { protocol, username, password, pathname, port } = url;
  if (protocol !== 'https:' && protocol !== 'http:') return 'it must begin with https://, http:// or s3://';
  if (username !== '' || password !== '') return 'a server must not have a user name or password';
  if (pathname !== '/') return 'it must name a server without a path';
  const isWildcard = url.hostname.startsWith('*.');
  const hostname = isWildcard ? url.hostname.slice(2) : url.hostname;
  if (hostname === '' || hostname.endsWith('.') || hostname.includes('*')) return 'it must name a host, or *.domain';
  const isInternal = url.searchParams.has('internal');
  // Otherwise everyone who registers a domain below it would become a source.
  if (isWildcard && (!hostname.includes('.') || isIP(hostname) !== 0 || protocol === 'http:' || isInternal))
    return 'a * needs a domain of two labels or more after it, https://, and no internal';
  return { protocol, hostname, isWildcard, port, isInternal, owners };
}

function bucketOf(url: URL, owners: readonly string[] | null, isSaid: boolean): BucketSource | string {
  const { username, password, hostname: bucket, searchParams } = url;
  if (!bucketName.test(bucket)) return 'it has no valid bucket name';
  if (username === '' || password === '') return 'a bucket needs its key and secret as user name and password';
  // Otherwise everyone who may add media to their own assets could read the whole bucket.
  if (!isSaid) return 'a bucket must name the owners it is for: for=org_…, or for=everybody';
  const region = searchParams.get('region') ?? 'us-east-1';
  const endpoint = searchParams.get('endpoint') ?? `https://s3.${region}.amazonaws.com`;
  if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol))
    return 'its endpoint is not an http:// address';
  try {
    const prefix = decodeURIComponent(url.pathname.replace(/^\/+/, ''));
    const [accessKeyId, secretAccessKey] = [decodeURIComponent(username), decodeURIComponent(password)];
    return { s3: { endpoint, bucket, region, accessKeyId, secretAccessKey, prefix }, owners };
  } catch {
    return 'a % in keys or prefix must be written as %25';
  }
}
