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
