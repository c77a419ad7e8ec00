import { createClient } from 'graphql-ws';
import { codesOf, failure } from './transport.ts';
import type { Client } from 'graphql-ws';
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

/** Where a stream continues after a lost connection. */
export interface Resumable {
  /** The cursor of an event's data; null if the event carries none. */
  cursorOf(data: unknown): string | null;
  /** The same operation after a cursor. */
  after(cursor: string): Partial<GraphRequest>;
}

export interface LiveOptions {
  /** Sent with each subscription. */
  readonly extensions?: Readonly<Record<string, unknown>>;
  /** For runtimes without a global WebSocket. */
  readonly webSocketImpl?: unknown;
  /** A number from 0 to 1, by which a pause is chosen; by default random. */
  readonly chance?: () => number;
}

/** Receives the events and the state of a subscription. */
export interface LiveSink {
  next(result: GraphResult): void;
  /** Reports that events arrive again, or that the connection is being reopened. */
  connection(state: Connection, note: string | null): void;
  complete(): void;
}

/**
 * `stale`: nothing has been heard for three seconds although the server sends something every two, so events may be missing until the
 * connection is restored or found dead.
 */
export type Connection = 'live' | 'stale' | 'reconnecting';

/** Attempts that take up to four minutes with their pauses, two on average: longer than a deployment, shorter than a forgotten tab. */
const MAX_ATTEMPTS = 14;
/** Milliseconds of the first pause at most; it doubles each time. Pauses are anything up to that, so that clients do not return together. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;
/** Milliseconds of silence after which data may be old, and those after which the connection is given up. */
const STALE_AFTER = 3_000;
const DEAD_AFTER = 10_000;
const LOOK_EVERY = 500;
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
  private readonly options: LiveOptions;
  private readonly hearing: Hearing;

  /** `url` is the WebSocket's. */
  constructor(session: LiveSession, url: string, options: LiveOptions = {}) {
    this.session = session;
    this.options = options;
    this.client = createClient({
      url,
      connectionParams: () => session.headers(),
      keepAlive: KEEP_ALIVE,
      // We resubscribe ourselves, because only we know where the stream must continue.
      retryAttempts: 0,
      ...(options.webSocketImpl ? { webSocketImpl: options.webSocketImpl } : {}),
    });
    this.hearing = new Hearing(this.client);
    session.identity.subscribe(() => this.client.terminate());
  }

  /** Ends all subscriptions and the connection. */
  async close(): Promise<void> {
    this.hearing.close();
    await this.client.dispose();
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
    let isLive = false;
    const leave = this.hearing.add((state) => {
      if (isLive) sink.connection(state, null);
    });

    const end = (result: GraphResult | null): void => {
      if (ended) return;
      ended = true;
      leave();
      if (result) sink.next(result);
      sink.complete();
    };

    const again = async (pause: number, renewToken: boolean): Promise<void> => {
      isLive = false;
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
      const asked = cursor !== null && resume ? { ...request, ...resume.after(cursor) } : request;
      const gap = received && (cursor === null || !resume);
      let first = true;
      const mine = ++turn;
      const payload = {
        ...asked,
        variables: asked.variables as Record<string, unknown> | undefined,
        ...(this.options.extensions ? { extensions: this.options.extensions } : {}),
      };
      dispose = this.client.subscribe(payload, {
        next: (value) => {
          if (ended || mine !== turn) return;
          const result = value as GraphResult;
          if (first) {
            first = false;
            attempts = 0;
            isLive = true;
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
            else if (isPassing(result) && attempts < MAX_ATTEMPTS) void again(this.pause(attempts++), false);
            else end(result);
            return;
          }
          const code = closeCode(reason);
          if (code === TERMINATED) void again(0, false);
          else if (code === UNAUTHORIZED && this.mayRenew(renewedAt)) void again(0, true);
          else if (code !== null && code in CLOSE_WORDS) end(failure(`CLOSED_${code}`, closeWords(code, reason)));
          else if (attempts >= MAX_ATTEMPTS)
            end(failure('UNREACHABLE', 'The connection was lost and could not be restored.'));
          else void again(this.pause(attempts++), false);
        },
        complete: () => {
          if (mine === turn) end(null);
        },
      });
    };

    open();
    return () => {
      ended = true;
      leave();
      clearTimeout(timer);
      dispose();
    };
  }

  /** Milliseconds before another attempt: full jitter, https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/. */
  private pause(attempts: number): number {
    const { chance = Math.random } = this.options;
    return chance() * Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** attempts);
  }

  private mayRenew(renewedAt: number): boolean {
    return Date.now() - renewedAt >= RENEW_AGAIN && this.session.currentToken() !== null;
  }
}

/** Whether the server says that the same may succeed later. */
function isPassing({ errors = [] }: GraphResult): boolean {
  return errors.length > 0 && errors.every(({ extensions }) => extensions?.['retryable'] === true);
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

/** Notices when a server that sends something every two seconds falls silent. One that never does is left alone. */
class Hearing {
  private readonly client: Client;
  private readonly told = new Set<(state: 'live' | 'stale') => void>();
  private readonly unhear: (() => void)[];
  private timer: ReturnType<typeof setInterval> | undefined;
  private beats = false;
  private isStale = false;
  private heardAt = 0;

  constructor(client: Client) {
    this.client = client;
    this.unhear = [
      client.on('message', () => this.hear()),
      client.on('ping', (isReceived) => {
        if (isReceived) this.beats = true;
      }),
      client.on('closed', () => {
        this.beats = false;
        this.isStale = false;
      }),
    ];
  }

  /** Calls back when the connection falls silent, and when it is heard again. Returns a function that ends it. */
  add(tell: (state: 'live' | 'stale') => void): () => void {
    this.told.add(tell);
    this.timer ??= setInterval(() => this.look(), LOOK_EVERY);
    return () => {
      this.told.delete(tell);
      if (this.told.size === 0) this.stop();
    };
  }

  close(): void {
    this.told.clear();
    this.stop();
    for (const each of this.unhear) each();
  }

  private stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private hear(): void {
    this.heardAt = performance.now();
    if (!this.isStale) return;
    this.isStale = false;
    for (const tell of this.told) tell('live');
  }

  private look(): void {
    if (!this.beats) return;
    const silence = performance.now() - this.heardAt;
    // Closes the socket; the subscriptions are opened again on another one.
    if (silence > DEAD_AFTER) return this.client.terminate();
    if (silence <= STALE_AFTER || this.isStale) return;
    this.isStale = true;
    for (const tell of this.told) tell('stale');
  }
}
