import type { ErrorCode } from './errors.ts';

/** The HTTP status for each error of the house, wherever it is answered (`schema/errors.tsv`). */
export const httpStatus: Readonly<Record<ErrorCode, number>> = {
  UNAUTHENTICATED: 401,
  EXPIRED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  INVALID: 400,
  CONFLICT: 409,
  TOO_MANY: 429,
  UNAVAILABLE: 503,
  LIMIT_EXCEEDED: 400,
};
