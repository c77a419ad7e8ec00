import { randomUUID } from 'node:crypto';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Logger } from '../platform/telemetry/log.ts';
import { EnsembleError, type ErrorCode } from '../platform/errors/errors.ts';
import { variablePath } from '../platform/errors/format.ts';
import { httpStatus } from '../platform/errors/statuses.ts';
import { StreamRefused } from './execution/stream.ts';

/** The codes that only the gateway uses. */
export type GatewayErrorCode =
  | 'BAD_QUERY'
  | 'SLOW_CONSUMER'
  | 'RIGHTS_CHANGED'
  | 'UNAUTHORIZED_FIELD_OR_TYPE'
  | 'PERSISTED_QUERY_NOT_FOUND'
  | 'PERSISTED_QUERY_NOT_SUPPORTED'
  | 'DOCUMENT_NOT_TRUSTED';
export type AnyErrorCode = ErrorCode | GatewayErrorCode | 'INTERNAL';

/**
 * Each code on the wire. `http` is the status if the whole request is refused; an error of one field leaves 200. `close` is the close
 * code if the error ends a WebSocket; graphql-ws clients do not reconnect after 4400, 4401, 4406, 4409, 4429 and 4500, so errors that
 * a new connection can solve have others.
 */
export const errorTable: Record<AnyErrorCode, { http: number; close: number; retryable: boolean }> = {
  UNAUTHENTICATED: { http: httpStatus.UNAUTHENTICATED, close: 4401, retryable: false },
  EXPIRED: { http: httpStatus.EXPIRED, close: 4419, retryable: false },
  FORBIDDEN: { http: httpStatus.FORBIDDEN, close: 4403, retryable: false },
  NOT_FOUND: { http: httpStatus.NOT_FOUND, close: 4404, retryable: false },
  INVALID: { http: httpStatus.INVALID, close: 4400, retryable: false },
  CONFLICT: { http: httpStatus.CONFLICT, close: 4400, retryable: false },
  TOO_MANY: { http: httpStatus.TOO_MANY, close: 4430, retryable: true },
  UNAVAILABLE: { http: httpStatus.UNAVAILABLE, close: 1013, retryable: true },
  INTERNAL: { http: 500, close: 4500, retryable: false },
  LIMIT_EXCEEDED: { http: httpStatus.LIMIT_EXCEEDED, close: 4400, retryable: false },
  BAD_QUERY: { http: 400, close: 4400, retryable: false },
  SLOW_CONSUMER: { http: 503, close: 4408, retryable: true },
  RIGHTS_CHANGED: { http: 403, close: 4403, retryable: true },
  UNAUTHORIZED_FIELD_OR_TYPE: { http: 403, close: 4403, retryable: false },
  // As Apollo Server answers: the next step of a protocol rather than a failure.
  PERSISTED_QUERY_NOT_FOUND: { http: 200, close: 4400, retryable: false },
  PERSISTED_QUERY_NOT_SUPPORTED: { http: 200, close: 4400, retryable: false },
  DOCUMENT_NOT_TRUSTED: { http: 403, close: 4403, retryable: false },
};

/** The close code of a planned end: the process stops, and another one is ready. */
export const goingAway = { code: 1001, reason: 'The server restarts; connect again.' };

/** An error of the gateway itself. `extensions` are sent beside the code. */
export class GatewayError extends Error {
  readonly code: AnyErrorCode;
  readonly extensions: Record<string, unknown>;
  readonly http: number;

  constructor(
    code: AnyErrorCode,
    message: string,
    extensions: Record<string, unknown> = {},
    http = errorTable[code].http,
  ) {
    super(message);
    this.name = 'GatewayError';
    this.code = code;
    this.extensions = extensions;
    this.http = http;
  }
}

export function badQuery(message: string): GatewayError {
  return new GatewayError('BAD_QUERY', message);
}

/** The error of a subgraph that cannot be reached. It names the subgraph, but not its address. */
export function unreachable(os: string): GatewayError {
  return new GatewayError('UNAVAILABLE', `${os} does not answer now.`, { os });
}

