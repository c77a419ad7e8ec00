import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { specifiedRules, validate, type ExecutionArgs, type ExecutionResult } from 'graphql';
import { handleProtocols, makeServer, type Server, type SubscribePayload } from 'graphql-ws';
import { WebSocketServer, type WebSocket } from 'ws';
import { TooMany } from '../../platform/errors/errors.ts';
import type { Logger } from '../../platform/telemetry/log.ts';
import { requestInfo, type Authentication } from '../authentication/authentication.ts';
import { circumstancesOf, requestIdOf } from '../authentication/client.ts';
import { badQuery, codeOf, errorTable, goingAway, toGraphQLError, type ErrorFormat } from '../errors.ts';
import type { OperationContext } from '../execution/context.ts';
import { StreamRefused } from '../execution/stream.ts';
import { countError, hashOf, logOperation, newRecord } from '../http/record.ts';
import { admit, type Admitted } from '../limits/admit.ts';
import { limitRoleOf, type LimitTable } from '../limits/limits.ts';
import type { SupergraphValue } from '../supergraph/value.ts';
import { Connection, presentedBy, textOf } from './connection.ts';
import type { SubscriptionRoom } from './room.ts';

/** Milliseconds within which a client must say connection_init: an open socket that says nothing holds memory for nothing. */
const initPatience = 10_000;
/** Bytes of one message: as much as an HTTP body. */
const largestMessage = 1_048_576;
/** Operations on one connection at the same time. A page of live tiles has some dozens. */
const mostPerConnection = 100;
/** Milliseconds between pings. Two unanswered in a row and the socket is cut; most proxies drop a silent one after 30 s or more. */
const pingInterval = 12_000;

export interface SocketOptions {
  authentication: Authentication;
  subscriptions: SubscriptionRoom;
  limits: LimitTable;
  trustProxy: number;
  current: () => SupergraphValue;
  /** Runs a query or mutation as over HTTP. */
  execute: (query: string, payload: SubscribePayload, context: OperationContext) => Promise<ExecutionResult>;
  format: ErrorFormat;
  log: Logger;
}

/** What stands ready between onSubscribe and the operation. */
interface Prepared {
  connection: Connection;
  id: string;
  value: SupergraphValue;
  admitted: Admitted;
  context: OperationContext;
  payload: SubscribePayload;
}

type Extra = { connection: Connection };

/** graphql-ws over our own sockets: introductions, limits, refreshes of tokens, pings, and a planned end. */
export class SocketServer {
  private readonly options: SocketOptions;
  private readonly server = new WebSocketServer({ noServer: true, maxPayload: largestMessage, perMessageDeflate: false, handleProtocols });
  private readonly protocol: Server<Extra>;
  private readonly connections = new Set<Connection>();
  private readonly pings: NodeJS.Timeout;

  constructor(options: SocketOptions) {
    this.options = options;
    this.protocol = makeServer<Record<string, unknown>, Extra>({
      connectionInitWaitTimeout: initPatience,
      onConnect: async ({ extra, connectionParams }) => {
        const { actingFor, ...presented } = presentedBy(connectionParams ?? {}, extra.connection.request);
        const actor = await extra.connection.introduce(presented, actingFor);
        return { requestId: extra.connection.circumstances.requestId, expiresAt: actor.expiresAt };
      },
      onSubscribe: ({ extra, subscriptions }, id, payload) => this.prepare(extra.connection, Object.keys(subscriptions).length, id, payload),
      execute: (args) => this.execute(args.contextValue as Prepared),
      subscribe: (args) => this.subscribe(args.contextValue as Prepared),
      // Results come formatted; graphql-ws would call methods that formatted errors don't have.
      onNext: (_context, _id, _payload, _args, result) => result as never,
      onError: ({ extra }, _id, _payload, errors) => {
        const first = errors[0];
        const cause = first?.originalError ?? first;
        if (cause instanceof StreamRefused) return cause.errors.map((error) => options.format(error));
        extra.connection.closeFor(cause);
        return errors.map((error) => options.format(error));
      },
      onComplete: ({ extra }, id) => {
        extra.connection.subscribers.delete(id);
      },
    }) as Server<Extra>;
    this.pings = setInterval(() => this.ping(), pingInterval).unref();
  }

  get size(): number {
    return this.connections.size;
  }

  /** Whether operations that end by themselves are still running on any socket. */
  get running(): number {
    let sum = 0;
    for (const connection of this.connections) sum += connection.running;
    return sum;
  }

  /** Takes over an upgrade that was found to be allowed. */
  accept(request: IncomingMessage, duplex: Duplex, head: Buffer): void {
    this.server.handleUpgrade(request, duplex, head, (socket) => this.open(socket, request));
  }

  /** Closes all sockets so that clients connect again, elsewhere; cuts those that have not closed after two seconds. */
  async close(): Promise<void> {
    clearInterval(this.pings);
    for (const connection of this.connections) connection.close(goingAway.code, goingAway.reason);
    const patience = Date.now() + 2_000;
    while (this.connections.size > 0 && Date.now() < patience) await new Promise((resolve) => setTimeout(resolve, 20));
    for (const connection of this.connections) connection.socket.terminate();
    this.server.close();
  }

