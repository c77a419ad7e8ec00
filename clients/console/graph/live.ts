import { createClient } from 'graphql-ws';
import { EXPLAIN } from './explain.ts';
import { codesOf, failure } from './transport.ts';
import type { Client } from 'graphql-ws';
import type { Resumable } from './resume.ts';
import type { GraphError, GraphRequest, GraphResult } from './transport.ts';

/** The part of a session that a connection needs. */
export interface LiveSession {
  /** Changes when the connection must be reopened. */
  readonly identity: { subscribe(changed: () => void): unknown };
  /** The headers that identify the user. */
  headers(): Promise<Record<string, string>>;
  currentToken(): string | null;
  /** Renews the token; true if there is a newer one now. */
  renew(stale: string): Promise<boolean>;
}

/** Receives the events and the state of a subscription. */
export interface LiveSink {
  next(result: GraphResult): void;
  /** Reports that events arrive again, or that the connection is being reopened. */
  connection(state: 'live' | 'reconnecting', note: string | null): void;
  complete(): void;
}

/** Ten attempts with doubling pauses take about three minutes: longer than a deployment, shorter than a forgotten tab. */
const MAX_ATTEMPTS = 10;
const LONGEST_PAUSE = 30_000;
/** Milliseconds between pings, which detect a dead connection. */
const KEEP_ALIVE = 20_000;

/**
 * Milliseconds after which a refused token may be renewed again: a computer may sleep past the expiry of a token every day, and a
 * server that refuses its own new token must not be called for ever.
 */
const RENEW_AGAIN = 60_000;

/** Our own close code: the client closes its socket so that the next one opens with another identity. */
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

/** Subscriptions over one WebSocket, which is reopened, with its subscriptions, if the identity changes or the network fails. */
export class LiveConnection {
  private readonly client: Client;
  private readonly session: LiveSession;

  /** `url` is the WebSocket's. */
  constructor(session: LiveSession, url: string) {
    this.session = session;
    this.client = createClient({
      url,
      connectionParams: () => session.headers(),
      keepAlive: KEEP_ALIVE,
      // We resubscribe ourselves, because only we know where the stream must continue.
      retryAttempts: 0,
    });
    session.identity.subscribe(() => this.client.terminate());
  }

  /** Starts a subscription; returns the function that ends it. */
  subscribe(request: GraphRequest, resume: Resumable | null, sink: LiveSink): () => void {
    let dispose: () => void = () => {};
    let timer: ReturnType<typeof setTimeout> | undefined;
    let ended = false;
    let attempts = 0;
    let renewedAt = Number.NEGATIVE_INFINITY;
    let cursor: string | null = null;
    let received = false;
    // Numbers the attempts: an abandoned one may still report its end.
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
            end(failure('UNREACHABLE', 'The connection was lost and could not be restored.'));
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

/** Prefers the server's own reason if it is more than the code's name. */
function closeWords(code: number, reason: unknown): string {
  const said = typeof reason === 'object' && reason !== null && 'reason' in reason ? String(reason.reason) : '';
  return said.includes(' ') ? said : (CLOSE_WORDS[code] ?? said);
}
