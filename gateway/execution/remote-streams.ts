import { createClient, type Client } from 'graphql-ws';
import type { ExecutionResult, GraphQLFormattedError } from 'graphql';
import { WebSocket, type ClientOptions } from 'ws';
import {
  connectionPurpose,
  operationDigest,
  operationPurpose,
  sign,
  type RouterKeys,
} from '../../platform/access/router.ts';
import type { SubgraphRequest, SubgraphStream } from '../../platform/serving/service.ts';
import { EventQueue } from '../../platform/streams/event-queue.ts';
import { StreamLost, StreamRefused } from './stream.ts';

/** Bytes of one event. */
const largestEvent = 4 * 1_048_576;
/** Events that may wait for the gateway to complete earlier ones; beyond it the stream is asked for anew from its cursor. */
const mostPending = 1_024;
/** Milliseconds between pings, and for a pong: a connection that died without a word is noticed within 17 seconds. */
const pingInterval = 12_000;
const pongPatience = 5_000;
/** Milliseconds for which an idle connection is kept, so that clients that come and go don't open one each time. */
const idleLifetime = 5_000;

class BoundedSocket extends WebSocket {
  constructor(address: string | URL, protocols?: string | string[], options?: ClientOptions) {
    super(address, protocols, {
      ...options,
      maxPayload: largestEvent,
      perMessageDeflate: false,
      handshakeTimeout: 5_000,
    });
  }
}

/**
 * The streams of one remote subgraph, over one connection that is opened when the first one needs it. A stream whose
 * connection breaks ends with `StreamLost`; asking again connects anew, with a freshly signed request. The client library's
 * own retry is off because it would send the old signature and could not ask for what was missed.
 */
export class RemoteStreams {
  private readonly client: Client;
  private readonly keys: RouterKeys;
  /** Counts the connections that the subgraph has accepted, and whether the last one stands. */
  private accepted = 0;
  private stands = false;

  constructor(url: string, keys: RouterKeys) {
    this.keys = keys;
    let silence: NodeJS.Timeout | undefined;
    this.client = createClient({
      url,
      webSocketImpl: BoundedSocket,
      lazy: true,
      lazyCloseTimeout: idleLifetime,
      keepAlive: pingInterval,
      connectionAckWaitTimeout: 5_000,
      retryAttempts: 0,
      shouldRetry: () => false,
      connectionParams: async () => ({ routerAuthorization: await sign(keys, { purpose: connectionPurpose }) }),
      on: {
        ping: (received) => {
          if (!received) silence = setTimeout(() => this.client.terminate(), pongPatience).unref();
        },
        pong: (received) => {
          if (received) clearTimeout(silence);
        },
        connected: () => {
          this.accepted += 1;
          this.stands = true;
        },
        closed: () => {
          this.stands = false;
          clearTimeout(silence);
        },
      },
    });
  }

  subscribe(request: SubgraphRequest): SubgraphStream {
    let stop: (() => void) | undefined;
    const queue = new EventQueue<ExecutionResult>({ onReturn: () => stop?.() });
    const { info, marks = false } = request;
    const digest = operationDigest(request, marks);
    void sign(this.keys, { purpose: operationPurpose, digest, info }).then(
      (signed) => {
        if (queue.hasEnded) return;
        const { query, variables, operationName } = request;
        const [before, stood] = [this.accepted, this.stands];
        const reached = (): boolean => stood || this.accepted > before;
        stop = this.client.subscribe<Record<string, unknown>>(
          {
            query,
            variables: variables ?? null,
            operationName: operationName ?? null,
            extensions: { ensembleRequest: signed, ...(marks ? { ensembleMarks: true } : {}) },
          },
          {
            next: (result) => {
              const event = result as ExecutionResult;
              // An answer with errors and without data is the subgraph refusing to begin.
              if (event.errors && event.data === undefined) queue.fail(new StreamRefused(event.errors));
              else if (queue.length >= mostPending) {
                queue.fail(new StreamLost('more events than could be completed', { stood: true }));
                stop?.();
              } else queue.push(event);
            },
            error: (error) =>
              queue.fail(
                Array.isArray(error) ? new StreamRefused(error as GraphQLFormattedError[]) : lost(error, reached()),
              ),
            complete: () => queue.end(),
          },
        );
        if (queue.hasEnded) stop();
      },
      (error: unknown) => queue.fail(error),
    );
    return queue;
  }

  async close(): Promise<void> {
    this.client.terminate();
    await Promise.resolve(this.client.dispose()).catch(() => undefined);
  }
}

/** A close event or a socket's error, as the reason why a stream was lost. */
function lost(reason: unknown, stood: boolean): StreamLost {
  const { code, reason: said, message } = (reason ?? {}) as { code?: unknown; reason?: unknown; message?: unknown };
  return new StreamLost([code, said, message].filter((part) => part !== undefined && part !== '').join(' '), {
    cause: reason,
    stood,
  });
}
