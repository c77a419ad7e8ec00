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
import type { ClientHeaders } from '../headers/forwarding.ts';
import { IdentityClient, type IdentitySnapshot } from './identity.ts';
import { Issuer, type IssuerConfig } from './issuer.ts';
import { SnapshotCache, type RightsNews } from './snapshots.ts';

/** The credentials that a client presents in its headers or its `connection_init`. */
export interface Presented {
  /** `Bearer <access token or esk_ key>`; `null` for an anonymous client. */
  authorization: string | null;
  universe: string | null;
}

/** A verified token or key. It holds no rights: those are looked up each time. */
export interface Credential {
  /** The key of the cached snapshot; `null` for anonymous. */
  readonly key: string | null;
  /** The universe of the token or header; the snapshot of a key may name another. */
  readonly universe: string;
  /** Whether the client named the universe; a service key of another universe is then refused. */
  readonly universeNamed: boolean;
  /** The token's expiry in milliseconds since 1970; `null` for keys and for anonymous. */
  readonly expiresAt: number | null;
  readonly load: () => Promise<IdentitySnapshot | null>;
  /** Whether facts about its actors tell every change of its rights; those of a key also depend on its creator and owner. */
  readonly isTold?: boolean;
}

/** Maximum characters of a token or key. Ours have a few hundred. */
const longestToken = 8_192;

/**
 * Authenticates clients: verifies tokens and keys, and looks up rights in identity, cached for five seconds, or for a minute while
 * every change is told.
 */
export class Authentication {
  /** Absent in a supergraph without identity. Without an issuer everybody is anonymous there. */
  private readonly identity: IdentityClient | null;
  private readonly tokens: TokenVerifier;
  /** Of a supergraph without identity. */
  private readonly issuer: Issuer | null;
  private readonly snapshots = new SnapshotCache();
  private readonly universes: Universes;

  constructor(identity: SubgraphService | null, universes: Universes, log: Logger, issuer: IssuerConfig | null = null) {
    this.universes = universes;
    this.issuer = issuer && new Issuer(issuer, log);
    const client = identity && new IdentityClient(identity, log);
    this.identity = client;
    this.tokens = new TokenVerifier(async () => client?.keys() ?? { keys: [] });
  }

  /** The public keys of access tokens. */
  keys(): Promise<JSONWebKeySet> {
    return this.tokens.published();
  }

  /** From now on each change of rights is told to `drop`, while the news are healthy. */
  followRights(news: RightsNews): void {
    this.snapshots.news = news;
  }

  /** Forgets the snapshots of an actor whose rights or sessions have changed. */
  drop(actorId: string): void {
    this.snapshots.drop(actorId);
  }

