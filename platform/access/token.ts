import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { createLocalJWKSet, errors, jwtVerify, type JSONWebKeySet, type JWTPayload } from 'jose';
import { LRUCache } from 'lru-cache';
import { routerActorId } from '../context/actor.ts';
import { Expired, Unauthenticated } from '../errors/errors.ts';

/** What an access token states: the subject and the expiry, never rights. */
export interface TokenClaims {
  subject: string;
  sessionId: string | null;
  /** The actual caller, if they act on behalf of the subject. */
  delegate: string | null;
  universe: string | null;
  /** Milliseconds since 1970. */
  expiresAt: number;
}

/** Milliseconds after which keys are fetched again, so that a withdrawn key is not trusted for longer. */
const keyLifetime = 60_000;
/**
 * Milliseconds between fetches caused by unknown keys, because anybody can invent key ids. The token waits meanwhile: its key
 * may be newer than our copy, and a user who just signed in must not be rejected.
 */
const unknownKeyPause = 1_000;
/** Verified tokens cached, so that a page of twenty calls costs one signature check. 10,000 take about 4 MB. */
const mostTokens = 10_000;

/**
 * Verifies access tokens (EdDSA) against identity's published keys. `fetch` gets the keys; only one fetch runs at a time. They
 * are cached for a minute; while identity is unavailable, the last known keys stay in use.
 */
export class TokenVerifier {
  private readonly fetch: () => Promise<JSONWebKeySet>;
  private readonly verified = new LRUCache<string, { claims: TokenClaims; at: number }>({ max: mostTokens });
  private keys: { published: JSONWebKeySet; find: ReturnType<typeof createLocalJWKSet>; at: number } | undefined;
  private fetching: Promise<void> | undefined;

  constructor(fetch: () => Promise<JSONWebKeySet>) {
    this.fetch = fetch;
  }

  /** Identity's public keys, at most a minute old while identity answers. Throws UNAVAILABLE if none were ever fetched. */
  async published(): Promise<JSONWebKeySet> {
    await this.freshen(keyLifetime);
    return this.keys?.published ?? { keys: [] };
  }

  /** The claims of a valid token. Throws UNAUTHENTICATED, EXPIRED, or UNAVAILABLE if the keys cannot be fetched. */
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

  /** Whether a token is signed by a known key, expired or not. Fetches keys at most once a minute, and calls nothing else. */
  async recognises(token: string): Promise<boolean> {
    try {
      await this.freshen(keyLifetime);
      await this.check(token);
      return true;
    } catch (error) {
      // The client must learn that its token has expired, so that it refreshes it.
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

  /** Fetches the keys if they are older than `age` milliseconds. Concurrent callers share one fetch. */
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
  return new Expired('This access token has expired. Refresh it and try again.');
}

function claimsOf(payload: JWTPayload): TokenClaims {
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null);
  const act = payload['act'] as { sub?: unknown } | undefined;
  const subject = text(payload.sub);
  // Subgraphs trust the routers' own name, so no token may carry it.
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

/** Drops private key parts, should one ever be published by mistake. */
function withoutPrivateParts<K extends object>(key: K): K {
  const secret = new Set(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']);
  return Object.fromEntries(Object.entries(key).filter(([name]) => !secret.has(name))) as K;
}
