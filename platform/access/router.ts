import { createHash, createSecretKey, hkdfSync, randomUUID, timingSafeEqual, type KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import type { RequestInfo } from '../context/request.ts';
import { LimitExceeded } from '../errors/errors.ts';

/**
 * How a request travels from one process to another. ROUTER_SECRET itself never travels: each subgraph has two keys, derived
 * from the secret and the subgraph's name, so a signature or credential for one subgraph is useless at another.
 *
 * The gateway signs each request (a JWT, HS256) for one subgraph, one method and path, one body, half a minute and one use. A router
 * that cannot sign sends the subgraph's credential instead: its requests are accepted, but cannot state the actor.
 */

/** The header that carries the signature or the credential. */
export const routerHeader = 'router-authorization';

/** Seconds for which a signature is valid: long enough for a slow hop, short enough that few used ids have to be remembered. */
export const signatureLifetime = 30;

/** The purposes of signatures: GraphQL requests, at whatever path a proxy serves them, and stream connections and operations. */
export const graphqlPurpose = 'POST /graphql';
export const connectionPurpose = 'graphql-ws connection';
export const operationPurpose = 'graphql-ws operation';

/** Bytes of headers that clients may send: Node's own limit, which the gateway keeps. */
const clientHeaders = 16_384;
/**
 * Bytes of a signature that carries its request, as on the HTTP routes. Of these, a hundred memberships take about 13 kB, all
 * permissions as scopes 5 kB, and the longest user agent 22 kB.
 */
const largestSignature = 49_152;
/** Bytes of headers that a subgraph accepts. 1 KiB is for the headers that the gateway adds. */
export const largestHeaders = clientHeaders + largestSignature + 1_024;

/** The keys of one subgraph. */
export interface RouterKeys {
  readonly os: string;
  /** Signs requests. Never leaves a process. */
  readonly signing: KeyObject;
  /** Sent by a router that cannot sign. */
  readonly credential: string;
}

export function routerKeysOf(secret: string, os: string): RouterKeys {
  const derive = (purpose: string) => Buffer.from(hkdfSync('sha256', secret, '', `ensemble ${purpose} ${os}`, 32));
  return {
    os,
    signing: createSecretKey(derive('router signature')),
    credential: derive('router credential').toString('base64url'),
  };
}

/** The payload of a signature besides its audience and time. */
export interface Signed {
  /** Method and path, or the part of a stream's protocol. */
  purpose: string;
  /** The digest of the body or operation; absent where the body is streamed through. */
  digest?: string;
  /** The caller; absent where the body carries it. */
  info?: RequestInfo;
}

/** An operation as sent in a body or a message. */
export interface SignedOperation {
  query: string;
  variables?: Record<string, unknown> | null | undefined;
  operationName?: string | null | undefined;
}

/** Signs for one use within `signatureLifetime`. */
export async function sign({ os, signing }: RouterKeys, { purpose, digest, info }: Signed): Promise<string> {
  return new SignJWT({ purpose, ...(digest ? { digest } : {}), ...(info ? { info: ours(info) } : {}) })
    .setProtectedHeader({ alg: 'HS256' })
    .setAudience(os)
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime(`${signatureLifetime}s`)
    .sign(signing);
}

/** What an OS gets of a request: the client's headers for foreign subgraphs stay here. */
function ours({ forwarded: _forwarded, ...info }: RequestInfo): RequestInfo {
  return info;
}

/** A GraphQL request over HTTP: the body carries the caller, because a header is too small for it, and the signature covers the body. */
export async function signedPost(
  keys: RouterKeys,
  { query, variables, operationName }: SignedOperation,
  info: RequestInfo,
): Promise<{ headers: Record<string, string>; body: string }> {
  const body = JSON.stringify({ query, variables, operationName, extensions: { ensembleRequest: ours(info) } });
  const signature = await sign(keys, { purpose: graphqlPurpose, digest: digestOf(body) });
  return { headers: { 'content-type': 'application/json', [routerHeader]: signature }, body };
}

/** The header of a request whose body is streamed through. Throws `LimitExceeded` if the caller's data does not fit into it. */
export async function signedRoute(
  keys: RouterKeys,
  method: string,
  path: string,
  info: RequestInfo,
): Promise<Record<string, string>> {
  const signature = await sign(keys, { purpose: `${method} ${path}`, info });
  if (signature.length > largestSignature)
    throw new LimitExceeded(
      `The signed request data has ${signature.length} bytes; at most ${largestSignature} are allowed. Send a shorter user-agent.`,
    );
  return { [routerHeader]: signature };
}

export function digestOf(bytes: string | Buffer): string {
  return createHash('sha256').update(bytes).digest('base64url');
}

/** The digest of a stream's operation, including `marks`, since it changes the answer. */
export function operationDigest({ query, variables, operationName }: SignedOperation, marks: boolean): string {
  return digestOf(JSON.stringify([query, variables ?? null, operationName ?? null, marks]));
}

/** Whether `given` is the credential. Runs in constant time, so that the credential cannot be guessed by timing. */
export function credentialIs(given: string | null | undefined, { credential }: RouterKeys): boolean {
  if (!given) return false;
  const digest = (value: string) => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(given), digest(credential));
}