  private open(socket: WebSocket, request: IncomingMessage): void {
    const { authentication, trustProxy, log } = this.options;
    const circumstances = circumstancesOf(request, requestIdOf(request), trustProxy);
    const connection = new Connection(socket, request, circumstances, authentication);
    this.connections.add(connection);
    socket.on('pong', () => {
      connection.alive = true;
    });
    socket.on('error', (error) => log.debug({ err: error, requestId: circumstances.requestId }, 'a socket failed'));
    const send = (data: string) =>
      new Promise<void>((resolve, reject) => {
        if (socket.readyState !== socket.OPEN) return resolve();
        socket.send(data, (error) => (error ? reject(error) : resolve()));
      });
    const closed = this.protocol.opened(
      {
        protocol: socket.protocol,
        send,
        close: (code, reason) => connection.close(code ?? 1000, reason ?? ''),
        onMessage: (handle) => {
          socket.on('message', (data) => {
            handle(textOf(data)).catch((error: unknown) => this.broken(connection, error));
          });
        },
        onPing: async (payload) => send(JSON.stringify({ type: 'pong', payload: await this.pong(connection, payload) })),
      },
      { connection },
    );
    socket.once('close', (code, reason) => {
      this.connections.delete(connection);
      connection.gone();
      closed(code, reason.toString()).catch((error: unknown) => log.warn({ err: error }, 'a socket did not end well'));
    });
  }

  /** An error outside of any operation, most often: who introduced themselves was not who they said. */
  private broken(connection: Connection, error: unknown): void {
    if (connection.socket.readyState !== connection.socket.OPEN) return;
    const { extensions, message } = this.options.format(toGraphQLError(error));
    const code = codeOf(error);
    connection.close(errorTable[code].close, `${String(extensions?.['code'])}: ${message}`);
  }

  /** A ping with a token in it is a refresh; any other is answered with what it brought. */
  private async pong(connection: Connection, payload: Record<string, unknown> | undefined): Promise<Record<string, unknown> | undefined> {
    if (typeof payload?.['authorization'] !== 'string') return payload;
    try {
      const actor = await connection.refresh(payload['authorization']);
      return { accepted: true, expiresAt: actor.expiresAt };
    } catch (error) {
      const formatted = this.options.format(toGraphQLError(error));
      return { accepted: false, code: formatted.extensions?.['code'], message: formatted.message };
    }
  }

  private async prepare(connection: Connection, open: number, id: string, payload: SubscribePayload): Promise<ExecutionArgs | ReturnType<typeof toGraphQLError>[]> {
    const { current, limits, log } = this.options;
    const record = newRecord();
    record.hash = hashOf(payload.query);
    const requestId = randomUUID();
    let context: OperationContext | null = null;
    try {
      // graphql-ws has counted this one already.
      if (open > mostPerConnection) {
        throw new TooMany(`${mostPerConnection} operations run on this connection, which is the most. End some, or open another connection.`);
      }
      const info = await connection.requestInfo(requestId);
      context = { info, signal: null, record, cost: null, explain: false };
      const value = current();
      const variables = payload.variables ?? {};
      const asked = { query: payload.query, operationName: payload.operationName ?? undefined, variables };
      const admitted = admit(value, asked, limitRoleOf(info.actor), limits);
      context.cost = admitted.cost;
      record.kind = admitted.operation.operation;
      // A mutation that has begun goes on to its end, whoever listens.
      if (record.kind === 'query') context.signal = connection.left.signal;
      record.operationName = admitted.operation.name?.value ?? null;
      const prepared: Prepared = { connection, id, value, admitted, context, payload };
      return {
        schema: value.apiSchema,
        document: admitted.document,
        operationName: payload.operationName ?? null,
        variableValues: variables,
        contextValue: prepared,
      };
    } catch (error) {
      countError(record, codeOf(error));
      logOperation(log, record, context?.info ?? null, { requestId, transport: 'ws' });
      return [toGraphQLError(error)];
    }
  }

  private async execute({ connection, payload, context }: Prepared): Promise<ExecutionResult> {
    connection.running += 1;
    try {
      return await this.options.execute(payload.query, payload, context);
    } finally {
      connection.running -= 1;
      logOperation(this.options.log, context.record, context.info, { requestId: context.info.requestId, transport: 'ws' });
    }
  }

  private subscribe({ connection, id, value, admitted, context, payload }: Prepared): AsyncIterableIterator<never> | ExecutionResult {
    const { subscriptions, log } = this.options;
    const { record, info } = context;
    const logged = (more: Record<string, unknown>) => logOperation(log, record, info, { requestId: info.requestId, transport: 'ws', ...more });
    try {
      const { known, document, operation } = admitted;
      known.errors ??= validate(value.apiSchema, document, specifiedRules);
      if (known.errors.length > 0) throw badQuery(known.errors.map((error) => error.message).join(' '));
      const opened = subscriptions.subscribe({
        value,
        document,
        operation,
        variables: payload.variables ?? {},
        info,
        listener: { ...connection.listener, info: (actor) => requestInfo(actor, connection.actingFor, { ...connection.circumstances, requestId: info.requestId }) },
        outlet: connection.outlet(id),
        onEnd: (error, delivered) => {
          connection.subscribers.delete(id);
          if (error !== null) countError(record, codeOf(error));
          logged({ delivered });
        },
      });
      if (!('next' in opened)) throw refused(opened);
      connection.subscribers.set(id, opened);
      return opened;
    } catch (error) {
      countError(record, codeOf(error));
      logged({});
      return failed(error);
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

/** Faults of the variables, as graphql-js found them. */
function refused(result: ExecutionResult): Error {
  const first = result.errors?.[0];
  if (!first) return new Error('A subscription was answered with neither a stream nor errors.');
  first.extensions['code'] ??= 'BAD_USER_INPUT';
  return first;
}

/** A stream that is nothing but its error: graphql-ws then says `error`, which is final, instead of `next`. */
function failed(error: unknown): AsyncIterableIterator<never> {
  const iterator: AsyncIterableIterator<never> = {
    [Symbol.asyncIterator]: () => iterator,
    next: () => Promise.reject(error),
    return: () => Promise.resolve({ done: true, value: undefined }),
  };
  return iterator;
}