  /**
   * Verifies what was presented. Throws UNAUTHENTICATED, EXPIRED, INVALID when the universes contradict each other, NOT_FOUND when
   * the universe does not exist, UNAVAILABLE when identity is unavailable. Invalid credentials never fall back to anonymous.
   */
  async credential(presented: Presented): Promise<Credential> {
    const named = presented.universe === null || presented.universe === '' ? null : presented.universe;
    if (named !== null && !universeSlug.test(named))
      throw new Invalid('universe: must be a slug such as "main".', { path: ['universe'] });
    const universe = named ?? defaultUniverse;
    this.check(universe);
    const { identity, issuer } = this;
    if (presented.authorization === null || (identity === null && issuer === null)) {
      return { key: null, universe, universeNamed: named !== null, expiresAt: null, load: () => Promise.resolve(null) };
    }
    const token = tokenIn(presented.authorization);
    if (token === null) throw new Unauthenticated('authorization: must be "Bearer <token>".');
    if (issuer !== null) {
      const { key, actor } = await issuer.viewer(token, universe);
      const load = (): Promise<ActorSnapshot> => Promise.resolve(actor);
      return { key, universe, universeNamed: named !== null, expiresAt: actor.expiresAt, load };
    }
    if (identity === null) throw new Error('A token is verified by identity or by an issuer.');
    if (token.startsWith('esk_')) {
      return {
        key: keyOf(token, universe),
        universe,
        universeNamed: named !== null,
        expiresAt: null,
        load: () => identity.byKey(token, universe),
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
      isTold: true,
      universe: holds,
      universeNamed: named !== null,
      expiresAt,
      load: async () => {
        const snapshot = await identity.actor(subject, sessionId, delegate, holds);
        // Guards against a snapshot of another actor: no actor is better than a wrong one.
        return snapshot && snapshot.id === subject ? { ...snapshot, delegate, sessionId } : null;
      },
    };
  }

  /** Verifies what was presented and looks up its actor. Throws as `credential` and `actor` do. */
  async present(presented: Presented): Promise<{ credential: Credential; actor: ActorSnapshot }> {
    const credential = await this.credential(presented);
    return { credential, actor: await this.actor(credential) };
  }

  /** Functions that verify what was presented (`look`), or recognise it without asking identity who it is. */
  trial(presented: Presented): {
    recognised: () => Promise<boolean>;
    look: () => ReturnType<Authentication['present']>;
  } {
    return { recognised: () => this.recognises(presented), look: () => this.present(presented) };
  }

  /** Whether it is genuine by local knowledge: a token by its signature, a key if it was valid when last used. */
  private async recognises({ authorization, universe }: Presented): Promise<boolean> {
    const token = authorization === null ? null : tokenIn(authorization);
    if (token === null) return false;
    if (this.issuer !== null) return this.issuer.recognises(token, universe || defaultUniverse);
    if (token.startsWith('esk_')) return this.snapshots.knew(keyOf(token, universe || defaultUniverse));
    return this.tokens.recognises(token);
  }

  /** The actor from a fresh cached snapshot; `undefined` when identity must be asked. Throws as `actor` does. */
  peek(credential: Credential): ActorSnapshot | undefined {
    if (credential.key === null) return anonymous(credential.universe);
    if (credential.expiresAt !== null && credential.expiresAt <= Date.now()) throw tokenEnded();
    const snapshot = this.snapshots.peek(credential.key);
    return snapshot === undefined ? undefined : this.known(merged(credential, snapshot));
  }

  /** The actor according to identity, at most five seconds old or up to date by the news. Throws EXPIRED, UNAUTHENTICATED (revoked) or UNAVAILABLE. */
  async actor(credential: Credential): Promise<ActorSnapshot> {
    const fresh = this.peek(credential);
    if (fresh !== undefined || credential.key === null) return fresh ?? anonymous(credential.universe);
    return this.known(merged(credential, await this.snapshots.get(credential.key, credential.load, credential.isTold)));
  }

  /** A key's row may name a universe that is not open on this server. */
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

/** The cache key for the snapshot of a service key. */
function keyOf(token: string, universe: string): string {
  return `key ${universe} ${createHash('sha256').update(token).digest('base64')}`;
}

/** The properties of one request besides the actor. */
export interface Circumstances extends Pick<RequestInfo, 'requestId' | 'traceparent' | 'client'> {
  /** Absent where no foreign subgraph is asked. */
  headers?: ClientHeaders;
  /** Name and version of the client program, as its headers say; for the log. */
  program?: string | null;
  /** The audience whose schema the client uses; that of everybody if absent. */
  audience?: string | null;
}

/** The request info that subgraphs receive. */
export function requestInfo(actor: ActorSnapshot, actingFor: string | null, circumstances: Circumstances): RequestInfo {
  const { headers, program: _, audience: __, ...known } = circumstances;
  return newRequestInfo(actor, {
    ...known,
    forwarded: headers?.of(actor),
    actingFor: checkedActingFor(actor, actingFor),
  });
}

function merged(credential: Credential, snapshot: IdentitySnapshot | null): ActorSnapshot {
  if (snapshot === null) throw new Unauthenticated('This session or key has ended. Sign in again.');
  let universe = credential.universe;
  if (credential.expiresAt === null && snapshot.universe !== null && snapshot.universe !== universe) {
    // A service key belongs to a universe that only its row names.
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
