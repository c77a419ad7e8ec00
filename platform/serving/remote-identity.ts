import type { ExecutionResult } from 'graphql';
import type { IdentityService } from './bearer.ts';
import { routerKeysOf, signedPost } from '../access/router.ts';

/** Milliseconds that a request waits for identity at most. */
const patience = 5_000;

/** Identity in another process, at the address of its subgraph. Rejects if it cannot be reached. */
export function remoteIdentity(url: string, routerSecret: string): IdentityService {
  const keys = routerKeysOf(routerSecret, 'identity');
  return {
    async execute({ info, ...operation }) {
      const { headers, body } = await signedPost(keys, operation, info);
      const response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(patience) });
      return (await response.json()) as ExecutionResult;
    },
  };
}
