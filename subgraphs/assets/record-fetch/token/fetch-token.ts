import type { Workplace } from '../../../../platform/work/worker.ts';
import type { Fetched, Taken } from '../taken.ts';
import { longestUrl } from '../../../../platform/outgoing/outgoing.ts';
import { unstorable } from '../../../../platform/scalars/text.ts';
import { FetchFault, problem, type FetchProblem } from '../problems.ts';
import { readMetadata, type TokenMetadata } from './metadata.ts';
import { tokenRecord } from './token-record.ts';
import { readToken } from './token-reading.ts';

/** Attempts to reach the metadata; after them the token is stored without it. */
const metadataAttempts = 3;

/** Reads a token and its metadata. Rejects with `FetchFault`. */
export async function fetchToken(place: Workplace, taken: Taken, signal: AbortSignal): Promise<Fetched> {
  const rpcUrl = place.chains.rpcUrls.get(taken.source);
  // The chain was configured at the request, and may be again after the next start.
  if (rpcUrl === undefined) throw new FetchFault('UNREACHABLE', { retryable: true });
  const [contract = '', tokenId = ''] = taken.reference.split('/');
  const { source: chain, holder } = taken;
  const said = await readToken(place.outgoing, rpcUrl, { chain, contract, tokenId, holder }, signal);
  const metadata = await metadataOf(place, said.metadataUri, taken, signal);
  const reading = { ...said, metadataUri: keptUri(said.metadataUri) };
  const isProblem = 'code' in metadata;
  const record = tokenRecord(reading, isProblem ? null : metadata);
  return { record: isProblem ? { ...record, notes: [metadata] } : record, reading };
}

async function metadataOf(
  place: Workplace,
  uri: string | null,
  { owner_id: ownerId, attempts }: Taken,
  signal: AbortSignal,
): Promise<TokenMetadata | FetchProblem> {
  try {
    return await readMetadata(place, uri, ownerId, signal);
  } catch (error) {
    if (!(error instanceof FetchFault) || attempts < metadataAttempts) throw error;
    return problem('METADATA_UNREACHABLE');
  }
}

/** Anybody can write contracts: a URI that is too long, such as a `data:` URI with a picture, is read but not stored. */
function keptUri(uri: string | null): string | null {
  return uri !== null && uri.length <= longestUrl && !unstorable(uri) ? uri : null;
}
