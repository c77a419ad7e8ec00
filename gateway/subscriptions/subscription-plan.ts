import type { ServiceMap } from '@apollo/gateway';
import type { ExecutionResult } from 'graphql';
import type { ActorSnapshot } from '../../platform/context/actor.ts';
import type { RequestInfo } from '../../platform/context/request.ts';
import type { Audience } from '../../platform/access/audience.ts';

export type Variables = Record<string, unknown>;

/** Calls of subgraphs for several events at a time. */
export interface Batches {
  around(services: ServiceMap): ServiceMap;
}

/** One completion of an event. */
export interface CompletionCall {
  readonly signal: AbortSignal | null;
  /** Calls subgraphs for several events at a time; null for an event by itself. */
  readonly batches: Batches | null;
  /** Set by the completion: whether a viewer with more rights may get another answer. */
  isIncomplete: boolean;
}

/** How one subscription is answered on one supergraph value: which subgraph streams it, and how each event is completed. */
export interface SubscriptionPlan {
  readonly service: string;
  readonly audience: Audience;
  /** The foreign subgraphs among those that it asks. */
  readonly foreign: ReadonlySet<string>;
  /** Whether this plan is still right for an actor whose rights have changed; absent if no directive of the supergraph guards it. */
  readonly allows?: (actor: ActorSnapshot) => boolean;
  /** Whether a broken stream can resume after its last cursor without loss. */
  readonly resumable: boolean;
  /** The cursor given by the client; `null` without one. */
  after(variables: Variables): string | null;
  /** The request to the streaming subgraph, after a cursor if one is given. */
  request(
    variables: Variables,
    after: string | null,
  ): { query: string; variables: Variables; operationName: string | undefined };
  /** Removes the cursor from an event and returns it; `null` if it has none. */
  takeCursor(event: ExecutionResult): string | null;
  /** Fetches the rest of the selection from the other subgraphs. Never rejects: failures are errors of this event. */
  complete(
    event: ExecutionResult,
    variables: Variables,
    info: RequestInfo,
    call: CompletionCall,
  ): Promise<ExecutionResult>;
  /** Equal for subscriptions with the same events once they have caught up: it excludes the starting cursor. */
  identity(variables: Variables): unknown;
}
