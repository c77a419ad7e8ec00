/**
 * The errors of the house, independent of GraphQL: services throw them, `platform/errors/format.ts` turns them into
 * `extensions { code, path, issues, retryAfter, retryable }`. All other errors are masked behind an incident id.
 */
export type ErrorCode =
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'INVALID'
  | 'CONFLICT'
  | 'TOO_MANY'
  | 'EXPIRED'
  | 'UNAVAILABLE'
  | 'LIMIT_EXCEEDED';

/** One invalid value of an input: its path, a code for programs, and a sentence for people. */
export interface Issue {
  path: string[];
  code: string;
  message: string;
}

export interface ErrorDetails {
  /** Path of the invalid field, from the root field's arguments: `['input', 'amount']`. */
  path?: string[];
  issues?: Issue[];
  /** Seconds after which the same call may succeed. */
  retryAfter?: number;
  /** For LIMIT_EXCEEDED: the name of the limit, the allowed and the found number. */
  limit?: string;
  allowed?: number;
  found?: number;
}

export class EnsembleError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, retryable: boolean, details: ErrorDetails = {}) {
    super(message);
    this.name = new.target.name;
    this.code = code;
    this.retryable = retryable;
    this.details = details;
  }
}

/** The caller is not signed in, or the token is invalid. */
export class Unauthenticated extends EnsembleError {
  constructor(message = 'Sign in to do this.', details?: ErrorDetails) {
    super('UNAUTHENTICATED', message, false, details);
  }
}

/** The object is visible to the actor, but this action is not allowed. */
export class Forbidden extends EnsembleError {
  constructor(message = 'You may not do this.', details?: ErrorDetails) {
    super('FORBIDDEN', message, false, details);
  }
}

/** The object does not exist, or the actor may not know that it does. */
export class NotFound extends EnsembleError {
  constructor(message = 'There is no such thing.', details?: ErrorDetails) {
    super('NOT_FOUND', message, false, details);
  }
}

/** The input is invalid. */
export class Invalid extends EnsembleError {
  constructor(message: string, details?: ErrorDetails) {
    super('INVALID', message, false, details);
  }

  /** An `Invalid` of several issues; its message is that of the first. */
  static of(issues: Issue[]): Invalid {
    const first = issues[0];
    if (!first) throw new Error('Invalid.of needs at least one issue');
    return new Invalid(first.message, { path: first.path, issues });
  }
}

/** The current state does not allow it: another version, another use of an idempotency key, a name already taken. */
export class Conflict extends EnsembleError {
  constructor(message: string, details?: ErrorDetails) {
    super('CONFLICT', message, false, details);
  }
}

/** A rate limit was reached. */
export class TooMany extends EnsembleError {
  constructor(message: string, details?: ErrorDetails) {
    super('TOO_MANY', message, true, details);
  }
}

/** A token, link or deadline has passed. */
export class Expired extends EnsembleError {
  constructor(message: string, details?: ErrorDetails) {
    super('EXPIRED', message, false, details);
  }
}

/** The operation exceeds what one answer may hold. */
export class LimitExceeded extends EnsembleError {
  constructor(message: string, details?: ErrorDetails) {
    super('LIMIT_EXCEEDED', message, false, details);
  }
}

/** A part of the house, or an outside service, does not answer now. */
export class Unavailable extends EnsembleError {
  constructor(message: string, details?: ErrorDetails) {
    super('UNAVAILABLE', message, true, details);
  }
}
