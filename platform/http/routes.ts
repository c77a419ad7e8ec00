import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context } from '../context/context.ts';
import type { RequestInfo } from '../context/request.ts';

/** An HTTP request below one of an OS's routes, as a gateway passes it on. */
export interface RoutedRequest {
  request: IncomingMessage;
  response: ServerResponse;
  /** Who asks, as the gateway has identified them. */
  info: RequestInfo;
  /** The public origin of the graph: `https://graph.example.org`, with the path of PUBLIC_URL if it has one. */
  origin: string;
}

export interface RouteCall extends Omit<RoutedRequest, 'info'> {
  /** The requested URL, with the public origin. */
  url: URL;
  /** As for a query. Nothing here runs in a transaction. */
  context: Context;
}

/**
 * An HTTP route of an OS besides GraphQL, for bytes. The gateway forwards every request whose path begins with the prefix, with its
 * identified actor, so that the same policies apply as in the graph.
 */
export interface HttpRoute {
  /** With a slash at both ends: `/media/`. Belongs to one OS. */
  prefix: string;
  /** One sentence for readers of `schema/routes.json`. */
  description: string;
  methods: readonly string[];
  /** Whether pages of every origin may read the responses. No right depends on cookies, so a page learns only what anybody could. */
  open: boolean;
  /** Whether everybody gets the same answers: the gateway looks at no token, and `handle` sees an anonymous actor of `main`. */
  anonymous: boolean;
  handle(call: RouteCall): Promise<void>;
}

/** The routes of a house, for gateways and `schema/routes.json`. */
export type RouteTable = readonly (Pick<HttpRoute, 'prefix' | 'description' | 'methods' | 'open' | 'anonymous'> & {
  os: string;
})[];

/** The routes of these OSes. Throws if two have the same prefix. */
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
