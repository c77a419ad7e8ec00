import { randomUUID } from 'node:crypto';
import type { ActorSnapshot } from './actor.ts';

/**
 * Everything that a subgraph must know of one request. Plain JSON: in one process it is handed over as it is, between
 * processes it travels signed (`platform/access/router.ts`).
 */
export interface RequestInfo {
  actor: ActorSnapshot;
  universe: string;
  /** The organization for which the actor acts, checked against the memberships: of the header, or of a mutation's input. */
  actingFor: string | null;
  requestId: string;
  /** The same for everything that one outside call set going, reactions included. */
  correlationId: string;
  /** The fact that caused this, when a reaction asks. */
  causationId: string | null;
  /** W3C trace context, passed on as it came. */
  traceparent: string | null;
  client: { ip: string | null; userAgent: string | null };
}

/** What is known of a request besides who asks; a request of its own, from nowhere, where nothing is said. */
export type RequestCircumstances = Partial<Omit<RequestInfo, 'actor'>>;

/** Everything that a subgraph must know of one request. It is of the actor's universe, and begins a correlation, unless something else is said. */
export function newRequestInfo(actor: ActorSnapshot, known: RequestCircumstances = {}): RequestInfo {
  const requestId = known.requestId ?? randomUUID();
  return {
    actor,
    universe: known.universe ?? actor.universe,
    actingFor: known.actingFor ?? null,
    requestId,
    correlationId: known.correlationId ?? requestId,
    causationId: known.causationId ?? null,
    traceparent: known.traceparent ?? null,
    client: known.client ?? { ip: null, userAgent: null },
  };
}
