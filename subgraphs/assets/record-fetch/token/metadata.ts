import { z } from 'zod';
import type { Workplace } from '../../../../platform/work/worker.ts';
import { OutgoingFault, type OutgoingAnswer } from '../../../../platform/outgoing/outgoing.ts';
import { FetchFault, problem, type FetchProblem } from '../problems.ts';
import { textOf } from '../text-of.ts';

/** Bytes of a token's metadata: names, traits and sometimes an SVG picture. */
const metadataAtMost = 1_048_576;

/** The metadata of ERC-721 and ERC-1155, with the traits of marketplaces. Other fields are ignored. */
const shape = z.object({
  name: z.unknown().optional(),
  description: z.unknown().optional(),
  image: z.unknown().optional(),
  animation_url: z.unknown().optional(),
  external_url: z.unknown().optional(),
  attributes: z.array(z.unknown()).catch([]),
});
export type TokenMetadata = z.output<typeof shape>;

type Reach = Pick<Workplace, 'outgoing' | 'sources' | 'chains'>;

/**
 * The metadata at a URI: `data:` directly, `ipfs:` through the gateway, `https:` if the operator allows it. Errors are returned as a
 * problem; rejects with `FetchFault` only if a later attempt may succeed.
 */
export async function readMetadata(
  reach: Reach,
  uri: string | null,
  ownerId: string,
  closing: AbortSignal,
): Promise<TokenMetadata | FetchProblem> {
  if (uri === null) return problem('METADATA_ABSENT');
  try {
    const text = uri.startsWith('data:') ? await dataOf(uri) : await outside(reach, uri, ownerId, closing);
    if (text === null) return problem('METADATA_NOT_ALLOWED');
    const metadata = shape.safeParse(JSON.parse(text));
    return metadata.success ? metadata.data : problem('METADATA_INVALID');
  } catch (error) {
    closing.throwIfAborted();
    if (error instanceof SyntaxError || error instanceof TypeError) return problem('METADATA_INVALID');
    if (!(error instanceof OutgoingFault)) throw error;
    if (error.code === 'TOO_LARGE') return problem('METADATA_TOO_LARGE');
    if (error.code === 'NOT_ALLOWED' || error.code === 'REDIRECT_NOT_ALLOWED') return problem('METADATA_NOT_ALLOWED');
    const { retryable, retryAfter } = error;
    if (!retryable) return problem('METADATA_UNREACHABLE');
    throw new FetchFault('METADATA_UNREACHABLE', { retryable, retryAfter, cause: error });
  }
}

/** Undici decodes `data:` by the Fetch standard, without a request. Throws a TypeError for an invalid one. */
async function dataOf(uri: string): Promise<string> {
  // An escaped byte takes three characters.
  if (uri.length > 3 * metadataAtMost) throw new OutgoingFault('TOO_LARGE', 'The metadata is too large.');
  const text = await (await fetch(uri)).text();
  if (text.length > metadataAtMost) throw new OutgoingFault('TOO_LARGE', 'The metadata is too large.');
  return text;
}

/** Null if the address must not be requested. */
async function outside(reach: Reach, uri: string, ownerId: string, closing: AbortSignal): Promise<string | null> {
  const answer = uri.startsWith('ipfs:') ? fromIpfs(reach, uri, closing) : fromServer(reach, uri, ownerId, closing);
  return answer === null ? null : textOf((await answer).body);
}

function fromServer(
  { sources }: Reach,
  uri: string,
  ownerId: string,
  closing: AbortSignal,
): Promise<OutgoingAnswer> | null {
  const located = sources.locate(uri, ownerId);
  return located?.kind === 'http' ? sources.open(located, ownerId, metadataAtMost, closing) : null;
}

function fromIpfs({ chains, outgoing }: Reach, uri: string, closing: AbortSignal): Promise<OutgoingAnswer> | null {
  if (chains.ipfsGateway === null) return null;
  const root = `${chains.ipfsGateway}/ipfs/`;
  // Some contracts write the path of a gateway after the scheme.
  const path = uri.replace(/^ipfs:\/\/(?:ipfs\/)?/, '');
  if (!URL.canParse(root + path)) return null;
  const url = new URL(root + path);
  // A path with dots must not lead to other parts of the gateway.
  const isBelow = (each: URL): boolean => each.href.startsWith(new URL(root).href);
  return outgoing.ask(url, {
    permits: (each) => (isBelow(each) ? { isInternal: true } : null),
    sizeAtMost: metadataAtMost,
    signal: closing,
  });
}
