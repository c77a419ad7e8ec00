import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { createLocalJWKSet, errors, jwtVerify, type JSONWebKeySet, type JWTPayload } from 'jose';
import { LRUCache } from 'lru-cache';
import { routerActorId } from '../context/actor.ts';
import { Expired, Unauthenticated } from '../errors/errors.ts';

/** What an access token says: who, and until when. Never what they may do. */
export interface TokenClaims {
  subject: string;
  sessionId: string | null;
  /** Who really acts, when acting on behalf of the subject. */
  delegate: string | null;
  universe: string | null;
  /** Milliseconds since 1970. */
  expiresAt: number;
}

/** Keys are asked for again after a minute, so that one that was withdrawn does not live on here. */
const keyLifetime = 60_000;
/**
 * A token with an unknown key makes us ask for the keys again, at most this often, because anybody can invent key names. The
 * token waits meanwhile: a key may be younger than our copy, and who just signed in must not be turned away.
 */
const unknownKeyPause = 1_000;
/** Verified tokens kept, so that a page of twenty calls costs one signature check. 10,000 are about 4 MB. */
const mostTokens = 10_000;

/**
 * Verifies access tokens (EdDSA) against identity's published keys. The keys are fetched by `fetch`, once at a time, and kept
 * for a minute; while identity is away, the last known ones go on being used.
 */
export class TokenVerifier {
  private readonly fetch: () => Promise<JSONWebKeySet>;
  private readonly verified = new LRUCache<string, { claims: TokenClaims; at: number }>({ max: mostTokens });
  private keys: { published: JSONWebKeySet; find: ReturnType<typeof createLocalJWKSet>; at: number } | undefined;
  private fetching: Promise<void> | undefined;

  constructor(fetch: () => Promise<JSONWebKeySet>) {
    this.fetch = fetch;
  }

  /** Identity's public keys, at most a minute old while identity answers. Throws UNAVAILABLE when it never did. */
  async published(): Promise<JSONWebKeySet> {
    await this.freshen(keyLifetime);
    return this.keys?.published ?? { keys: [] };
  }

  /** The claims of a valid token. Throws UNAUTHENTICATED, EXPIRED, or UNAVAILABLE when the keys cannot be had. */
  async verify(token: string): Promise<TokenClaims> {
    const fingerprint = createHash('sha256').update(token).digest('base64');
    const before = this.verified.get(fingerprint);
    if (before && Date.now() - before.at < keyLifetime) {
      if (before.claims.expiresAt <= Date.now()) throw tokenEnded();
      return before.claims;
    }
    await this.freshen(keyLifetime);
    let payload: JWTPayload;
    try {
      payload = await this.check(token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw this.refusal(error);
      const age = Date.now() - (this.keys?.at ?? 0);
      if (age < unknownKeyPause) await setTimeout(unknownKeyPause - age + 5);
      await this.freshen(unknownKeyPause);
      payload = await this.check(token).catch((again: unknown) => {
        throw this.refusal(again);
      });
    }
    const claims = claimsOf(payload);
    this.verified.set(fingerprint, { claims, at: Date.now() });
    return claims;
  }

  /** Whether a token is signed by a key at hand, over or not. Nobody is asked but for keys, once a minute at most. */
  async recognises(token: string): Promise<boolean> {
    try {
      await this.freshen(keyLifetime);
      await this.check(token);
      return true;
    } catch (error) {
      // Its client is to hear that it is over, and refreshes it.
      return error instanceof errors.JWTExpired;
    }
  }

  private async check(token: string): Promise<JWTPayload> {
    if (!this.keys) throw new errors.JWKSNoMatchingKey();
    const { payload } = await jwtVerify(token, this.keys.find, {
      algorithms: ['EdDSA', 'Ed25519'],
      issuer: 'ensemble',
      requiredClaims: ['sub', 'exp', 'iat'],
    });
    return payload;
  }

  private refusal(error: unknown): Error {
    if (error instanceof errors.JWTExpired) return tokenEnded();
    if (error instanceof errors.JOSEError) return new Unauthenticated('This access token is not valid.');
    return error instanceof Error ? error : new Error(String(error));
  }

  /** Fetches the keys when they are older than `age` milliseconds. Callers at the same time share one fetch. */
  private async freshen(age: number): Promise<void> {
    if (this.keys && Date.now() - this.keys.at < age) return;
    this.fetching ??= this.fetch()
      .then((published) => {
        const publicOnly = { keys: published.keys.map((key) => withoutPrivateParts(key)) };
        this.keys = { published: publicOnly, find: createLocalJWKSet(publicOnly), at: Date.now() };
      })
      .finally(() => {
        this.fetching = undefined;
      });
    try {
      await this.fetching;
    } catch (error) {
      if (!this.keys) throw error;
    }
  }
}

export function tokenEnded(): Expired {
  return new Expired('This access token has ended. Refresh it and try again.');
}

function claimsOf(payload: JWTPayload): TokenClaims {
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null);
  const act = payload['act'] as { sub?: unknown } | undefined;
  const subject = text(payload.sub);
  // The routers' own name: whoever bears it is trusted by subgraphs, so no token may.
  if (!subject || subject === routerActorId || payload.exp === undefined)
    throw new Unauthenticated('This access token is not valid.');
  return {
    subject,
    sessionId: text(payload['sid']),
    delegate: text(act?.sub),
    universe: text(payload['unv']),
    expiresAt: payload.exp * 1000,
  };
}

/** Should a private key ever stand among the published ones, it ends here. */
function withoutPrivateParts<K extends object>(key: K): K {
  const secret = new Set(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']);
  return Object.fromEntries(Object.entries(key).filter(([name]) => !secret.has(name))) as K;
}
