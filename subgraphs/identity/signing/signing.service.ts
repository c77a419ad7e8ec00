import { exportJWK, generateKeyPair, importJWK, SignJWT, type CryptoKey, type JWK } from 'jose';
import { LRUCache } from 'lru-cache';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { Context } from '../../../platform/context/context.ts';
import { defaultUniverse } from '../../../platform/context/actor.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { seal, unseal } from '../../../platform/secrets/seal.ts';
import { SigningKey } from './signing-key.entity.ts';

/** Lifetime of an access token in seconds. Short, because it cannot be revoked; rights are looked up anyway. */
export const accessTokenSeconds = 10 * 60;

/** How long a key signs, in milliseconds, before a new one is created. Old ones stay published. */
const keyLifetime = 90 * 24 * 3600 * 1000;

export const issuer = 'ensemble';

export interface SigningPair {
  kid: string;
  privateKey: CryptoKey;
  madeAt: Date;
}

/** Unsealed keys of this process; one is in use, the rest expire. */
const opened = new LRUCache<string, SigningPair>({ max: 100, ttl: 60_000 });

/** Keys belong to the installation, not to one universe. */
const everywhere = { filters: { universe: false } } as const;

/** The key that signs now; created if there is none or the newest is too old. Slow, so it belongs in `prepare`. */
export async function signingKey(context: Context): Promise<SigningPair> {
  const [newest] = await context.em.find(
    SigningKey,
    {},
    { ...everywhere, orderBy: { createdAt: 'desc', id: 'desc' }, limit: 1, populate: ['sealedPrivateKey'] },
  );
  if (newest && context.now().getTime() - newest.createdAt.getTime() < keyLifetime) {
    const known = opened.get(newest.id);
    if (known) return known;
    const privateKey = await openKey(newest, context.secrets.sealingKey);
    const pair = { kid: newest.id, privateKey, madeAt: newest.createdAt };
    opened.set(newest.id, pair);
    return pair;
  }
  return makeSigningKey(context);
}

async function makeSigningKey(context: Context): Promise<SigningPair> {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const now = context.now();
  const id = newId('sgk');
  const publicJwk: JWK = { ...(await exportJWK(publicKey)), kid: id, alg: 'EdDSA', use: 'sig' };
  const sealed = seal(JSON.stringify(await exportJWK(privateKey)), context.secrets.sealingKey, id);
  const em = context.em.fork({ clear: true }) as SqlEntityManager;
  const standard = { id, universeId: defaultUniverse, createdAt: now, updatedAt: now };
  em.persist(em.create(SigningKey, { ...standard, publicKey: publicJwk, sealedPrivateKey: sealed }));
  // Two processes may create one at the same time: both are published, and the newer one signs.
  await em.flush();
  return { kid: id, privateKey, madeAt: now };
}

async function openKey(key: SigningKey, sealingKey: Uint8Array): Promise<CryptoKey> {
  const jwk = JSON.parse(unseal(key.sealedPrivateKey, sealingKey, key.id)) as JWK;
  return (await importJWK(jwk, 'EdDSA')) as CryptoKey;
}

export interface AccessToken {
  accessToken: string;
  accessTokenExpiresAt: Date;
}

export async function signAccessToken(
  key: SigningPair,
  claims: { actorId: string; kind: string; sessionId: string; universe: string; delegateId?: string | null },
  now: Date,
): Promise<AccessToken> {
  const seconds = Math.floor(now.getTime() / 1000);
  const expires = seconds + accessTokenSeconds;
  const accessToken = await new SignJWT({
    kind: claims.kind,
    sid: claims.sessionId,
    unv: claims.universe,
    ...(claims.delegateId ? { act: { sub: claims.delegateId } } : {}),
  })
    .setProtectedHeader({ alg: 'EdDSA', kid: key.kid })
    .setSubject(claims.actorId)
    .setIssuer(issuer)
    .setIssuedAt(seconds)
    .setExpirationTime(expires)
    .sign(key.privateKey);
  return { accessToken, accessTokenExpiresAt: new Date(expires * 1000) };
}

/** The public keys that verify access tokens. */
export async function publishedKeys(context: Context): Promise<{ keys: JWK[] }> {
  const keys = await context.em.find(SigningKey, {}, { ...everywhere, orderBy: { createdAt: 'desc' }, limit: 20 });
  return { keys: keys.map((key) => key.publicKey) };
}
