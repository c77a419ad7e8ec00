import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context } from '../context/context.ts';
import type { RequestInfo } from '../context/request.ts';

/** An HTTP request below one of an OS's routes, as a gateway hands it over. */
export interface RoutedRequest {
  request: IncomingMessage;
  response: ServerResponse;
  /** Who asks, as the gateway found out. */
  info: RequestInfo;
  /** Where the client sees the graph: `https://graph.example.org`, with a path behind it where PUBLIC_URL has one. */
  origin: string;
}

export interface RouteCall extends Omit<RoutedRequest, 'info'> {
  /** Path and query; its origin is the one that the client sees. */
  url: URL;
  /** As for a query: who asks, rows, time. Nothing here runs in a transaction. */
  context: Context;
}

/**
 * What an OS answers besides GraphQL: bytes. A gateway forwards every request whose path begins with the prefix, with whoever
 * asks already known, so what is served here asks the same policies as the graph does.
 */
export interface HttpRoute {
  /** With a slash at both ends: `/media/`. One OS owns it. */
  prefix: string;
  /** One sentence for readers of `schema/routes.json`. */
  description: string;
  methods: readonly string[];
  /** Whether pages of every origin may read the answers. Nothing rests on cookies, so a page learns what anybody could. */
  open: boolean;
  /** Whether everybody gets the same answers: the gateway looks at no token, and `handle` sees an anonymous actor of `main`. */
  anonymous: boolean;
  handle(call: RouteCall): Promise<void>;
}

/** The routes of a house as a gateway needs them, and as `schema/routes.json` lists them. */
export type RouteTable = readonly (Pick<HttpRoute, 'prefix' | 'description' | 'methods' | 'open' | 'anonymous'> & {
  os: string;
})[];

/** What the routes of these OSes are. Throws when two of them would answer the same path. */
export function routesOf(subgraphs: readonly { name: string; routes: readonly HttpRoute[] }[]): RouteTable {
  const table = subgraphs.flatMap(({ name, routes }) =>
    routes.map(({ prefix, description, methods, open, anonymous }) => ({
      prefix,
      os: name,
      description,
      methods,
      open,
      anonymous,
    })),
  );
  for (const { prefix, os } of table) {
    if (!/^\/[a-z][a-z0-9-]*\/$/.test(prefix))
      throw new Error(`The route "${prefix}" of "${os}" is not of the form /word/`);
    if (table.filter((each) => each.prefix === prefix).length > 1) throw new Error(`Two routes answer ${prefix}`);
  }
  return table;
}
