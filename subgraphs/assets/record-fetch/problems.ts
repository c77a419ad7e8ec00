import { enumeration, type ValueOf } from '../../../platform/declare/enumeration.ts';
import { OutgoingFault } from '../../../platform/outgoing/outgoing.ts';

const fetchProblems = {
  UNREACHABLE: 'The source did not answer, or answered with errors, in several attempts.',
  WRONG_CHAIN: 'The configured node answers for another chain; an operator has to mend the configuration.',
  NO_CONTRACT: 'There is no contract at the address.',
  NOT_A_TOKEN: 'The contract is neither ERC-721 nor ERC-1155 by ERC-165.',
  TOKEN_NOT_FOUND: 'The contract has no such token at the block that was read.',
  NOT_ALLOWED: 'The source is no longer configured, or leads to where nothing may be read.',
  REFUSED: 'The source answers no page at the address.',
  ROBOTS: 'The robots.txt of the server does not allow fetching the page.',
  TOO_LARGE: 'The page is larger than 4 MiB.',
  NO_DESCRIPTION: 'The page describes itself neither by schema.org in JSON-LD nor by Open Graph.',
  TRANSFERRED: 'The asset that was brought in earlier went to another owner.',
  METADATA_ABSENT: 'The contract names no metadata of the token.',
  METADATA_NOT_ALLOWED: 'The metadata lies where this installation does not read.',
  METADATA_UNREACHABLE: 'The metadata could not be read, though it was tried several times.',
  METADATA_TOO_LARGE: 'The metadata is larger than 1 MiB.',
  METADATA_INVALID: 'The metadata is no JSON object.',
  METADATA_CUT: 'Texts or traits of the metadata were longer or more than an asset can hold, and were cut.',
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

/** Nothing can be brought in. `retryable` where a later attempt may end otherwise. */
export class FetchFault extends Error {
  override name = 'FetchFault';
  readonly code: FetchProblemCode;
  readonly retryable: boolean;
  /** Milliseconds that the source asks to wait for. */
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

/** The fault of a call that went out, wherever in the chain of causes it is. */
export function outgoingFaultIn(error: unknown): OutgoingFault | null {
  for (let each = error; each instanceof Error; each = each.cause) if (each instanceof OutgoingFault) return each;
  return null;
}
