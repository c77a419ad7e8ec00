import type { ExecutionResult, GraphQLError } from 'graphql';
import { createClient, type Client, type SubscribePayload } from 'graphql-ws';
import { WebSocket, type ClientOptions } from 'ws';
import type { SubgraphStream } from '../../platform/serving/service.ts';
import { EventQueue } from '../../platform/streams/event-queue.ts';
import { weigh } from './budget.ts';
import { StreamLost, StreamRefused } from './stream.ts';

/** Maximum bytes of one event. */
const largestEvent = 4 * 1_048_576;
/** Events that may wait for the gateway to complete earlier ones; beyond that the stream is reopened from its cursor. */
const mostPending = 1_024;
/** Bytes of the events that may wait: as one answer over HTTP. */
const mostPendingBytes = 16 * 1_048_576;
/** Milliseconds between pings, and until a pong: a dead connection is noticed within 17 seconds. */
const pingInterval = 12_000;
const pongPatience = 5_000;
/** Milliseconds for which an idle connection is kept, so that clients that come and go do not open a new one each time. */
export const idleLifetime = 5_000;

/** A class of sockets, because the client library makes its own. */
function socketsWith(headers: Readonly<Record<string, string>>): new (address: string | URL) => WebSocket {
  return class extends WebSocket {
    constructor(address: string | URL, protocols?: string | string[], options?: ClientOptions) {
      super(address, protocols, {
        ...options,
        headers: { ...options?.headers, ...headers },
        maxPayload: largestEvent,
        perMessageDeflate: false,
        handshakeTimeout: 5_000,
      });
    }
  };
}

export interface StreamOptions {
  url: string;
  /** The payload of connection_init, made anew for each connection. */
  params: () => Promise<Record<string, unknown>>;
  /** Headers of the upgrade. */
  headers?: Readonly<Record<string, string>>;
}

export interface ReadOptions {
  /** What is passed on of each result; all of it if absent. A result for which it throws ends the stream. */
  clean?: (result: ExecutionResult) => ExecutionResult;
  /** Called when the stream is over, for whatever reason. */
  onEnd?: () => void;
}

/**
 * Streams over one graphql-ws connection, which opens when the first stream needs it. When the connection breaks, its streams end with
 * `StreamLost`; subscribing again connects anew. The client library's retry is off because it would repeat the first request and could
 * not replay missed events.
 */
export class StreamClient {
  readonly #client: Client;
  /** Number of connections the subgraph has accepted, and whether the latest is open. */
  #accepted = 0;
  #stands = false;

  constructor({ url, params, headers = {} }: StreamOptions) {
    let silence: NodeJS.Timeout | undefined;
    this.#client = createClient({
      url,
      webSocketImpl: socketsWith(headers),
      lazy: true,
      lazyCloseTimeout: idleLifetime,
      keepAlive: pingInterval,
      connectionAckWaitTimeout: 5_000,
      retryAttempts: 0,
      shouldRetry: () => false,
      connectionParams: params,
      on: {
        ping: (received) => {
          if (!received) silence = setTimeout(() => this.#client.terminate(), pongPatience).unref();
        },
        pong: (received) => {
          if (received) clearTimeout(silence);
        },
        connected: () => {
          this.#accepted += 1;
          this.#stands = true;
        },
        closed: () => {
          this.#stands = false;
          clearTimeout(silence);
        },
      },
    });
  }

  /** Subscribes once the payload is there. */
  subscribe(
    payload: Promise<SubscribePayload>,
    { clean = (result) => result, onEnd = () => undefined }: ReadOptions = {},
  ): SubgraphStream {
    let stop: (() => void) | undefined;
    let isOver = false;
    const over = (): void => {
      if (!isOver) onEnd();
      isOver = true;
    };
    const queue = new EventQueue<ExecutionResult>({
      onReturn: () => {
        stop?.();
        over();
      },
    });
    const fail = (error: unknown): void => {
      queue.fail(error);
      over();
    };
    /** Ends a stream that the subgraph does not end. */
    const giveUp = (error: unknown): void => {
      fail(error);
      stop?.();
    };
    const pending = new PendingBytes();
    payload.then((sent) => {
      if (queue.hasEnded) return;
      const [before, stood] = [this.#accepted, this.#stands];
      const reached = (): boolean => stood || this.#accepted > before;
      stop = this.#client.subscribe<Record<string, unknown>>(sent, {
        next: (result) => {
          let event: ExecutionResult;
          try {
            event = clean(result as ExecutionResult);
          } catch (error) {
            // Thrown here, it would end the connection with all its streams.
            return giveUp(error);
          }
          // Errors without data mean that the subgraph refused the subscription.
          if (event.errors && event.data === undefined) return giveUp(new StreamRefused(event.errors));
          const waits = !queue.isWaiting && !queue.hasEnded;
          if (waits && (queue.length >= mostPending || pending.with(event, queue.length) > mostPendingBytes))
            return giveUp(new StreamLost('more events than could be completed', { stood: true }));
          queue.push(event);
        },
        error: (error) => {
          if (!Array.isArray(error)) return fail(lost(error, reached()));
          fail(new StreamRefused(clean({ errors: error as GraphQLError[] }).errors ?? []));
        },
        complete: () => {
          queue.end();
          over();
        },
      });
      if (queue.hasEnded) stop();
    }, fail);
    return queue;
  }

  async close(): Promise<void> {
    this.#client.terminate();
    await Promise.resolve(this.#client.dispose()).catch(() => undefined);
  }
}

/** The bytes of the events that wait for their reader. */
class PendingBytes {
  readonly #sizes: number[] = [];
  #sum = 0;

  /** The bytes with one event more, where so many wait. */
  with(event: ExecutionResult, waiting: number): number {
    while (this.#sizes.length > waiting) this.#sum -= this.#sizes.shift() ?? 0;
    const { bytes } = weigh(event, { objects: Infinity, bytes: largestEvent });
    this.#sizes.push(bytes);
    this.#sum += bytes;
    // One event is never too much.
    return waiting === 0 ? 0 : this.#sum;
  }
}

/** Converts a close event or socket error to `StreamLost`. */
function lost(reason: unknown, stood: boolean): StreamLost {
  const { code, reason: said, message } = (reason ?? {}) as { code?: unknown; reason?: unknown; message?: unknown };
  return new StreamLost([code, said, message].filter((part) => part !== undefined && part !== '').join(' '), {
    cause: reason,
    stood,
  });
}
