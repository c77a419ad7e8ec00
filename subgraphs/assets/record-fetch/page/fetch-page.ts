import { OutgoingFault } from '../../../../platform/outgoing/outgoing.ts';
import type { Workplace } from '../../../../platform/work/worker.ts';
import type { Fetched, Taken } from '../taken.ts';
import { FetchFault } from '../problems.ts';
import { textOf } from '../text-of.ts';
import { describePage } from './page-description.ts';
import { pageRecord } from './page-record.ts';
import { checkRobots } from './robots.ts';

/** Bytes of a page: only its markup is fetched. */
const pageAtMost = 4 * 1_048_576;

/** Reads the machine-readable data of a page, if its server allows it. Rejects with `FetchFault`. */
export async function fetchPage(
  place: Pick<Workplace, 'sources'>,
  { reference, owner_id: ownerId }: Taken,
  signal: AbortSignal,
): Promise<Fetched> {
  // The source was configured at the request, but may no longer be.
  const located = place.sources.locate(reference, ownerId);
  if (located?.kind !== 'http') throw new FetchFault('NOT_ALLOWED');
  try {
    await checkRobots(place, located.url, ownerId, signal);
    const answer = await place.sources.open(located, ownerId, pageAtMost, signal);
    if (answer.url.href !== located.url.href)
      await checkRobots(place, answer.url, ownerId, signal).catch((error: unknown) => {
        answer.cancel();
        throw error;
      });
    return { record: pageRecord(answer.url, describePage(await textOf(answer.body))), reading: null };
  } catch (error) {
    if (!(error instanceof OutgoingFault)) throw error;
    throw faultOf(error);
  }
}

function faultOf(error: OutgoingFault): FetchFault {
  const { code, message, retryable, retryAfter } = error;
  if (retryable) return new FetchFault('UNREACHABLE', { retryable, retryAfter, cause: error });
  if (code === 'NOT_ALLOWED' || code === 'REDIRECT_NOT_ALLOWED') return new FetchFault('NOT_ALLOWED', { message });
  return new FetchFault(code === 'TOO_LARGE' ? 'TOO_LARGE' : 'REFUSED', { message, cause: error });
}
