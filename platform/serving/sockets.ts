import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { getOperationAST, GraphQLError, parse, type ExecutionArgs } from 'graphql';
import { handleProtocols } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { connectionPurpose, routerHeader } from '../access/router.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Askers } from './askers.ts';
import { refusalOf } from './refusal.ts';
import { largestRequest, operationOf, wordsOf } from './request.ts';
import type { SubgraphRequest, SubgraphService } from './service.ts';

/** Milliseconds for sockets to close. */
const closePatience = 2_000;

export interface SubgraphSockets {
  /** Upgrades an HTTP connection to a WebSocket. */
  upgrade(request: IncomingMessage, duplex: Duplex, head: Buffer): void;
  /** Closes all sockets with 1001. */
  close(): Promise<void>;
}

/** Serves the streams of one OS to routers over graphql-ws. */
export function openSockets(service: SubgraphService, askers: Askers, log: Logger): SubgraphSockets {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: largestRequest,
    perMessageDeflate: false,
    handleProtocols,
  });
  /** Connections of routers that sign: each of their operations must be signed too. */
  const signing = new WeakSet<object>();
  const streams = useServer(
    {
      connectionInitWaitTimeout: 10_000,
      onConnect: async ({ connectionParams, extra }) => {
        const said = connectionParams?.['routerAuthorization'] ?? extra.request.headers[routerHeader];
        try {
          const signed = await askers.signed(typeof said === 'string' ? said : undefined, connectionPurpose);
          if (signed) signing.add(extra.socket);
          return true;
        } catch {
          return false;
        }
      },
      onSubscribe: async (context, _id, payload): Promise<ExecutionArgs | GraphQLError[]> => {
        try {
          const extensions = payload.extensions ?? {};
          const given = extensions['ensembleRequest'];
          const info =
            given !== undefined || signing.has(context.extra.socket)
              ? await askers.operation(given, payload)
              : await askers.unsigned(wordsOf({ ...context.connectionParams, ...extensions }));
          return {
            schema: undefined as never,
            document: parse(payload.query),
            operationName: payload.operationName ?? null,
            contextValue: operationOf(payload, info),
          };
        } catch (error) {
          if (error instanceof GraphQLError) return [error];
          const { body } = refusalOf(error, service.name, log);
          return body.errors.map((each) => new GraphQLError(each.message, { extensions: each.extensions }));
        }
      },
      execute: (args) => service.execute(args.contextValue as SubgraphRequest),
      subscribe: async (args) => {
        if (getOperationAST(args.document, args.operationName)?.operation !== 'subscription')
          return { errors: [new GraphQLError('Not a subscription.')] };
        return service.subscribe(args.contextValue as SubgraphRequest);
      },
      // Errors may be plain objects already; graphql-ws would call methods on them.
      onNext: (_context, _id, _payload, _args, result) => result as never,
    },
    sockets as never,
    12_000,
  );
  return {
    upgrade(request, duplex, head) {
      sockets.handleUpgrade(request, duplex, head, (socket) => sockets.emit('connection', socket, request));
    },
    async close() {
      const cut = setTimeout(() => sockets.clients.forEach((socket) => socket.terminate()), closePatience);
      await streams.dispose();
      clearTimeout(cut);
    },
  };
}
