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

/** Tokens cached, about 10 MB; an evicted one is fetched again. */
const tokensAtMost = 10_000;

/**
 * Acts on behalf of many users, each with a separate token that is fetched when first needed and again before its ten minutes are
 * over. The sessions behind them expire by themselves within the hour.
 */
export class Delegation {
  readonly #graph: GraphClient;
  readonly #reason: string;
  readonly #tokens = new Map<string, Promise<Token>>();

  /** `reason` appears in the audit trail; 3 to 500 characters. */
  constructor(graph: GraphClient, reason: string) {
    this.#graph = graph;
    this.#reason = reason;
  }

  /** Runs an idempotent operation as an actor. Throws `GraphError` and `ConnectionLost`. */
  send<D>(actorId: string, query: string, variables: Record<string, unknown>): Promise<D> {
    return this.#graph.patiently(async () => {
      const { accessToken } = await this.#token(actorId);
      try {
        return await this.#graph.sendWith<D>(accessToken, query, variables);
      } catch (error) {
        if (!tokenIsAtFault(error)) throw error;
        // Refused before anything was done; the session may have been ended elsewhere.
        this.#tokens.delete(actorId);
        return this.#graph.sendWith<D>((await this.#token(actorId)).accessToken, query, variables);
      }
    });
  }

  /** Concurrent lots may share a bidder: they wait for one token. */
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
