import type { ExecutionResult } from 'graphql';
import type { RequestInfo } from '../../platform/context/request.ts';
import type { Audience } from '../supergraph/notes.ts';

export type Variables = Record<string, unknown>;

/** How one subscription is answered on one supergraph value: who streams it, and what each event still needs. */
export interface SubscriptionPlan {
  readonly service: string;
  readonly audience: Audience;
  /** Whether a stream that broke can go on after its last cursor without loss. */
  readonly resumable: boolean;
  /** The cursor from which the client itself wants to be caught up; `null` without one. */
  after(variables: Variables): string | null;
  /** What to ask of the streaming subgraph, from a cursor on when one is given. */
  request(
    variables: Variables,
    after: string | null,
  ): { query: string; variables: Variables; operationName: string | undefined };
  /** Takes the cursor out of an event; `null` when it has none. */
  takeCursor(event: ExecutionResult): string | null;
  /** Fetches the rest of the selection from the other subgraphs. Never rejects: what fails is an error of this event. */
  complete(
    event: ExecutionResult,
    variables: Variables,
    info: RequestInfo,
    signal: AbortSignal | null,
  ): Promise<ExecutionResult>;
  /** Equal for subscriptions whose events are the same once they have caught up: what is asked for, but not from where on. */
  identity(variables: Variables): unknown;
}
