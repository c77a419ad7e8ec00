import { createHash } from 'node:crypto';
import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { LRUCache } from 'lru-cache';
import { tokenEnded } from '../../platform/access/token.ts';
import { anonymous, type ActorSnapshot } from '../../platform/context/actor.ts';
import { Unauthenticated, Unavailable } from '../../platform/errors/errors.ts';
import type { Logger } from '../../platform/telemetry/log.ts';
import { scopesOf } from './claims.ts';

/** Signatures of asymmetric keys: a published key that is also a shared secret would let anybody sign. */
const algorithms = 'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519'.split(' ');
/** Milliseconds between two fetches of the keys for unknown key ids, which anybody can invent. */
const cooldown = 30_000;
/** Milliseconds for the issuer to answer with its keys. */
const patience = 5_000;
/** Milliseconds after which keys are fetched again, so that a withdrawn key is not trusted for longer. */
const keyLifetime = 600_000;
/** Milliseconds for which a verified token is not verified again, and their number; 10,000 take about 10 MB. */
const tokenLifetime = 60_000;
const mostTokens = 10_000;
/** Seconds by which the issuer's clock may differ. */
const clockTolerance = 5;

export interface IssuerConfig {
  jwksUrl: string;
  /** The expected `iss`; null accepts any that these keys sign. */
  issuer: string | null;
  /** The expected `aud`; null accepts any. */
  audience: string | null;
}

/** An OIDC issuer outside of this house: verifies its access tokens and reads the viewer from their claims. */
export class Issuer {
  readonly #config: IssuerConfig;
  readonly #keys: JWTVerifyGetKey;
  readonly #log: Logger;
  readonly #verified = new LRUCache<string, ActorSnapshot>({ max: mostTokens, ttl: tokenLifetime });

  constructor(config: IssuerConfig, log: Logger) {
    this.#config = config;
    this.#log = log;
    this.#keys = createRemoteJWKSet(new URL(config.jwksUrl), {
      cooldownDuration: cooldown,
      timeoutDuration: patience,
      cacheMaxAge: keyLifetime,
    });
  }

  /** The key under which a token is known, and its viewer. Throws UNAUTHENTICATED, EXPIRED, or UNAVAILABLE without the keys. */
  async viewer(token: string, universe: string): Promise<{ key: string; actor: ActorSnapshot }> {
    const key = `token ${universe} ${createHash('sha256').update(token).digest('base64')}`;
    let actor = this.#verified.get(key);
    if (actor === undefined) this.#verified.set(key, (actor = actorOf(await this.#payload(token), universe)));
    if (actor.expiresAt !== null && actor.expiresAt <= Date.now()) throw tokenEnded();
    return { key, actor };
  }

  /** Whether the issuer signed the token, expired or not. */
  async recognises(token: string, universe: string): Promise<boolean> {
    return this.viewer(token, universe).then(
      () => true,
      (error: unknown) => !(error instanceof Unauthenticated),
    );
  }

  async #payload(token: string): Promise<JWTPayload> {
    const { issuer, audience } = this.#config;
    try {
      const { payload } = await jwtVerify(token, this.#keys, {
        algorithms,
        clockTolerance,
        requiredClaims: ['sub', 'exp'],
        ...(issuer === null ? {} : { issuer }),
        ...(audience === null ? {} : { audience }),
      });
      return payload;
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw tokenEnded();
      const isFault = error instanceof errors.JOSEError && !isAway(error);
      if (isFault) throw new Unauthenticated('This access token is not valid.');
      this.#log.warn({ err: error }, 'the issuer did not answer with its keys');
      throw new Unavailable('Authentication is unavailable: the issuer does not answer.', { retryAfter: 1 });
    }
  }
}

/** Whether the keys could not be fetched: jose then throws its base class, or a timeout. */
function isAway(error: errors.JOSEError): boolean {
  return (
    error.code === 'ERR_JOSE_GENERIC' || error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid
  );
}

function actorOf(payload: JWTPayload, universe: string): ActorSnapshot {
  const { sub, exp } = payload;
  if (typeof sub !== 'string' || sub === '' || typeof exp !== 'number')
    throw new Unauthenticated('This access token is not valid.');
  const { iat: _iat, exp: _exp, nbf: _nbf, jti: _jti, ...claims } = payload;
  // Open streams must notice when a new token of the same viewer has other rights.
  const rights = createHash('sha256').update(JSON.stringify(claims)).digest('hex');
  return {
    ...anonymous(universe),
    id: sub,
    kind: 'USER',
    scopes: scopesOf(claims),
    claims,
    rightsVersion: Number.parseInt(rights.slice(0, 12), 16),
    expiresAt: exp * 1_000,
  };
}
