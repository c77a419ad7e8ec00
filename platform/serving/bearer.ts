import { createHash } from 'node:crypto';
import type { JSONWebKeySet } from 'jose';
import { LRUCache } from 'lru-cache';
import { defaultUniverse, type ActorSnapshot } from '../context/actor.ts';
import { newRequestInfo, type RequestInfo } from '../context/request.ts';
import { Unauthenticated, Unavailable } from '../errors/errors.ts';
import type { SubgraphService } from './service.ts';
import { checkedActingFor } from '../access/acting-for.ts';
import { tokenEnded, TokenVerifier } from '../access/token.ts';

/** Milliseconds for which identity's answer is cached. The house promises that a change of rights takes effect within this time. */
const snapshotLifetime = 5_000;
/** Actors cached. One process does not serve more within five seconds. */
const actorsAtMost = 10_000;
/** Unknown keys and sessions cached. Anybody can invent them, so they have their own cache and evict no actor. */
const unknownAtMost = 2_000;

/** The queries to identity: an OS in this process or, through `remoteIdentity`, in another. */
export type IdentityService = Pick<SubgraphService, 'execute'>;

type Headers = Readonly<Record<string, string | undefined>>;

/**
 * Verifies bearer tokens for an OS that another Federation router calls with the user's own `authorization`. The token is checked
 * against identity's keys; the bearer's rights come from identity and are at most five seconds old. `routerActor` is the actor
 * that queries identity.
 */
export function bearerVerifier(
  identity: IdentityService,
  routerActor: ActorSnapshot,
): (bearer: string, headers: Headers) => Promise<RequestInfo> {
  const snapshots = new LRUCache<string, ActorSnapshot>({ max: actorsAtMost, ttl: snapshotLifetime });
  const unknown = new LRUCache<string, true>({ max: unknownAtMost, ttl: snapshotLifetime });
  const loading = new Map<string, Promise<ActorSnapshot | null>>();

  const ask = async (
    query: string,
    variables: Record<string, unknown>,
    universe = defaultUniverse,
  ): Promise<unknown> => {
    const info = infoOf({ ...routerActor }, {}, universe);
    const { data, errors: refusals } = await identity.execute({ query, variables, info }).catch((error: unknown) => {
      throw new Unavailable(`Identity does not answer: ${error instanceof Error ? error.message : String(error)}`, {
        retryAfter: 1,
      });
    });
    if (refusals?.length || !data) throw new Unavailable('Identity cannot answer now.', { retryAfter: 1 });
    return (data as Record<string, unknown>)['answer'];
  };
  const load = async (key: string, query: string, variables: Record<string, unknown>, universe?: string) => {
    // The age counts from the query: the answer holds what identity knew then.
    const start = performance.now();
    const found = (await ask(query, variables, universe)) as ActorSnapshot | null;
    if (found) snapshots.set(key, found, { start });
    else unknown.set(key, true, { start });
    return found;
  };
  const snapshot = async (
    key: string,
    query: string,
    variables: Record<string, unknown>,
    universe?: string,
  ): Promise<ActorSnapshot> => {
    let found = unknown.has(key) ? null : snapshots.get(key);
    if (found === undefined) {
      let asked = loading.get(key);
      if (!asked) {
        // Failures are not cached: the next request tries again.
        asked = load(key, query, variables, universe).finally(() => loading.delete(key));
        loading.set(key, asked);
      }
      found = await asked;
    }
    if (!found) throw new Unauthenticated('This session or key has ended. Sign in again.');
    return found;
  };
  const tokens = new TokenVerifier(async () => (await ask('query Keys { answer: jwks }', {})) as JSONWebKeySet);
  const byToken = async (token: string): Promise<ActorSnapshot> => {
    const { subject, sessionId, delegate, expiresAt, universe: named } = await tokens.verify(token);
    const universe = named ?? defaultUniverse;
    const variables = { subject, sessionId, delegate };
    const actor = await snapshot(
      JSON.stringify([universe, variables]),
      'query Actor($subject: ID!, $sessionId: ID, $delegate: ID) { answer: actorSnapshot(subject: $subject, sessionId: $sessionId, delegate: $delegate) }',
      variables,
      universe,
    );
    // Identity may know an earlier expiry than the token.
    const ends = Math.min(expiresAt, actor.expiresAt ?? expiresAt);
    if (ends <= Date.now()) throw tokenEnded();
    return { ...actor, universe, delegate, sessionId, expiresAt: ends };
  };

  return async (bearer, headers) => {
    const actor = bearer.startsWith('esk_')
      ? await snapshot(
          `key ${createHash('sha256').update(bearer).digest('base64')}`,
          'query Service($key: String!) { answer: actorSnapshotByKey(key: $key) }',
          {
            key: bearer,
          },
        )
      : await byToken(bearer);
    if (headers['universe'] && headers['universe'] !== actor.universe)
      throw new Unauthenticated(
        `This token belongs to the universe "${actor.universe}", and the request names another.`,
      );
    return infoOf(actor, headers, actor.universe);
  };
}

function infoOf(actor: ActorSnapshot, headers: Headers, universe: string): RequestInfo {
  return newRequestInfo(actor, {
    universe,
    actingFor: checkedActingFor(actor, headers['acting-for'] ?? null),
    requestId: headers['x-request-id'],
    traceparent: headers['traceparent'] ?? null,
    client: { ip: null, userAgent: headers['user-agent'] ?? null },
  });
}
