import type { ExecutionResult } from 'graphql';
import type { RequestInfo } from '../context/request.ts';
import type { RoutedRequest } from '../http/routes.ts';

export interface SubgraphRequest {
  query: string;
  variables?: Record<string, unknown> | undefined;
  operationName?: string | undefined;
  info: RequestInfo;
  /** Aborted when nobody waits for the answer any more: a query then reads nothing further. A mutation runs to its end. */
  signal?: AbortSignal | null;
  /**
   * Of a stream: whether it also says, by results that are no events (`markOf`), up to where nothing is missing: once it has begun or
   * has caught up, and again while nothing happens. Whoever asks anew from the last mark or event misses nothing.
   */
  marks?: boolean;
}

/** A result that is no event but says up to which cursor the stream has looked. */
export function markResult(cursor: string): ExecutionResult {
  return { extensions: { ensembleMark: cursor } };
}

/** The cursor of a mark; `null` for an event. */
export function markOf(result: ExecutionResult): string | null {
  const cursor = result.data === undefined ? result.extensions?.['ensembleMark'] : undefined;
  return typeof cursor === 'string' ? cursor : null;
}

export type SubgraphStream = AsyncIterableIterator<ExecutionResult>;

/** One OS, ready to answer. In the same process or across the network, the gateway sees this shape only. */
export interface SubgraphService {
  readonly name: string;
  /**
   * Never rejects for what a resolver did: errors are in the result, formatted, unknown ones masked. `extensions.rightsChanged` lists
   * the actors who may do more or less since; the router forgets what it knows of them before it answers.
   */
  execute(request: SubgraphRequest): Promise<ExecutionResult>;
  /** A stream of results, or one result with the errors that kept it from starting. `return()` ends it at once. */
  subscribe(request: SubgraphRequest): Promise<SubgraphStream | ExecutionResult>;
  /** Answers an HTTP request below one of the OS's routes. Never rejects: failures are answered. Absent where there are none. */
  handle?(routed: RoutedRequest): Promise<void>;
}
