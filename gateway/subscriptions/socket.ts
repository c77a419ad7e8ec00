import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { handleProtocols, makeServer, type Server } from 'graphql-ws';
import { WebSocketServer } from 'ws';
import { wordsOf } from '../../platform/serving/request.ts';
import type { Logger } from '../../platform/telemetry/log.ts';
import type { Authentication } from '../authentication/authentication.ts';
import { circumstancesOf, requestIdOf } from '../authentication/client.ts';
import { codeOf, errorTable, goingAway, toGraphQLError, type ErrorFormat } from '../errors.ts';
import type { HeaderForwarding } from '../headers/forwarding.ts';
import { addressOf } from '../limits/consumer.ts';
import { crowd } from '../limits/rations.ts';
import { answerTooLarge, type Rationing } from '../limits/rationing.ts';
import type { Heartbeats } from './heartbeats.ts';
import { BadMessage } from './ids.ts';
import { endingErrors, type Operations, type Prepared } from './operations.ts';
import { SocketConnection, textOf } from './socket-connection.ts';

/** Milliseconds within which a client must send connection_init: an idle open socket would only hold memory. */
const initPatience = 10_000;
/** Maximum bytes of one message: as for an HTTP body. */
const largestMessage = 1_048_576;
/** Milliseconds between pings. A socket is cut when a ping is unanswered by the next; most proxies drop a silent one after 30 s or more. */
const pingInterval = 12_000;

export interface SocketOptions {
  operations: Operations;
  heartbeats: Heartbeats;
  authentication: Authentication;
  rationing: Rationing;
  /** Which headers foreign subgraphs get. */
  forwarding: HeaderForwarding;
  log: Logger;
  trustProxy: number;
  format: ErrorFormat;
}

type Extra = { connection: SocketConnection };

/** graphql-ws over our own sockets: authentication, limits, token refreshes, pings, and a planned shutdown. */
export class SocketServer {
  private readonly options: SocketOptions;
  private readonly server = new WebSocketServer({
    noServer: true,
    maxPayload: largestMessage,
    perMessageDeflate: false,
    // Our own pongs count against the socket's buffer.
    autoPong: false,
    handleProtocols,
  });
  private readonly protocol: Server<Extra>;
  private readonly connections = new Set<SocketConnection>();
  private readonly pings: NodeJS.Timeout;

  constructor(options: SocketOptions) {
    this.options = options;
    const { operations } = options;
    this.protocol = makeServer<Record<string, unknown>, Extra>({
      connectionInitWaitTimeout: initPatience,
      onConnect: async ({ extra, connectionParams }) => {
        const { actingFor, ...presented } = extra.connection.presented(connectionParams ?? {});
        extra.connection.circumstances.headers?.adopt(wordsOf(connectionParams ?? {}));
        const actor = await extra.connection.introduce(presented, actingFor);
        return { requestId: extra.connection.circumstances.requestId, expiresAt: actor.expiresAt };
      },
      onSubscribe: async ({ extra }, id, payload) => {
        try {
          const prepared = await operations.prepare(extra.connection, { id, payload });
          return {
            schema: prepared.value.apiSchema,
            document: prepared.admitted.document,
            operationName: payload.operationName ?? null,
            variableValues: payload.variables ?? {},
            contextValue: prepared,
          };
        } catch (error) {
          return [toGraphQLError(error)];
        }
      },
      execute: (args) => operations.execute(args.contextValue as Prepared),
      subscribe: (args) => operations.subscribe(args.contextValue as Prepared),
      // Results are already formatted; graphql-ws would call methods that formatted errors lack.
      onNext: (_context, _id, _payload, _args, result) => result as never,
      onError: ({ extra }, _id, _payload, errors) => {
        const first = errors[0];
        const cause = first?.originalError ?? first;
        extra.connection.closeFor(cause);
        return errors.length > 1 ? errors.map((error) => options.format(error)) : endingErrors(cause, options.format);
      },
      onComplete: ({ extra }, id) => {
        extra.connection.subscribers.delete(id);
        extra.connection.mutations.delete(id);
      },
    }) as Server<Extra>;
    this.pings = setInterval(() => this.ping(), pingInterval).unref();
  }

  get size(): number {
    return this.connections.size;
  }

  /** Number of queries and mutations running on all sockets. */
  get running(): number {
    let sum = 0;
    for (const connection of this.connections) sum += connection.running;
    return sum;
  }

  /** Checks connections of an actor whose rights or sessions have changed: an ended session ends its streams at once, even idle ones. */
  lookAgain(actorId: string): void {
    for (const connection of this.connections) void connection.lookAgain(actorId);
  }

