import type { ExecutionResult } from 'graphql';
import type { RequestInfo } from '../context/request.ts';
import type { RoutedRequest } from './routes.ts';

export interface SubgraphRequest {
  query: string;
  variables?: Record<string, unknown> | undefined;
  operationName?: string | undefined;
  info: RequestInfo;
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