/**
 * Errors listed in one answer: enough to find what is wrong. Each takes a kilobyte of memory, and an error of one entity is listed for
 * each object that refers to it.
 */
export const mostErrors = 1_000;

/** Says that an answer has more errors than it lists. */
export function moreErrors(): GatewayError {
  return new GatewayError('LIMIT_EXCEEDED', `There are more than ${mostErrors} errors; the others are not listed.`, {
    limit: 'errors',
    allowed: mostErrors,
  });
}

/** Marks the extensions of an error that a foreign subgraph answered. No JSON has it. */
export const foreign = Symbol('error of a foreign subgraph');

/** The code of foreign errors without one, as Federation's clients know it. */
const withoutCode = 'DOWNSTREAM_SERVICE_ERROR';

/** The extensions that clients may see. All others (stack traces, service names, upstream details) are dropped. */
const outward = ['os', 'path', 'issues', 'retryAfter', 'incidentId', 'limit', 'allowed', 'found'] as const;

/** Apollo Server's own codes, and the graph's codes for them. */
const apolloCodes: Record<string, AnyErrorCode> = {
  GRAPHQL_PARSE_FAILED: 'BAD_QUERY',
  GRAPHQL_VALIDATION_FAILED: 'BAD_QUERY',
  OPERATION_RESOLUTION_FAILURE: 'BAD_QUERY',
  BAD_REQUEST: 'BAD_QUERY',
  BAD_USER_INPUT: 'INVALID',
};

/** Converts anything thrown into an error for Apollo Server, with the HTTP status of a refused request. */
export function toGraphQLError(error: unknown): GraphQLError {
  if (error instanceof GatewayError) {
    const { code, message, extensions, http } = error;
    return new GraphQLError(message, {
      originalError: error,
      extensions: {
        ...extensions,
        code,
        retryable: errorTable[code].retryable,
        http: { status: http, headers: headersFor(code) },
      },
    });
  }
  if (error instanceof EnsembleError) {
    const { code, message, retryable, details } = error;
    return new GraphQLError(message, {
      originalError: error,
      extensions: {
        ...details,
        code,
        retryable,
        http: { status: errorTable[code].http, headers: headersFor(code, details.retryAfter) },
      },
    });
  }
  if (error instanceof GraphQLError) return error;
  if (error instanceof StreamRefused && error.errors[0]) return toGraphQLError(error.errors[0]);
  if (isFormatted(error)) {
    const { message, path, extensions } = error;
    return new GraphQLError(message, { ...(path ? { path } : {}), ...(extensions ? { extensions } : {}) });
  }
  return new GraphQLError('Unexpected error', {
    originalError: error instanceof Error ? error : new Error(String(error)),
  });
}

/** Whether this is an error from another process's answer: a plain object. */
function isFormatted(error: unknown): error is GraphQLFormattedError {
  return (
    typeof error === 'object' &&
    error !== null &&
    !(error instanceof Error) &&
    'message' in error &&
    typeof error.message === 'string'
  );
}

/** The headers of a refusal, by RFC 9110: a challenge with each 401, and when to retry. */
export function headersFor(code: AnyErrorCode, retryAfter?: number): Map<string, string> {
  const headers = new Map<string, string>();
  if (errorTable[code].http === 401) headers.set('www-authenticate', 'Bearer');
  if (retryAfter !== undefined) headers.set('retry-after', String(retryAfter));
  return headers;
}

/** The code of anything thrown; `INTERNAL` if it is no error of ours. */
export function codeOf(error: unknown): AnyErrorCode {
  const code = toGraphQLError(error).extensions['code'];
  return typeof code === 'string' && code in errorTable ? (code as AnyErrorCode) : 'INTERNAL';
}

/** Whether a code says that a document or its variables are not valid: GraphQL's own request errors, not refusals of ours. */
export function isAboutDocument(code: unknown): boolean {
  return code === 'BAD_QUERY' || code === 'INVALID';
}

export type ErrorFormat = (error: unknown) => GraphQLFormattedError;

