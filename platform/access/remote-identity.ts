import type { ExecutionResult } from 'graphql';
import type { IdentityService } from './bearer.ts';
import { routerCredentialHeader, signedRequestHeader, signRequest } from './router.ts';

/** Milliseconds. A request waits for identity at most this long. */
const patience = 5_000;

/** Identity in another process, at the address of its subgraph. Rejects when it is away. */
export function remoteIdentity(url: string, routerSecret: string): IdentityService {
  return {
    async execute({ query, variables, operationName, info }) {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          [routerCredentialHeader]: routerSecret,
          [signedRequestHeader]: await signRequest(info, routerSecret),
        },
        body: JSON.stringify({ query, variables, operationName }),
        signal: AbortSignal.timeout(patience),
      });
      return (await response.json()) as ExecutionResult;
    },
  };
}
