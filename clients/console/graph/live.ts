import { createClient } from 'graphql-ws';
import { EXPLAIN } from './explain.ts';
import { codesOf, failure } from './transport.ts';
import type { Client } from 'graphql-ws';
import type { Resumable } from './resume.ts';
import type { GraphError, GraphRequest, GraphResult } from './transport.ts';

/** Who asks, as far as a connection must know. */
export interface LiveSession {
  /** Tells when the connection has to be made anew. */
  readonly identity: { subscribe(changed: () => void): unknown };
  /** The headers that say who asks. */
  headers(): Promise<Record<string, string>>;
  currentToken(): string | null;
  /** Whether there is a newer token than this one now. */
  renew(stale: string): Promise<boolean>;
}

/** What a subscription tells whoever watches it. */
export interface LiveSink {
  next(result: GraphResult): void;
  /** Events flow again, or the connection is being made anew. */
  connection(state: 'live' | 'reconnecting', note: string | null): void;
  complete(): void;
}

/**
 * Ten attempts with doubling pauses are about three minutes: longer than a deployment, shorter than a forgotten tab.
 */
const MAX_ATTEMPTS = 10;
const LONGEST_PAUSE = 30_000;
/** Pings notice a dead connection that no packet has closed. Milliseconds. */
const KEEP_ALIVE = 20_000;

/**
 * A refused token is renewed once, and again after so many milliseconds: a computer sleeps past the end of a token every day,
 * and a server that refuses what it has just given must not be asked for ever.
 */
const RENEW_AGAIN = 60_000;

/** Our own: the client ends its socket so that the next one opens under another identity. */
const TERMINATED = 4499;
const UNAUTHORIZED = 4401;

const CLOSE_WORDS: Readonly<Record<number, string>> = {
  1008: 'The server refused the connection.',
  1009: 'The operation is too large.',
  4400: 'The server did not understand the subscription.',
  4401: 'Sign in to use this subscription.',
  4403: 'This connection is not allowed.',
  4406: 'The server does not speak graphql-transport-ws.',
  4429: 'The server refused: too many connections or subscriptions.',
};

/**
 * Subscriptions over one WebSocket, which is opened anew, events included, when the identity changes or the network
 * fails.
 */
export class LiveConnection {
  private readonly client: Client;
  private readonly session: LiveSession;

  /** `url` is that of the WebSocket. */
  constructor(session: LiveSession, url: string) {
    this.session = session;
    this.client = createClient({
      url,
      connectionParams: () => session.headers(),
      keepAlive: KEEP_ALIVE,
      // We subscribe again ourselves, because only we know where the stream has to go on.
      retryAttempts: 0,
    });
    session.identity.subscribe(() => this.client.terminate());
  }

  /** Starts a subscription; answers the function that ends it. */
  subscribe(request: GraphRequest, resume: Resumable | null, sink: LiveSink): () => void {
    let dispose: () => void = () => {};
    let timer: ReturnType<typeof setTimeout> | undefined;
    let ended = false;
    let attempts = 0;
    let renewedAt = Number.NEGATIVE_INFINITY;
    let cursor: string | null = null;
    let received = false;
    // Counts the subscriptions made in turn: one that was given up may still report its end.
    let turn = 0;

    const end = (result: GraphResult | null): void => {
      if (ended) return;
      ended = true;
      if (result) sink.next(result);
      sink.complete();
    };

    const again = async (pause: number, renewToken: boolean): Promise<void> => {
      sink.connection('reconnecting', null);
      if (renewToken) {
        const token = this.session.currentToken();
        renewedAt = Date.now();
        if (!token || !(await this.session.renew(token))) {
          end(failure('UNAUTHENTICATED', CLOSE_WORDS[UNAUTHORIZED] ?? ''));
          return;
        }
      }
      if (!ended) timer = setTimeout(open, pause);
    };

    const open = (): void => {
      const query = cursor !== null && resume ? resume.after(cursor) : request.query;
      const gap = received && (cursor === null || !resume);
      let first = true;
      const mine = ++turn;
      const payload = {
        query,
        variables: request.variables as Record<string, unknown> | undefined,
        operationName: request.operationName,
        extensions: EXPLAIN,
      };
      dispose = this.client.subscribe(payload, {
        next: (value) => {
          if (ended || mine !== turn) return;
          const result = value as GraphResult;
          if (first) {
            first = false;
            attempts = 0;
            sink.connection('live', gap ? 'Reconnected: events in between may be missing.' : null);
          }
          if (!received && isRefused(result) && this.mayRenew(renewedAt)) {
            turn += 1;
            dispose();
            void again(0, true);
            return;
          }
          received = true;
          cursor = resume?.cursorOf(result.data) ?? cursor;
          sink.next(result);
        },
        error: (reason) => {
          if (ended || mine !== turn) return;
          if (Array.isArray(reason)) {
            const result = { errors: reason as GraphError[] };
            if (isRefused(result) && this.mayRenew(renewedAt)) void again(0, true);
            else end(result);
            return;
          }
          const code = closeCode(reason);
          if (code === TERMINATED) void again(0, false);
          else if (code === UNAUTHORIZED && this.mayRenew(renewedAt)) void again(0, true);
          else if (code !== null && code in CLOSE_WORDS) end(failure(`CLOSED_${code}`, closeWords(code, reason)));
          else if (attempts >= MAX_ATTEMPTS)
            end(failure('UNREACHABLE', 'The connection is lost and could not be made again.'));
          else void again(Math.min(LONGEST_PAUSE, 500 * 2 ** attempts++) * (0.8 + Math.random() * 0.4), false);
        },
        complete: () => {
          if (mine === turn) end(null);
        },
      });
    };

    open();
    return () => {
      ended = true;
      clearTimeout(timer);
      dispose();
    };
  }

  private mayRenew(renewedAt: number): boolean {
    return Date.now() - renewedAt >= RENEW_AGAIN && this.session.currentToken() !== null;
  }
}

function isRefused(result: GraphResult): boolean {
  return codesOf(result).includes('UNAUTHENTICATED');
}

function closeCode(reason: unknown): number | null {
  const known = typeof reason === 'object' && reason !== null && 'code' in reason && typeof reason.code === 'number';
  return known ? (reason as { code: number }).code : null;
}

/** The server's own reason is the better one where it gave more than the code's name. */
function closeWords(code: number, reason: unknown): string {
  const said = typeof reason === 'object' && reason !== null && 'reason' in reason ? String(reason.reason) : '';
  return said.includes(' ') ? said : (CLOSE_WORDS[code] ?? said);
}