/**
 * Makes the function that formats every error for clients. Our errors keep code, message and details; a known fault of the query is
 * BAD_QUERY; any other error is replaced by an incident id and logged with that id. So are those of foreign subgraphs if they are
 * masked; otherwise they keep code, message and extensions.
 */
export function createErrorFormat(log: Logger, foreignErrors: 'pass' | 'mask' = 'pass'): ErrorFormat {
  return (thrown) => {
    const error = toGraphQLError(thrown instanceof GraphQLError ? innermost(thrown) : thrown);
    const place = thrown instanceof GraphQLError ? thrown : error;
    const shape = (
      message: string,
      code: AnyErrorCode,
      retryable: boolean,
      more: Record<string, unknown>,
    ): GraphQLFormattedError => ({
      message,
      ...(place.locations ? { locations: place.locations } : {}),
      ...(place.path ? { path: place.path } : {}),
      extensions: { code, retryable, ...more },
    });
    const extensions = { ...error.extensions, ...(thrown instanceof GraphQLError ? thrown.extensions : {}) };
    if (foreign in extensions) {
      const { path } = place;
      if (foreignErrors === 'pass') return { ...(path ? { path } : {}), ...passedOn(error.message, extensions) };
      const incidentId = randomUUID();
      const subgraph = extensions['serviceName'];
      log.error(
        { incidentId, message: error.message, extensions, subgraph, path },
        'a foreign subgraph answered an error',
      );
      return shape(`A subgraph answered an error (incident ${incidentId}).`, 'INTERNAL', false, { incidentId });
    }
    const details: Record<string, unknown> = {};
    for (const key of outward) if (extensions[key] !== undefined) details[key] = extensions[key];
    details['os'] ??= extensions['serviceName'];
    if (details['os'] === undefined) delete details['os'];
    const given = extensions['code'];

    if (
      typeof given === 'string' &&
      given in errorTable &&
      (given !== 'INTERNAL' || details['incidentId'] !== undefined)
    ) {
      const code = given as AnyErrorCode;
      const retryable =
        typeof extensions['retryable'] === 'boolean' ? extensions['retryable'] : errorTable[code].retryable;
      return shape(error.message, code, retryable, details);
    }
    if (typeof given === 'string' && given in apolloCodes) {
      const code = apolloCodes[given] ?? 'BAD_QUERY';
      const path = code === 'INVALID' ? variablePath(error.message) : null;
      return shape(error.message, code, false, path ? { ...details, path } : details);
    }
    // After fifty invalid variables graphql-js gives up, with an error that has no code.
    if (error.message.startsWith('Too many errors processing variables'))
      return shape('More variables are invalid than are listed here.', 'INVALID', false, details);
    const incidentId = randomUUID();
    log.error(
      { incidentId, err: error.originalError ?? error, os: details['os'], path: place.path },
      'an unexpected error',
    );
    return shape(`Something went wrong on our side (incident ${incidentId}).`, 'INTERNAL', false, {
      ...details,
      incidentId,
    });
  };
}

function passedOn(message: string, extensions: Record<string | symbol, unknown>): GraphQLFormattedError {
  const { code: given, retryable: said, ...more } = Object.fromEntries(Object.entries(extensions));
  const code = typeof given === 'string' && given !== '' ? given : withoutCode;
  const known = Object.hasOwn(errorTable, code) ? errorTable[code as AnyErrorCode].retryable : false;
  return { message, extensions: { code, retryable: typeof said === 'boolean' ? said : known, ...more } };
}

/** Our own error inside: executors wrap what was thrown, and only the inner error has the code. */
function innermost(error: GraphQLError): unknown {
  let current: GraphQLError = error;
  for (let depth = 0; depth < 8; depth += 1) {
    if (typeof current.extensions['code'] === 'string' && current.extensions['code'] in errorTable) return current;
    const original = current.originalError;
    if (original instanceof EnsembleError || original instanceof GatewayError) return original;
    if (!(original instanceof GraphQLError)) return error;
    current = original;
  }
  return error;
}
