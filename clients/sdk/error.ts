import type { GraphError as ErrorTold, GraphResult } from './transport.ts';

/** An operation that answered errors, or nothing. The first error is the reason; `errors` has all. */
export class GraphError extends Error {
  /** By which a program decides: FORBIDDEN, INVALID, UNREACHABLE … */
  readonly code: string;
  /** The place of the fault in the answer or in the input; empty if it is the whole operation. */
  readonly path: readonly (string | number)[];
  /** Whether the same may succeed later. */
  readonly retryable: boolean;
  /** Seconds to wait before that; null if not said. */
  readonly retryAfter: number | null;
  readonly errors: readonly ErrorTold[];
  /** What was answered besides the errors; undefined if nothing. */
  readonly data: unknown;
  /** By which the operator finds the request in the log. */
  readonly requestId: string | null;

  constructor({ errors = [], data }: GraphResult, requestId: string | null = null) {
    const [first] = errors;
    super(first?.message ?? 'The server answered neither data nor errors.');
    this.name = 'GraphError';
    const { code, path, retryable, retryAfter } = first?.extensions ?? {};
    this.code = code ?? 'INTERNAL';
    this.path = first?.path ?? path ?? [];
    this.retryable = retryable === true || code === 'UNREACHABLE';
    this.retryAfter = typeof retryAfter === 'number' ? retryAfter : null;
    this.errors = errors;
    this.data = data;
    this.requestId = requestId;
  }
}
