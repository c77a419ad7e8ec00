import { endsSoon, tokenIsAtFault, type GraphClient } from './client.ts';

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

/** Tokens that are kept, some 10 MB: a bidder whose token was forgotten gets another one. */
const tokensAtMost = 10_000;

/**
 * Acts on behalf of many people, each with a token of their own that is fetched when it is first needed and again before its ten
 * minutes are over. The sessions behind them end by themselves within the hour.
 */
export class Delegation {
  readonly #graph: GraphClient;
  readonly #reason: string;
  readonly #tokens = new Map<string, Promise<Token>>();

  /** `reason` stands in the audit trail; 3 to 500 characters. */
  constructor(graph: GraphClient, reason: string) {
    this.#graph = graph;
    this.#reason = reason;
  }

  /** Does, in somebody's name, what may be done twice. Throws `GraphError` and `ConnectionLost`. */
  send<D>(actorId: string, query: string, variables: Record<string, unknown>): Promise<D> {
    return this.#graph.patiently(async () => {
      const { accessToken } = await this.#token(actorId);
      try {
        return await this.#graph.sendWith<D>(accessToken, query, variables);
      } catch (error) {
        if (!tokenIsAtFault(error)) throw error;
        // Refused before anything was done; a session may have been ended from elsewhere.
        this.#tokens.delete(actorId);
        return this.#graph.sendWith<D>((await this.#token(actorId)).accessToken, query, variables);
      }
    });
  }

  /** Lots that run at once may have a bidder in common: they wait for one token. */
  async #token(actorId: string): Promise<Token> {
    const kept = this.#tokens.get(actorId);
    if (kept) {
      const known = await kept;
      if (!endsSoon(known.accessTokenExpiresAt)) return known;
      if (this.#tokens.get(actorId) !== kept) return this.#token(actorId);
    }
    const input = { actorId, reason: this.#reason };
    const coming = this.#graph
      .sendOnce<{ sessionActOnBehalf: Token }>(sessionActOnBehalf, { input })
      .then((answer) => answer.sessionActOnBehalf);
    this.#tokens.set(actorId, coming);
    if (this.#tokens.size > tokensAtMost) this.#tokens.delete(this.#tokens.keys().next().value ?? '');
    try {
      return await coming;
    } catch (error) {
      if (this.#tokens.get(actorId) === coming) this.#tokens.delete(actorId);
      throw error;
    }
  }
}
