import { randomUUID } from 'node:crypto';
import type { ActorSnapshot } from './actor.ts';

/**
 * Everything that a subgraph must know of one request. Plain JSON: within a process it is passed as it is, between processes it
 * is signed (`platform/access/router.ts`).
 */
export interface RequestInfo {
  actor: ActorSnapshot;
  universe: string;
  /** The organization for which the actor acts, checked against the memberships: from the header, or from a mutation's input. */
  actingFor: string | null;
  requestId: string;
  /** The same for everything caused by one outside call, reactions included. */
  correlationId: string;
  /** The fact that caused this, if a reaction runs. */
  causationId: string | null;
  /** W3C trace context, passed on unchanged. */
  traceparent: string | null;
  client: { ip: string | null; userAgent: string | null };
  /** For foreign subgraphs only: it is no part of what is signed for an OS. */
  forwarded?: Forwarded | undefined;
}

/** The headers that foreign subgraphs get by the gateway's rules: `all`, or the subgraph's own. */
export interface Forwarded {
  readonly all: Readonly<Record<string, string>>;
  readonly subgraphs: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** What is known of a request besides its actor. */
export type RequestCircumstances = Partial<Omit<RequestInfo, 'actor'>>;

/** Fills in the rest of a request: by default it is of the actor's universe and begins a new correlation. */
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
    ...(known.forwarded ? { forwarded: known.forwarded } : {}),
  };
}
