import { randomUUID } from 'node:crypto';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { ArgumentValidationError } from 'type-graphql';
import type { ValidationError } from 'class-validator';
import type { Logger } from '../telemetry/log.ts';
import { EnsembleError, Invalid, type Issue } from './errors.ts';

/** Issues returned for one input; a longer list is not useful. */
const issuesAtMost = 50;

/**
 * Turns an error of a resolver into the error that the client gets. Errors of the house keep their message and code; GraphQL's own
 * (an invalid query or scalar) are INVALID; all others are masked behind an incident id and logged.
 */
export function formatError(error: GraphQLError, os: string, log: Logger): GraphQLFormattedError {
  const known = knownError(error.originalError ?? error);
  const base = {
    ...(error.path ? { path: error.path } : {}),
    ...(error.locations ? { locations: error.locations } : {}),
  };
  if (known) {
    const { path, issues, retryAfter, limit, allowed, found } = known.details;
    return {
      ...base,
      message: known.message,
      extensions: {
        code: known.code,
        os,
        retryable: known.retryable,
        ...(path ? { path } : {}),
        ...(issues ? { issues: issues.slice(0, issuesAtMost) } : {}),
        ...(retryAfter === undefined ? {} : { retryAfter }),
        ...(limit === undefined ? {} : { limit, allowed, found }),
      },
    };
  }
  if (!error.originalError || error.originalError instanceof GraphQLError) {
    const path = variablePath(error.message) ?? error.extensions['path'];
    return {
      ...base,
      message: error.message,
      extensions: { code: 'INVALID', os, retryable: false, ...(path ? { path } : {}) },
    };
  }
  const incidentId = randomUUID();
  log.error({ err: error.originalError, incidentId, path: error.path }, 'a resolver failed with an unexpected error');
  return {
    ...base,
    message: `Something went wrong on our side. Tell support the incident id ${incidentId}.`,
    extensions: { code: 'INTERNAL', os, retryable: false, incidentId },
  };
}

function knownError(error: unknown): EnsembleError | null {
  if (error instanceof EnsembleError) return error;
  if (error instanceof ArgumentValidationError)
    return Invalid.of(issuesOf((error.extensions as { validationErrors?: ValidationError[] }).validationErrors ?? []));
  return null;
}

/** Converts class-validator's errors to issues, each with the path from the root field's arguments. */
export function issuesOf(errors: readonly ValidationError[], path: string[] = []): Issue[] {
  return errors.flatMap((error) => {
    const here = [...path, error.property];
    const own = Object.entries(error.constraints ?? {}).map(([code, message]) => ({ path: here, code, message }));
    return [...own, ...issuesOf(error.children ?? [], here)];
  });
}

/**
 * `Variable "$input" got invalid value … at "input.amount"` as a path for programs. A missing or unknown field is named only at
 * the end of the message.
 */
export function variablePath(message: string): string[] | null {
  const variable = /^Variable "\$([A-Za-z0-9_]+)"/.exec(message)?.[1];
  if (!variable) return null;
  const at = / at "([A-Za-z0-9_.[\]]+)"/.exec(message)?.[1];
  const place = at ? at.split(/[.[\]]+/).filter((part) => part !== '') : [variable];
  const field = /; Field "([A-Za-z0-9_]+)" (?:of required type|is not defined by type) /.exec(message)?.[1];
  return field ? [...place, field] : place;
}
