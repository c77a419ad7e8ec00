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

/** Maximum bytes of one event. */
const largestEvent = 4 * 1_048_576;
/** Events that may wait for the gateway to complete earlier ones; beyond that the stream is reopened from its cursor. */
const mostPending = 1_024;
/** Milliseconds between pings, and until a pong: a dead connection is noticed within 17 seconds. */
const pingInterval = 12_000;
const pongPatience = 5_000;
/** Milliseconds for which an idle connection is kept, so that clients that come and go do not open a new one each time. */
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
 * The streams of one remote subgraph over one connection, which opens when the first stream needs it. When the connection breaks, its
 * streams end with `StreamLost`; subscribing again connects anew with a freshly signed request. The client library's retry is off
 * because it would send the old signature and could not replay missed events.
 */
export class RemoteStreams {
  private readonly client: Client;
  private readonly keys: RouterKeys;
  /** Number of connections the subgraph has accepted, and whether the latest is open. */
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
              // Errors without data mean that the subgraph refused the subscription.
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

/** Converts a close event or socket error to `StreamLost`. */
function lost(reason: unknown, stood: boolean): StreamLost {
  const { code, reason: said, message } = (reason ?? {}) as { code?: unknown; reason?: unknown; message?: unknown };
  return new StreamLost([code, said, message].filter((part) => part !== undefined && part !== '').join(' '), {
    cause: reason,
    stood,
  });
}