  /** Accepts a permitted upgrade. Throws TOO_MANY when too many unauthenticated sockets from that address are open. */
  accept(request: IncomingMessage, duplex: Duplex, head: Buffer): void {
    const { forwarding, trustProxy } = this.options;
    const headers = forwarding.client(request.headers);
    const circumstances = { ...circumstancesOf(request, requestIdOf(request), trustProxy), headers };
    const address = addressOf(circumstances.client.ip);
    const place = this.options.rationing.hold(
      { role: 'anonymous', accounts: [{ key: `new ${address}`, times: crowd, name: 'your address' }] },
      'sockets',
    );
    // Also releases the place if the upgrade fails.
    duplex.once('close', place);
    this.server.handleUpgrade(request, duplex, head, (socket) => {
      const { authentication, rationing } = this.options;
      this.open(
        new SocketConnection(socket, request, circumstances, { authentication, rationing, wire: duplex, place }),
      );
    });
  }

  /** Closes all sockets so that clients reconnect elsewhere; cuts those that are still open after two seconds. */
  async close(): Promise<void> {
    clearInterval(this.pings);
    for (const connection of this.connections) connection.close(goingAway.code, goingAway.reason);
    const patience = Date.now() + 2_000;
    while (this.connections.size > 0 && Date.now() < patience) await new Promise((resolve) => setTimeout(resolve, 20));
    for (const connection of this.connections) connection.cut();
    this.server.close();
  }

  private open(connection: SocketConnection): void {
    const { log } = this.options;
    const { socket } = connection;
    this.connections.add(connection);
    const silence = this.options.heartbeats.add(connection);
    socket.on('pong', () => {
      connection.alive = true;
    });
    socket.on('ping', (data) => connection.pong(data));
    socket.on('error', (error) =>
      log.debug({ err: error, requestId: connection.circumstances.requestId }, 'a socket failed'),
    );
    const send = (data: string) => {
      const text = this.outward(connection, data);
      return text === null ? Promise.resolve() : new Promise<void>((resolve) => connection.send(text, resolve));
    };
    const closed = this.protocol.opened(
      {
        protocol: socket.protocol,
        send,
        close: (code, reason) => connection.close(code ?? 1000, reason ?? ''),
        onMessage: (handle) => {
          socket.on('message', (data) => {
            try {
              const said = textOf(data);
              connection.chargeReceived(Buffer.byteLength(said));
              const text = connection.ids.inward(said);
              if (text !== null) handle(text).catch((error: unknown) => this.broken(connection, error));
            } catch (error) {
              if (error instanceof BadMessage) connection.close(error.close, error.message);
              else this.broken(connection, error);
            }
          });
        },
        onPing: async (payload) =>
          send(JSON.stringify({ type: 'pong', payload: await this.pong(connection, payload) })),
      },
      { connection },
    );
    socket.once('close', (code, reason) => {
      this.connections.delete(connection);
      silence();
      connection.handleClose();
      closed(code, reason.toString()).catch((error: unknown) =>
        log.warn({ err: error }, 'a socket failed to end cleanly'),
      );
    });
  }

  /** The text to send for a message of graphql-ws. An oversized answer is replaced by an error. */
  private outward(connection: SocketConnection, data: string): string | null {
    const { rationing, format } = this.options;
    const going = connection.ids.outward(data);
    if (!going?.isResult || going.number === null) return going?.text ?? null;
    const bytes = Buffer.byteLength(going.text);
    const consumer = connection.account;
    const { answer } = rationing.of(consumer.role);
    rationing.chargeBytes(consumer, bytes);
    if (bytes <= answer) return going.text;
    const id = connection.ids.nameOf(going.number);
    const kind = connection.mutations.has(going.number) ? 'mutation' : 'query';
    connection.ids.forget(going.number);
    return JSON.stringify({
      id,
      type: 'error',
      payload: [format(toGraphQLError(answerTooLarge(answer, bytes, kind)))],
    });
  }

  /** An error outside of any operation, usually failed authentication. */
  private broken(connection: SocketConnection, error: unknown): void {
    if (connection.socket.readyState !== connection.socket.OPEN) return;
    const { extensions, message } = this.options.format(toGraphQLError(error));
    const code = codeOf(error);
    connection.close(errorTable[code].close, `${String(extensions?.['code'])}: ${message}`);
  }

  /** A ping with a token refreshes it; any other ping is echoed. */
  private async pong(
    connection: SocketConnection,
    payload: Record<string, unknown> | undefined,
  ): Promise<Record<string, unknown> | undefined> {
    if (typeof payload?.['authorization'] !== 'string') return payload;
    try {
      const actor = await connection.refresh(payload['authorization']);
      return { accepted: true, expiresAt: actor.expiresAt };
    } catch (error) {
      const formatted = this.options.format(toGraphQLError(error));
      return { accepted: false, code: formatted.extensions?.['code'], message: formatted.message };
    }
  }

  private ping(): void {
    for (const connection of this.connections) {
      if (!connection.alive) connection.socket.terminate();
      else {
        connection.alive = false;
        connection.socket.ping();
      }
    }
  }
}
