import { createHash } from 'node:crypto';
import type { JSONWebKeySet } from 'jose';
import { checkedActingFor } from '../../platform/access/acting-for.ts';
import { tokenEnded, TokenVerifier } from '../../platform/access/token.ts';
import { anonymous, defaultUniverse, type ActorSnapshot } from '../../platform/context/actor.ts';
import { newRequestInfo, type RequestInfo } from '../../platform/context/request.ts';
import { universeSlug, type Universes } from '../../platform/context/universes.ts';
import { Invalid, Unauthenticated } from '../../platform/errors/errors.ts';
import type { SubgraphService } from '../../platform/serving/service.ts';
import type { Logger } from '../../platform/telemetry/log.ts';
import { IdentityClient, type IdentitySnapshot } from './identity.ts';
import { SnapshotCache } from './snapshots.ts';

/** What a client presents: the words of its headers, or of its connection_init. */
export interface Presented {
  /** `Bearer <access token or esk_ key>`; `null` when the client says nothing of itself. */
  authorization: string | null;
  universe: string | null;
}

/** Somebody whose token or key was found genuine. Holds no rights: those are looked up anew each time. */
export interface Credential {
  /** Under which the snapshot is kept; `null` for anonymous. */
  readonly key: string | null;
  /** The universe that holds, as far as the token or the header says. */
  readonly universe: string;
  /** Whether the client named the universe; a service key may then not belong to another one. */
  readonly universeNamed: boolean;
  /** The token's end in milliseconds since 1970; `null` for keys and for anonymous. */
  readonly expiresAt: number | null;
  readonly load: () => Promise<IdentitySnapshot | null>;
}

/** Characters. Our tokens are a few hundred; anything far beyond is not one. */
const longestToken = 8_192;

/** Who asks: tokens and keys are verified here, rights are looked up in identity and kept for five seconds at most. */
export class Authentication {
  private readonly identity: IdentityClient;
  private readonly tokens: TokenVerifier;
  private readonly snapshots = new SnapshotCache();
  private readonly universes: Universes;

  constructor(identity: SubgraphService | undefined, universes: Universes, log: Logger) {
    this.universes = universes;
    this.identity = new IdentityClient(identity, log);
    this.tokens = new TokenVerifier(() => this.identity.keys());
  }

  /** The public keys of access tokens. */
  keys(): Promise<JSONWebKeySet> {
    return this.tokens.published();
  }

  /** Forgets what is known of an actor, because its rights or sessions have changed. */
  drop(actorId: string): void {
    this.snapshots.drop(actorId);
  }

  /**
   * Finds what was presented genuine, or throws: UNAUTHENTICATED, EXPIRED, INVALID when the universes contradict each other,
   * NOT_FOUND when there is no such universe, UNAVAILABLE when identity is away. Whoever presents something bad is never silently anonymous.
   */
  async credential(presented: Presented): Promise<Credential> {
    const named = presented.universe === null || presented.universe === '' ? null : presented.universe;
    if (named !== null && !universeSlug.test(named))
      throw new Invalid('The universe is a slug such as "main".', { path: ['universe'] });
    const universe = named ?? defaultUniverse;
    this.check(universe);
    if (presented.authorization === null) {
      return { key: null, universe, universeNamed: named !== null, expiresAt: null, load: () => Promise.resolve(null) };
    }
    const token = tokenIn(presented.authorization);
    if (token === null) throw new Unauthenticated('The authorization header is "Bearer <token>".');
    if (token.startsWith('esk_')) {
      return {
        key: keyOf(token, universe),
        universe,
        universeNamed: named !== null,
        expiresAt: null,
        load: () => this.identity.byKey(token, universe),
      };
    }
    const claims = await this.tokens.verify(token);
    if (claims.universe !== null && !universeSlug.test(claims.universe))
      throw new Unauthenticated('This access token is not valid.');
    if (named !== null && claims.universe !== null && claims.universe !== named) throw anotherUniverse(claims.universe);
    const { subject, sessionId, delegate, expiresAt } = claims;
    const holds = claims.universe ?? universe;
    this.check(holds);
    return {
      key: JSON.stringify([holds, subject, sessionId, delegate]),
      universe: holds,
      universeNamed: named !== null,
      expiresAt,
      load: async () => {
        const snapshot = await this.identity.actor(subject, sessionId, delegate, holds);
        // Identity answers for whom it was asked; should it ever answer for another, nobody is better than the wrong one.
        return snapshot && snapshot.id === subject ? { ...snapshot, delegate, sessionId } : null;
      },
    };
  }

