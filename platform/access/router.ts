import { createHash, timingSafeEqual } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import type { RequestInfo } from '../context/request.ts';

/**
 * How a request crosses from one process to another: a router credential says that a router of the house asks, a signed
 * copy of the request says for whom. Both rest on ROUTER_SECRET.
 */

/** The header that carries the router credential. */
export const routerCredentialHeader = 'router-authorization';
/** The header that carries the signed request. */
export const signedRequestHeader = 'ensemble-request';

/** Seconds. Long enough for a slow hop and a small clock difference, short enough that a leaked copy is soon worthless. */
const lifetime = 60;
/** Seconds by which the clocks of two machines may differ. */
const clockTolerance = 5;
/** Keeps a token that was signed for another purpose with the same secret from being taken for a request. */
const audience = 'ensemble-subgraph';

/** Signs a request for `lifetime` seconds (HS256). */
export async function signRequest(info: RequestInfo, secret: string): Promise<string> {
  return new SignJWT({ info })
    .setProtectedHeader({ alg: 'HS256' })
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime(`${lifetime}s`)
    .sign(new TextEncoder().encode(secret));
}

/** The request that was signed. Throws when the signature, the purpose or the age is not right. */
export async function verifyRequest(jwt: string, secret: string): Promise<RequestInfo> {
  const { payload } = await jwtVerify(jwt, new TextEncoder().encode(secret), {
    algorithms: ['HS256'],
    audience,
    maxTokenAge: lifetime,
    clockTolerance,
    requiredClaims: ['iat', 'exp', 'info'],
  });
  return payload['info'] as RequestInfo;
}

/** Whether `given` is the router credential. Takes the same time whatever is given, so that it cannot be guessed by the clock. */
export function routerCredentialIs(given: string | null | undefined, secret: string): boolean {
  if (!given) return false;
  const digest = (value: string) => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(given), digest(secret));
}
