import type { SubscribePayload } from 'graphql-ws';
import { operationDigest, operationPurpose, routerHeader, routerKeysOf, type Signed } from '../access/router.ts';
import { Signatures } from '../access/signatures.ts';
import { anonymous, defaultUniverse } from '../context/actor.ts';
import { newRequestInfo, type RequestInfo } from '../context/request.ts';
import { Refusal } from './refusal.ts';

/**
 * Identifies the bearer of a token, for third-party routers, which pass on the user's `authorization`, `universe` and `acting-for`. Throws
 * if the token is not genuine.
 */
export type VerifyBearer = (
  bearer: string,
  headers: Readonly<Record<string, string | undefined>>,
) => Promise<RequestInfo>;

/** Identifies who asks an OS through a router. */
export class Askers {
  readonly #signatures: Signatures;
  readonly #verifyBearer: VerifyBearer | undefined;

  constructor(routerSecret: string, os: string, verifyBearer?: VerifyBearer) {
    this.#signatures = new Signatures(routerKeysOf(routerSecret, os));
    this.#verifyBearer = verifyBearer;
  }

  /** The content of a signature; `null` if the credential is given instead. */
  async signed(given: string | undefined, purpose: string): Promise<Signed | null> {
    if (this.#signatures.isCredential(given)) return null;
    if (!given) throw new Refusal(401, 'UNAUTHENTICATED', `${routerHeader}: is missing.`);
    return this.#signatures.take(given, purpose).catch(() => {
      throw new Refusal(401, 'UNAUTHENTICATED', `${routerHeader}: is wrong, too old or used before.`);
    });
  }

  /** The identity in a signed request. */
  infoOf(info: unknown): RequestInfo {
    if (typeof info !== 'object' || info === null)
      throw new Refusal(401, 'UNAUTHENTICATED', 'The signature does not identify an actor.');
    return info as RequestInfo;
  }

  /** The identity behind a router that cannot sign. Claims about an actor in the request itself are ignored. */
  async unsigned(headers: Readonly<Record<string, string | undefined>>): Promise<RequestInfo> {
    const bearer = /^Bearer +(\S+)$/i.exec(headers['authorization'] ?? '')?.[1];
    if (headers['authorization'] && !(bearer && this.#verifyBearer)) {
      throw new Refusal(401, 'UNAUTHENTICATED', 'authorization: bearer tokens are not accepted here.');
    }
    if (bearer && this.#verifyBearer) return this.#verifyBearer(bearer, headers);
    return newRequestInfo(anonymous(headers['universe'] ?? defaultUniverse), {
      requestId: headers['x-request-id'],
      traceparent: headers['traceparent'] ?? null,
    });
  }

  /** The identity of an operation on a WebSocket, by the signature of that operation. */
  async operation(given: unknown, payload: SubscribePayload): Promise<RequestInfo> {
    const signed =
      typeof given === 'string' ? await this.#signatures.take(given, operationPurpose).catch(() => null) : null;
    const digest = operationDigest(payload, payload.extensions?.['ensembleMarks'] === true);
    if (signed?.digest !== digest)
      throw new Refusal(
        401,
        'UNAUTHENTICATED',
        'extensions.ensembleRequest: is not a signature of this operation, or has expired.',
      );
    return this.infoOf(signed.info);
  }
}
