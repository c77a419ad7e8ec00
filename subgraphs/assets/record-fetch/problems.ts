import { enumeration, type ValueOf } from '../../../platform/declare/enumeration.ts';
import { OutgoingFault } from '../../../platform/outgoing/outgoing.ts';

const fetchProblems = {
  UNREACHABLE: 'The source did not answer, or answered with errors, in several attempts.',
  WRONG_CHAIN: 'The configured node belongs to another chain; an operator has to correct the configuration.',
  NO_CONTRACT: 'There is no contract at the address.',
  NOT_A_TOKEN: 'The contract is neither ERC-721 nor ERC-1155 by ERC-165.',
  TOKEN_NOT_FOUND: 'The contract has no such token at the block that was read.',
  NOT_ALLOWED: 'The source is no longer configured, or redirects to an address that may not be read.',
  REFUSED: 'The source returned no page for the address.',
  ROBOTS: 'The robots.txt of the server does not allow fetching the page.',
  TOO_LARGE: 'The page is larger than 4 MiB.',
  NO_DESCRIPTION: 'The page has neither schema.org data in JSON-LD nor Open Graph data.',
  TRANSFERRED: 'The asset of an earlier fetch has another owner now.',
  METADATA_ABSENT: 'The contract states no metadata for the token.',
  METADATA_NOT_ALLOWED: 'The metadata is at an address that this installation does not read.',
  METADATA_UNREACHABLE: 'The metadata could not be read in several attempts.',
  METADATA_TOO_LARGE: 'The metadata is larger than 1 MiB.',
  METADATA_INVALID: 'The metadata is not a JSON object.',
  METADATA_CUT: 'The metadata has longer texts or more traits than an asset can have, and was truncated.',
};
export const AssetRecordFetchProblemCode = enumeration(
  'AssetRecordFetchProblemCode',
  'Why nothing was fetched, or what is missing in the result.',
  fetchProblems,
);
export type FetchProblemCode = ValueOf<typeof AssetRecordFetchProblemCode>;

export interface FetchProblem {
  code: FetchProblemCode;
  message: string;
}

export function problem(code: FetchProblemCode, message: string = fetchProblems[code]): FetchProblem {
  return { code, message };
}

/** A failure of a fetch. `retryable` if a later attempt may succeed. */
export class FetchFault extends Error {
  override name = 'FetchFault';
  readonly code: FetchProblemCode;
  readonly retryable: boolean;
  /** Milliseconds to wait, as requested by the source. */
  readonly retryAfter: number | null;

  constructor(
    code: FetchProblemCode,
    options: { message?: string; retryable?: boolean; retryAfter?: number | null; cause?: unknown } = {},
  ) {
    super(options.message ?? fetchProblems[code], options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.retryAfter = options.retryAfter ?? null;
  }
}

/** The failure of an outgoing request, anywhere in the chain of causes. */
export function outgoingFaultIn(error: unknown): OutgoingFault | null {
  for (let each = error; each instanceof Error; each = each.cause) if (each instanceof OutgoingFault) return each;
  return null;
}
