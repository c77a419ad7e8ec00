import type { ExecutionResult } from 'graphql';
import type { RequestInfo } from '../context/request.ts';
import type { RoutedRequest } from '../http/routes.ts';

export interface SubgraphRequest {
  query: string;
  variables?: Record<string, unknown> | undefined;
  operationName?: string | undefined;
  info: RequestInfo;
  /** Aborted when the client has left: a query then stops reading. A mutation runs to its end. */
  signal?: AbortSignal | null;
  /**
   * Whether a stream also yields marks (`markOf`): results that are not events but cursors up to which nothing is missing, sent at the
   * start, after catching up, and from time to time while idle. Subscribing again after the last mark or event misses nothing.
   */
  marks?: boolean;
}

/** A mark: the cursor up to which the stream has read the log. */
export function markResult(cursor: string): ExecutionResult {
  return { extensions: { ensembleMark: cursor } };
}

/** The cursor of a mark; `null` if the result is an event. */
export function markOf(result: ExecutionResult): string | null {
  const cursor = result.data === undefined ? result.extensions?.['ensembleMark'] : undefined;
  return typeof cursor === 'string' ? cursor : null;
}

/** Whether an answer or event for a viewer who has not signed in lacks rows that others may see. */
export function isIncomplete({ extensions }: Pick<ExecutionResult, 'extensions'>): boolean {
  return extensions?.['incomplete'] === true;
}

export type SubgraphStream = AsyncIterableIterator<ExecutionResult>;

/** One OS that answers requests, in this process or another one; the gateway sees only this interface. */
export interface SubgraphService {
  readonly name: string;
  /** Whether it is no OS of this house: nothing that it says about viewers, cursors or limits counts. */
  readonly isForeign?: boolean;
  /**
   * Never rejects because of a resolver: errors are in the result, formatted, unknown ones masked. `extensions.rightsChanged` lists the
   * actors whose rights have changed; the router drops their cached rights before it answers. `extensions.incomplete` is true if the
   * viewer has not signed in and rows were left out that others may see; so it is in the events of a stream.
   */
  execute(request: SubgraphRequest): Promise<ExecutionResult>;
  /** Returns a stream of results, or one result with the errors that prevented it. `return()` ends the stream at once. */
  subscribe(request: SubgraphRequest): Promise<SubgraphStream | ExecutionResult>;
  /** Answers an HTTP request below one of the OS's routes. Never rejects: failures are answered. Absent if the OS has no routes. */
  handle?(routed: RoutedRequest): Promise<void>;
}