  /** What was presented, and who that is. Throws as `credential` and `actor` do. */
  async present(presented: Presented): Promise<{ credential: Credential; actor: ActorSnapshot }> {
    const credential = await this.credential(presented);
    return { credential, actor: await this.actor(credential) };
  }

  /** What was presented, to be looked at, or recognised without asking who that is. */
  trial(presented: Presented): {
    recognised: () => Promise<boolean>;
    look: () => ReturnType<Authentication['present']>;
  } {
    return { recognised: () => this.recognises(presented), look: () => this.present(presented) };
  }

  /** Whether it is genuine by what is at hand: a token by its signature, a key by having been one when it was used last. */
  private async recognises({ authorization, universe }: Presented): Promise<boolean> {
    const token = authorization === null ? null : tokenIn(authorization);
    if (token === null) return false;
    if (token.startsWith('esk_')) return this.snapshots.knew(keyOf(token, universe || defaultUniverse));
    return this.tokens.recognises(token);
  }

  /** The actor as a fresh snapshot at hand says; `undefined` when identity must be asked. Throws as `actor` does. */
  peek(credential: Credential): ActorSnapshot | undefined {
    if (credential.key === null) return anonymous(credential.universe);
    if (credential.expiresAt !== null && credential.expiresAt <= Date.now()) throw tokenEnded();
    const snapshot = this.snapshots.peek(credential.key);
    return snapshot === undefined ? undefined : this.known(merged(credential, snapshot));
  }

  /** The actor as identity knows it, at most five seconds old. Throws EXPIRED, UNAUTHENTICATED (revoked) or UNAVAILABLE. */
  async actor(credential: Credential): Promise<ActorSnapshot> {
    const fresh = this.peek(credential);
    if (fresh !== undefined || credential.key === null) return fresh ?? anonymous(credential.universe);
    return this.known(merged(credential, await this.snapshots.get(credential.key, credential.load)));
  }

  /** A key's row may name a universe that is not open here. */
  private known(actor: ActorSnapshot): ActorSnapshot {
    this.check(actor.universe);
    return actor;
  }

  private check(universe: string): void {
    const refusal = this.universes.refusal(universe);
    if (refusal) throw refusal;
  }
}

function tokenIn(authorization: string): string | null {
  const token = /^Bearer +([\x21-\x7e]+) *$/i.exec(authorization)?.[1];
  return token && token.length <= longestToken ? token : null;
}

/** Under which the snapshot of a key is kept. */
function keyOf(token: string, universe: string): string {
  return `key ${universe} ${createHash('sha256').update(token).digest('base64')}`;
}

/** What holds for one request besides the actor. */
export type Circumstances = Pick<RequestInfo, 'requestId' | 'traceparent' | 'client'>;

/** Everything a subgraph must know of one request. */
export function requestInfo(actor: ActorSnapshot, actingFor: string | null, circumstances: Circumstances): RequestInfo {
  return newRequestInfo(actor, { ...circumstances, actingFor: checkedActingFor(actor, actingFor) });
}

function merged(credential: Credential, snapshot: IdentitySnapshot | null): ActorSnapshot {
  if (snapshot === null) throw new Unauthenticated('This session or key has ended. Sign in again.');
  let universe = credential.universe;
  if (credential.expiresAt === null && snapshot.universe !== null && snapshot.universe !== universe) {
    // A service key belongs to a universe, and only its row says to which.
    if (credential.universeNamed) throw anotherUniverse(snapshot.universe);
    universe = snapshot.universe;
  }
  const ends = [credential.expiresAt, snapshot.expiresAt].filter((end) => end !== null);
  const expiresAt = ends.length > 0 ? Math.min(...ends) : null;
  if (expiresAt !== null && expiresAt <= Date.now()) throw tokenEnded();
  return { ...snapshot, universe, expiresAt };
}

function anotherUniverse(belongs: string): Invalid {
  return new Invalid(`This token belongs to the universe "${belongs}", and the request names another.`, {
    path: ['universe'],
  });
}
