import { GraphError } from './errors.ts';
import { patiently, type Patience } from './patience.ts';
import { Transport } from './transport.ts';

/** Who the loader is to the graph. */
export type Credentials = { email: string; password: string } | { actorKey: string };

/** A token is renewed when it would end within this time, in milliseconds: a batch must not outlive it. */
const renewBefore = 60_000;

export const signIn = /* GraphQL */ `
  mutation LoaderSignIn($input: SessionSignInInput!) {
    tokens: sessionSignIn(input: $input) {
      accessToken
      accessTokenExpiresAt
      refreshToken
    }
  }
`;
export const refresh = /* GraphQL */ `
  mutation LoaderRefresh($input: SessionRefreshInput!) {
    tokens: sessionRefresh(input: $input) {
      accessToken
      accessTokenExpiresAt
      refreshToken
    }
  }
`;
export const signOut = /* GraphQL */ `
  mutation LoaderSignOut {
    sessionSignOut {
      signedOut
    }
  }
`;

interface Tokens {
  accessToken: string;
  accessTokenExpiresAt: string;
  refreshToken: string;
}

/** The graph as a signed-in user sees it. Tokens are renewed as they end; what may pass is tried again. */
export class GraphClient {
  readonly #transport: Transport;
  readonly #credentials: Credentials;
  readonly #patience: Patience;
  #tokens: Tokens | null = null;
  #renewing: Promise<Tokens> | null = null;

  constructor(url: string, credentials: Credentials, patience: Patience = {}, connections?: number) {
    this.#transport = new Transport(url, connections);
    this.#credentials = credentials;
    this.#patience = patience;
  }

  /**
   * Does an operation that changes nothing when it is done twice, with patience. `attempts` is for callers who know something
   * better than to try again. Throws `GraphError` and `ConnectionLost`.
   */
  send<D>(query: string, variables: Record<string, unknown> = {}, attempts?: number): Promise<D> {
    return this.patiently(() => this.sendOnce<D>(query, variables), attempts === undefined ? {} : { attempts });
  }

  /** Does what may be done twice with the patience of this client, but for what `patience` says otherwise. */
  patiently<T>(attempt: () => Promise<T>, patience: Patience = {}): Promise<T> {
    return patiently(attempt, { ...this.#patience, ...patience });
  }

  /** Does an operation once with somebody else's token. */
  sendWith<D>(token: string, query: string, variables: Record<string, unknown>): Promise<D> {
    return this.#transport.send<D>(query, variables, token);
  }

  /** Does an operation that must not be done twice; only a token that has just ended is renewed and the call made again. */
  async sendOnce<D>(query: string, variables: Record<string, unknown> = {}): Promise<D> {
    const token = await this.#token();
    try {
      return await this.#transport.send<D>(query, variables, token);
    } catch (error) {
      if (!tokenIsAtFault(error) || !('email' in this.#credentials)) throw error;
      // Refused before anything was done, so the second call is the first that counts.
      if (this.#tokens?.accessToken === token) this.#tokens = null;
      return this.#transport.send<D>(query, variables, await this.#token());
    }
  }

  /** Ends the session, so that none is left behind for each run, and the connections. */
  async close(): Promise<void> {
    try {
      if (this.#tokens) await this.#transport.send(signOut, {}, this.#tokens.accessToken);
    } catch (error) {
      // The session ends by itself; a server that has gone must not turn a finished import into a failed one.
      if (!(error instanceof Error)) throw error;
    } finally {
      await this.#transport.close();
    }
  }

  async #token(): Promise<string> {
    if ('actorKey' in this.#credentials) return this.#credentials.actorKey;
    const tokens = this.#tokens;
    if (tokens && !endsSoon(tokens.accessTokenExpiresAt)) return tokens.accessToken;
    // Calls that go out at once wait for one sign-in: a refresh token is good once.
    this.#renewing ??= (tokens ? this.#renewed(tokens) : this.#signIn()).finally(() => (this.#renewing = null));
    this.#tokens = await this.#renewing;
    return this.#tokens.accessToken;
  }

  async #signIn(): Promise<Tokens> {
    if (!('email' in this.#credentials)) throw new Error('A service key does not sign in.');
    const { email, password } = this.#credentials;
    const { tokens } = await this.#transport.send<{ tokens: Tokens }>(signIn, { input: { email, password } }, null);
    return tokens;
  }

  /** A refresh token works once: when the answer to its use was lost, the password is there. */
  async #renewed({ refreshToken }: Tokens): Promise<Tokens> {
    try {
      return (await this.#transport.send<{ tokens: Tokens }>(refresh, { input: { refreshToken } }, null)).tokens;
    } catch {
      return this.#signIn();
    }
  }
}

/** Whether a token would end before a call that begins now is answered. */
export function endsSoon(expiresAt: string): boolean {
  return Date.parse(expiresAt) - Date.now() < renewBefore;
}

export function tokenIsAtFault(error: unknown): boolean {
  return error instanceof GraphError && ['UNAUTHENTICATED', 'EXPIRED'].includes(error.details.code);
}
