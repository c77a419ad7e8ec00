import type { Context } from '../../../platform/context/context.ts';
import { Forbidden, Invalid, NotFound, Unavailable } from '../../../platform/errors/errors.ts';
import { OutgoingFault } from '../../../platform/outgoing/outgoing.ts';
import { assets } from '../asset/asset.noun.ts';
import { mediaAtMost } from '../media/media.noun.ts';

/** Milliseconds for listing a bucket, while the client waits. */
const patience = 8_000;

/**
 * The addresses that an address stands for: itself, or the objects of a bucket below it. A bucket is listed only for callers who may
 * fetch files for this asset; everything else is checked when the fetches are recorded.
 */
export async function addressesOf(context: Context, assetId: string, url: string): Promise<string[]> {
  if (!url.startsWith('s3://') || !url.endsWith('/')) return [url];
  const asset = await assets.load(context, assetId);
  if (!asset) throw new NotFound(undefined, { path: ['input', 'assetId'] });
  if (!context.can('assets.assetFetch.attach', asset.ownerId)) throw new Forbidden();
  const located = context.sources.locate(url, asset.ownerId);
  if (located?.kind !== 'prefix') return [url];
  const path = ['input', 'url'];
  const signal = AbortSignal.timeout(patience);
  const urls = await context.sources.list(located, asset.ownerId, mediaAtMost + 1, signal).catch((error: unknown) => {
    if (!(error instanceof OutgoingFault) && !signal.aborted) throw error;
    if (error instanceof OutgoingFault && !error.retryable) throw new Invalid(`url: ${error.message}`, { path });
    throw new Unavailable('The bucket does not answer. Try again later.', { path, retryAfter: 10 });
  });
  if (urls.length === 0) throw new Invalid('url: there are no objects below it.', { path });
  if (urls.length > mediaAtMost)
    throw new Invalid(`url: there are more than ${mediaAtMost} objects below it, the maximum of media per asset.`, {
      path,
    });
  return urls;
}
