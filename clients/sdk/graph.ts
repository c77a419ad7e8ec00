import { declares, sentOf, type Document } from './document.ts';
import { GraphError } from './error.ts';
import { Events } from './events.ts';
import { isJsonObject } from './json.ts';
import { Kept, type KeepOptions } from './keep.ts';
import { LiveConnection, type Connection, type Resumable } from './live.ts';
import { Session, type SessionOptions } from './session.ts';
import { codesOf, post, type GraphAnswer, type GraphRequest } from './transport.ts';

/** Events that may wait for a reader. */
const EVENTS_WAITING = 10_000;

export interface GraphOptions extends SessionOptions {
  /** Milliseconds for an answer; 120,000 by default. */
  readonly timeout?: number;
  /** For runtimes without a global WebSocket, such as Node 20: the class of `ws`. */
  readonly webSocketImpl?: unknown;
}

export interface AskOptions {
  readonly signal?: AbortSignal;
  /** More headers. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface SubscribeOptions {
  readonly signal?: AbortSignal;
  /** Continues after this cursor. */
  readonly after?: string | null;
  /** Called when events arrive, when the data may be old, and when the connection is reopened. */
  readonly onConnection?: (state: Connection) => void;
}

/** The graph: operations, live streams and live lists for one user. */
export class Graph {
  readonly session: Session;
  readonly #options: GraphOptions;
  readonly #live: LiveConnection;
  readonly #open = new Set<() => void>();

  constructor(options: GraphOptions) {
    this.#options = options;
    this.session = new Session(options);
    const socketUrl = options.url.replace(/^http/, 'ws');
    const { webSocketImpl } = options;
    this.#live = new LiveConnection(this.session, socketUrl, webSocketImpl ? { webSocketImpl } : {});
  }

  /**
   * Runs a query or mutation. Throws `GraphError` if anything of it failed, with the rest of the answer in `data`; AbortError when
   * `signal` is aborted. Nothing is repeated but what an expired token refused.
   */
  async ask<TData = unknown, TVariables = Record<string, unknown>>(
    document: Document<TData, TVariables>,
    variables?: TVariables,
    { signal, headers = {} }: AskOptions = {},
  ): Promise<TData> {
    const request = { ...sentOf(document as Document<unknown, never>), variables: variables ?? {} };
    let answer = await this.#post(request, headers, signal);
    const token = this.session.currentToken();
    // Refused as a whole, so nothing was done.
    const isRefused = !answer.result.data && codesOf(answer.result).includes('UNAUTHENTICATED');
    if (isRefused && token && (await this.session.renew(token))) answer = await this.#post(request, headers, signal);
    const { result, requestId } = answer;
    if (result.errors || result.data === undefined || result.data === null) throw new GraphError(result, requestId);
    return result.data as TData;
  }

  /**
   * The events of a subscription. If the operation declares `$after` and its events select `cursor`, they continue without gap or
   * duplicate over lost connections, restarts and renewed tokens. Throws `GraphError` when the stream is refused or lost for good, or an
   * event has no data: EXPIRED means that the cursor is too old, and that a query must be repeated.
   */
  subscribe<TData = unknown, TVariables = Record<string, unknown>>(
    document: Document<TData, TVariables>,
    variables?: TVariables,
    { signal, after = null, onConnection }: SubscribeOptions = {},
  ): AsyncIterableIterator<TData> {
    const sent = sentOf(document as Document<unknown, never>);
    const given = (variables ?? {}) as Record<string, unknown>;
    const request: GraphRequest = { ...sent, variables: after === null ? given : { ...given, after } };
    const resume: Resumable | null = declares(sent, 'after')
      ? { cursorOf, after: (cursor) => ({ variables: { ...given, after: cursor } }) }
      : null;
    let stop: () => void = () => undefined;
    const over = (): void => {
      stop();
      this.#open.delete(close);
      signal?.removeEventListener('abort', close);
    };
    const events = new Events<TData>(EVENTS_WAITING, over);
    const close = (): void => void events.return();
    this.#open.add(close);
    signal?.addEventListener('abort', close, { once: true });
    stop = this.#live.subscribe(request, resume, {
      next: ({ data, errors }) => {
        if (data !== undefined && data !== null) return events.push(data as TData);
        // The stream was refused, or an event could not be completed: the reader decides whether to go on from its last cursor.
        events.end(new GraphError({ errors: errors ?? [] }));
        over();
      },
      connection: (state) => onConnection?.(state),
      complete: () => {
        events.end();
        over();
      },
    });
    if (signal?.aborted) close();
    return events;
  }

  /** A list that a query reads and a stream keeps true; see `KeepOptions`. */
  keep<TItem, TList, TListVariables, TEvent, TEventVariables>(
    options: KeepOptions<TItem, TList, TListVariables, TEvent, TEventVariables>,
  ): Kept<TItem> {
    const kept = new Kept<TItem>(this, options as KeepOptions<TItem, unknown, unknown, unknown, unknown>);
    const close = (): void => kept.close();
    this.#open.add(close);
    kept.onClose(() => this.#open.delete(close));
    return kept;
  }

  /** Ends all streams and lists, and the connection. */
  async close(): Promise<void> {
    for (const close of this.#open) close();
    this.#open.clear();
    await this.#live.close();
  }

  async #post(request: GraphRequest, headers: AskOptions['headers'], signal?: AbortSignal): Promise<GraphAnswer> {
    const { url, fetch: send, timeout } = this.#options;
    return post(
      request,
      { ...(await this.session.headers()), ...headers },
      { url, signal, ...(send ? { fetch: send } : {}), ...(timeout ? { timeout } : {}) },
    );
  }
}

/** The cursor of an event: the field `cursor` of the one root field. */
function cursorOf(data: unknown): string | null {
  const [event] = isJsonObject(data) ? Object.values(data) : [];
  const cursor = isJsonObject(event) ? event['cursor'] : null;
  return typeof cursor === 'string' ? cursor : null;
}
