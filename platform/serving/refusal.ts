import { EnsembleError } from '../errors/errors.ts';
import { httpStatus } from '../errors/statuses.ts';
import type { Logger } from '../telemetry/log.ts';

/** A refusal before GraphQL runs: HTTP status, error code and message. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The response to a failure outside GraphQL; unknown errors are logged and masked. */
export function refusalOf(
  error: unknown,
  os: string,
  log: Logger,
): { status: number; body: { errors: { message: string; extensions: Record<string, unknown> }[] } } {
  const said = (status: number, message: string, code: string, retryable: boolean) => ({
    status,
    body: { errors: [{ message, extensions: { code, os, retryable } }] },
  });
  if (error instanceof Refusal) return said(error.status, error.message, error.code, false);
  if (error instanceof EnsembleError) {
    return said(httpStatus[error.code], error.message, error.code, error.retryable);
  }
  log.error({ err: error }, 'a request failed unexpectedly');
  return said(500, 'Something went wrong on our side.', 'INTERNAL', false);
}
