import { endsSoon, tokenIsAtFault, type GraphClient } from './client.ts';
import type { Patience } from './patience.ts';

export const sessionActOnBehalf = /* GraphQL */ `
  mutation LoaderActOnBehalf($input: SessionActOnBehalfInput!) {
    sessionActOnBehalf(input: $input) {
      accessToken
      accessTokenExpiresAt
    }
  }
`;

interface Token {
  accessToken: string;
  accessTokenExpiresAt: string;
}

/**
 * Acts on behalf of many people, each with a token of their own that is fetched when it is first needed and again before its ten
 * minutes are over. The sessions behind them end by themselves within the hour.
 */
export class Delegation {
  readonly #graph: GraphClient;
  readonly #reason: string;
  readonly #tokens = new Map<string, Token>();

  /** `reason` stands in the audit trail; 3 to 500 characters. */
  constructor(graph: GraphClient, reason: string) {
    this.#graph = graph;
    this.#reason = reason;
  }

  /** Does, in somebody's name, what may be done twice. Throws `GraphError` and `ConnectionLost`. */
  send<D>(actorId: string, query: string, variables: Record<string, unknown>, patience: Patience = {}): Promise<D> {
    return this.#graph.patiently(async () => {
      try {
        return await this.#graph.sendWith<D>(await this.#token(actorId), query, variables);
      } catch (error) {
        if (!tokenIsAtFault(error)) throw error;
        // Refused before anything was done; a session may have been ended from elsewhere.
        this.#tokens.delete(actorId);
        return this.#graph.sendWith<D>(await this.#token(actorId), query, variables);
      }
    }, patience);
  }

  async #token(actorId: string): Promise<string> {
    const known = this.#tokens.get(actorId);
    if (known && !endsSoon(known.accessTokenExpiresAt)) return known.accessToken;
    const input = { actorId, reason: this.#reason };
    const answer = await this.#graph.sendOnce<{ sessionActOnBehalf: Token }>(sessionActOnBehalf, { input });
    this.#tokens.set(actorId, answer.sessionActOnBehalf);
    return answer.sessionActOnBehalf.accessToken;
  }
}
