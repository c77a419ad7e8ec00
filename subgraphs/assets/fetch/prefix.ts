import type { Context } from '../../../platform/context/context.ts';
import { Forbidden, Invalid, NotFound, Unavailable } from '../../../platform/errors/errors.ts';
import { OutgoingFault } from '../../../platform/outgoing/outgoing.ts';
import { assets } from '../asset/asset.noun.ts';
import { mediaAtMost } from '../media/media.noun.ts';

/** Milliseconds for the list of a bucket: the client waits for it. */
const patience = 8_000;

/**
 * The addresses that one stands for: itself, or the objects of a bucket below it. A bucket is asked for those alone who may have files
 * fetched for this asset; all else is refused where the fetches are recorded.
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
    throw new Unavailable('The bucket does not answer now.', { path, retryAfter: 10 });
  });
  if (urls.length === 0) throw new Invalid('url: nothing lies below it.', { path });
  if (urls.length > mediaAtMost)
    throw new Invalid(`url: more than ${mediaAtMost} objects lie below it, and an asset has at most as many media.`, {
      path,
    });
  return urls;
}
