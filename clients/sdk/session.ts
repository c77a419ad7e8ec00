import { GraphError } from './error.ts';
import { codesOf, post, type GraphAnswer, type GraphResult, type PostOptions } from './transport.ts';
import type { LiveSession } from './live.ts';

/** Milliseconds of validity that a token must have when a request starts. */
const LEAST_LEFT = 10_000;

const signIn = /* GraphQL */ `
  mutation SdkSignIn($input: SessionSignInInput!) {
    tokens: sessionSignIn(input: $input) {
      accessToken
      accessTokenExpiresAt
      refreshToken
    }
  }
`;
const refresh = /* GraphQL */ `
  mutation SdkRefresh($input: SessionRefreshInput!) {
    tokens: sessionRefresh(input: $input) {
      accessToken
      accessTokenExpiresAt
      refreshToken
    }
  }
`;
const signOut = /* GraphQL */ `
  mutation SdkSignOut {
    sessionSignOut {
      signedOut
    }
  }
`;

/** The tokens of a sign-in. Keep them as safe as a password. */
export interface Tokens {
  accessToken: string;
  /** When it expires by this machine's clock, milliseconds since 1970. */
  expiresAt: number;
  /** Works once. */
  refreshToken: string;
}

/** Where tokens are kept between starts of a program; by default nowhere. Several programs must not share one store. */
export interface TokenStore {
  read(): Tokens | null | Promise<Tokens | null>;
  /** Null after a sign-out, or when the server has ended the session. */
  write(tokens: Tokens | null): void | Promise<void>;
}

export interface SessionOptions {
  readonly url: string;
  readonly fetch?: typeof fetch;
  readonly store?: TokenStore;
  /** The key of an agent or service, instead of a sign-in. */
  readonly actorKey?: string;
  /** The organization for which the actor acts. */
  readonly actingFor?: string;
  readonly universe?: string;
}

/** Who uses the graph: signs in and out, and renews tokens before and when they expire, one renewal at a time. */
export class Session implements LiveSession {
  readonly identity: { subscribe(changed: () => void): () => void };
  readonly #options: SessionOptions;
  readonly #changed = new Set<() => void>();
  #tokens: Tokens | null = null;
  #read: Promise<void> | null = null;
  #renewing: Promise<boolean> | null = null;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.identity = {
      subscribe: (changed) => {
        this.#changed.add(changed);
        return () => this.#changed.delete(changed);
      },
    };
  }

  /** Throws `GraphError`: UNAUTHENTICATED for wrong credentials, TOO_MANY after many attempts. */
  async signIn(email: string, password: string): Promise<void> {
    await this.#ready();
    const answer = await this.#post(signIn, { input: { email, password } });
    await this.#keep(tokensIn(answer) ?? refuse(answer));
    this.#tell();
  }

  /** Ends the session here and on the server; here it ends even if the server cannot be reached. */
  async signOut(): Promise<void> {
    await this.#ready();
    const headers = await this.headers();
    if (this.#tokens) await this.#post(signOut, {}, headers);
    await this.#keep(null);
    this.#tell();
  }

  async headers(): Promise<Record<string, string>> {
    await this.#ready();
    const { actorKey, actingFor, universe } = this.#options;
    const tokens = this.#tokens;
    if (tokens && tokens.expiresAt - Date.now() < LEAST_LEFT) await this.renew(tokens.accessToken);
    const token = actorKey ?? this.#tokens?.accessToken;
    return {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(token && actingFor ? { 'acting-for': actingFor } : {}),
      ...(universe ? { universe } : {}),
    };
  }

  currentToken(): string | null {
    return this.#tokens?.accessToken ?? null;
  }

  renew(stale: string): Promise<boolean> {
    this.#renewing ??= this.#renew(stale).finally(() => {
      this.#renewing = null;
    });
    return this.#renewing;
  }

  async #renew(stale: string): Promise<boolean> {
    const tokens = this.#tokens;
    if (!tokens || tokens.accessToken !== stale) return tokens !== null;
    const answer = await this.#post(refresh, { input: { refreshToken: tokens.refreshToken } });
    const renewed = tokensIn(answer);
    if (renewed) await this.#keep(renewed);
    // A server that cannot be reached has not ended the session.
    else if (codesOf(answer.result).includes('UNAUTHENTICATED')) await this.#keep(null);
    return renewed !== null;
  }

  #ready(): Promise<void> {
    const { store } = this.#options;
    this.#read ??= Promise.resolve(store?.read() ?? null).then((tokens) => {
      this.#tokens = tokens;
    });
    return this.#read;
  }

  async #keep(tokens: Tokens | null): Promise<void> {
    this.#tokens = tokens;
    await this.#options.store?.write(tokens);
  }

  #tell(): void {
    for (const changed of this.#changed) changed();
  }

  #post(query: string, variables: unknown, headers: Record<string, string> = {}): Promise<GraphAnswer> {
    const { url, fetch: send, universe } = this.#options;
    const options: PostOptions = { url, ...(send ? { fetch: send } : {}) };
    return post({ query, variables }, { ...(universe ? { universe } : {}), ...headers }, options);
  }
}

function tokensIn({ result, clockOffset }: GraphAnswer): Tokens | null {
  const { tokens } = (result.data ?? {}) as { tokens?: Partial<Record<string, unknown>> | null };
  const { accessToken, accessTokenExpiresAt, refreshToken } = tokens ?? {};
  if (typeof accessToken !== 'string' || typeof refreshToken !== 'string') return null;
  const expires = Date.parse(String(accessTokenExpiresAt));
  return { accessToken, refreshToken, expiresAt: expires - (clockOffset ?? 0) };
}

function refuse({ result, requestId }: { result: GraphResult; requestId: string | null }): never {
  throw new GraphError(result, requestId);
}
