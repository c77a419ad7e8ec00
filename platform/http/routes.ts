import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context } from '../context/context.ts';
import type { RequestInfo } from '../context/request.ts';

/** An HTTP request for a route of an OS, as the gateway passes it on. */
export interface RoutedRequest {
  request: IncomingMessage;
  response: ServerResponse;
  /** The caller, as authenticated by the gateway. */
  info: RequestInfo;
  /** The graph's public address: `https://graph.example.org`, with a path if PUBLIC_URL has one. */
  origin: string;
}

export interface RouteCall extends Omit<RoutedRequest, 'info'> {
  /** The requested URL, with the public origin. */
  url: URL;
  /** A context as for a query. Nothing here runs in a transaction. */
  context: Context;
}

/**
 * An HTTP route of an OS besides GraphQL, for binary content. The gateway forwards every request whose path begins with the prefix
 * together with its caller, so the same policies apply as in the graph.
 */
export interface HttpRoute {
  /** With a slash at both ends: `/media/`. One OS owns it. */
  prefix: string;
  /** One sentence for readers of `schema/routes.json`. */
  description: string;
  methods: readonly string[];
  /** Whether pages of every origin may read the answers. There are no cookies, so a page learns only what it could fetch itself. */
  open: boolean;
  /** Whether everybody gets the same answers: the gateway ignores tokens, and `handle` gets an anonymous actor of `main`. */
  anonymous: boolean;
  handle(call: RouteCall): Promise<void>;
}

/** The routes of a house, for the gateway and for `schema/routes.json`. */
export type RouteTable = readonly (Pick<HttpRoute, 'prefix' | 'description' | 'methods' | 'open' | 'anonymous'> & {
  os: string;
})[];

/** The routes of these OSes. Throws if two of them have the same prefix. */
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
      throw new Error(`The route "${prefix}" of "${os}" must have the form /word/`);
    if (table.filter((each) => each.prefix === prefix).length > 1) throw new Error(`Two routes answer ${prefix}`);
  }
  return table;
}
