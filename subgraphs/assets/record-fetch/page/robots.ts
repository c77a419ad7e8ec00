import robotsParser from 'robots-parser';
import { OutgoingFault } from '../../../../platform/outgoing/outgoing.ts';
import type { Workplace } from '../../../../platform/work/worker.ts';
import { FetchFault } from '../problems.ts';
import { textOf } from '../text-of.ts';

/** CommonJS, whose types name a default that Node hands over as the module itself. */
const robotsOf = robotsParser as unknown as typeof robotsParser.default;

/** The user agent of the guarded client. */
const userAgent = 'ensemble';
/** Bytes that RFC 9309 requires to be read; a longer file counts as a refusal. */
const robotsAtMost = 512_000;

/**
 * Rejects with `FetchFault` for pages that the server's robots.txt disallows (RFC 9309): a missing file allows everything, a failing
 * server nothing. Rejects with `OutgoingFault` if a later attempt may succeed.
 */
export async function checkRobots(
  { sources }: Pick<Workplace, 'sources'>,
  url: URL,
  ownerId: string,
  signal: AbortSignal,
): Promise<void> {
  const address = new URL('/robots.txt', url);
  const located = sources.locate(address.href, ownerId);
  if (located?.kind !== 'http') throw new FetchFault('NOT_ALLOWED');
  const text = await sources
    .open(located, ownerId, robotsAtMost, signal)
    .then(({ body }) => textOf(body))
    .catch((error: unknown) => {
      if (!(error instanceof OutgoingFault) || error.retryable) throw error;
      if (error.status !== null && error.status >= 400 && error.status < 500) return '';
      throw new FetchFault('ROBOTS', { cause: error });
    });
  if (robotsOf(address.href, text).isAllowed(url.href, userAgent) === false) throw new FetchFault('ROBOTS');
}
