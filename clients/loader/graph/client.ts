import { GraphError } from './errors.ts';
import { patiently, type Patience } from './patience.ts';
import { Transport } from './transport.ts';

/** The loader's credentials. */
export type Credentials = { email: string; password: string } | { actorKey: string };

/** Milliseconds before its expiry from which a token is renewed: a batch must not outlive it. */
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

/** The graph for a signed-in user. Renews tokens as they expire, and retries errors that may pass. */
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
   * Runs an idempotent operation with retries. `attempts` is for callers that have a better reaction than to retry. Throws `GraphError`
   * and `ConnectionLost`.
   */
  send<D>(query: string, variables: Record<string, unknown> = {}, attempts?: number): Promise<D> {
    return this.patiently(() => this.sendOnce<D>(query, variables), attempts === undefined ? {} : { attempts });
  }

  /** Runs idempotent work with this client's retries; `patience` overrides them. */
  patiently<T>(attempt: () => Promise<T>, patience: Patience = {}): Promise<T> {
    return patiently(attempt, { ...this.#patience, ...patience });
  }

  /** Runs an operation once with another actor's token. */
  sendWith<D>(token: string, query: string, variables: Record<string, unknown>): Promise<D> {
    return this.#transport.send<D>(query, variables, token);
  }

  /** Runs an operation that is not idempotent; only if the token has just expired is it renewed and the call repeated. */
  async sendOnce<D>(query: string, variables: Record<string, unknown> = {}): Promise<D> {
    const token = await this.#token();
    try {
      return await this.#transport.send<D>(query, variables, token);
    } catch (error) {
      if (!tokenIsAtFault(error) || !('email' in this.#credentials)) throw error;
      // Refused before anything was done, so repeating it is safe.
      if (this.#tokens?.accessToken === token) this.#tokens = null;
      return this.#transport.send<D>(query, variables, await this.#token());
    }
  }

  /** Ends the session, so that runs leave none behind, and closes the connections. */
  async close(): Promise<void> {
    try {
      if (this.#tokens) await this.#transport.send(signOut, {}, this.#tokens.accessToken);
    } catch (error) {
      // The session expires by itself; a lost server must not turn a finished import into a failed one.
      if (!(error instanceof Error)) throw error;
    } finally {
      await this.#transport.close();
    }
  }

  async #token(): Promise<string> {
    if ('actorKey' in this.#credentials) return this.#credentials.actorKey;
    const tokens = this.#tokens;
    if (tokens && !endsSoon(tokens.accessTokenExpiresAt)) return tokens.accessToken;
    // Concurrent calls wait for one sign-in: a refresh token works once.
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

  /** A refresh token works once: if the answer to its use was lost, the password is used instead. */
  async #renewed({ refreshToken }: Tokens): Promise<Tokens> {
    try {
      return (await this.#transport.send<{ tokens: Tokens }>(refresh, { input: { refreshToken } }, null)).tokens;
    } catch {
      return this.#signIn();
    }
  }
}

/** Whether a token would expire before a call started now is answered. */
export function endsSoon(expiresAt: string): boolean {
  return Date.parse(expiresAt) - Date.now() < renewBefore;
}

export function tokenIsAtFault(error: unknown): boolean {
  return error instanceof GraphError && ['UNAUTHENTICATED', 'EXPIRED'].includes(error.details.code);
}
