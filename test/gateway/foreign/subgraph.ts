import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { execute, parse, type DocumentNode, type GraphQLSchema } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';

/** What one foreign subgraph has received: everything that a gateway could leak to it. */
export interface Received {
  transport: 'http' | 'ws';
  headers: IncomingHttpHeaders;
  /** The body of a request, or what a socket said. */
  body: string;
  query: string;
}

type Resolvers = Record<string, Record<string, unknown>>;

interface Asked {
  query?: string;
  variables?: Record<string, unknown>;
  operationName?: string;
}

/** A plain GraphQL server, as anybody would write one: it knows nothing of this house. */
export class PlainSubgraph {
  readonly name: string;
  readonly typeDefs: DocumentNode;
  readonly received: Received[] = [];
  /** Answers instead of the schema, for a server that misbehaves. */
  instead: ((response: ServerResponse) => void) | null = null;
  /** The status of answers with errors. */
  statusOfErrors = 200;
  url = '';
  /** Number of open sockets. */
  sockets = 0;
  private readonly schema: GraphQLSchema;
  private readonly server = createServer((request, response) => void this.answer(request, response));
  private readonly webSockets = new WebSocketServer({ server: this.server, path: '/graphql' });

  constructor(name: string, typeDefs: string, resolvers: Resolvers) {
    this.name = name;
    this.typeDefs = parse(typeDefs);
    this.schema = buildSubgraphSchema([{ typeDefs: this.typeDefs, resolvers: resolvers as never }]);
    useServer(
      {
        schema: this.schema,
        onConnect: ({ connectionParams, extra }) => {
          this.sockets += 1;
          const body = JSON.stringify(connectionParams ?? {});
          this.received.push({ transport: 'ws', headers: extra.request.headers, body, query: '' });
        },
        onClose: () => {
          this.sockets -= 1;
        },
        onSubscribe: ({ extra }, _id, payload) => {
          const body = JSON.stringify(payload);
          this.received.push({ transport: 'ws', headers: extra.request.headers, body, query: payload.query });
        },
      },
      this.webSockets,
    );
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/graphql`;
  }

  async close(): Promise<void> {
    for (const socket of this.webSockets.clients) socket.terminate();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** The operations received over HTTP, without the gateway's look whether the subgraph answers. */
  get operations(): Received[] {
    return this.received.filter(({ transport, query }) => transport === 'http' && query !== '{ __typename }');
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const { query = '', variables, operationName } = JSON.parse(body || '{}') as Asked;
    this.received.push({ transport: 'http', headers: request.headers, body, query });
    if (this.instead) return this.instead(response);
    const accepts = request.headers.accept?.includes('application/graphql-response+json');
    const result = await execute({
      schema: this.schema,
      document: parse(query),
      variableValues: variables ?? null,
      operationName: operationName ?? null,
    });
    response.writeHead(result.errors ? this.statusOfErrors : 200, {
      'content-type': accepts ? 'application/graphql-response+json' : 'application/json',
    });
    response.end(JSON.stringify(result));
  }
}
