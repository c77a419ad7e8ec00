import type { IncomingMessage, ServerResponse } from 'node:http';
import { anonymous, defaultUniverse } from '../../platform/context/actor.ts';
import type { RouteTable } from '../../platform/http/routes.ts';
import { answerFailure } from '../../platform/http/failure.ts';
import { varyBy } from '../../platform/http/headers.ts';
import type { SubgraphService } from '../../platform/serving/service.ts';
import type { Logger } from '../../platform/telemetry/log.ts';
import { Unavailable } from '../../platform/errors/errors.ts';
import { requestInfo, type Authentication } from '../authentication/authentication.ts';
import { circumstancesOf, header, overTls } from '../authentication/client.ts';
import { addressOf, consumerOf } from '../limits/consumer.ts';
import type { Changes } from '../fetches/changes.ts';
import type { Rationing } from '../limits/rationing.ts';
import type { Transfers } from '../limits/transfers.ts';

type Routed = RouteTable[number];

/** The router's options that routed requests need. */
export interface RoutedOptions {
  graphql: { rationing: Rationing };
  authentication: Authentication;
  routed: RoutedPaths;
  changes: Changes;
  transfers: Transfers;
  trustProxy: number;
  /** PUBLIC_URL: the graph's address for clients, regardless of a request's headers. */
  publicUrl: string | null;
  log: Logger;
}

/** Which OS answers which paths besides GraphQL. */
export class RoutedPaths {
  private readonly table: RouteTable;
  private readonly services: ReadonlyMap<string, SubgraphService>;

  constructor(table: RouteTable, services: ReadonlyMap<string, SubgraphService>) {
    this.table = table;
    this.services = services;
  }

  of(request: IncomingMessage): Routed | undefined {
    return this.table.find(({ prefix }) => request.url?.startsWith(prefix));
  }

  /** Whether the request's body may be a file. */
  takesFiles(request: IncomingMessage): boolean {
    return this.of(request)?.methods.some((method) => method === 'POST' || method === 'PATCH') ?? false;
  }

  service(route: Routed): SubgraphService | undefined {
    return this.services.get(route.os);
  }
}

/** Authenticates a request and hands it to its OS, in this process or as a stream to another one. */
export async function answerRouted(
  options: RoutedOptions,
  route: Routed,
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
): Promise<void> {
  const { authentication, transfers, trustProxy, publicUrl, log } = options;
  const circumstances = circumstancesOf(request, requestId, trustProxy);
  const origin = publicUrl ?? originOf(request, trustProxy);
  // Answers contain the host that a proxy reports, so a cache in front must not reuse them for another host.
  if (publicUrl === null && trustProxy > 0) varyBy(response, ['x-forwarded-host', 'x-forwarded-proto']);
  const service = options.routed.service(route);
  if (request.method !== 'GET' && request.method !== 'HEAD') changingWith(response, options.changes);
  try {
    if (!service?.handle) throw new Unavailable(`The OS "${route.os}" is away.`, { retryAfter: 1 });
    const { ip } = circumstances.client;
    const address = addressOf(ip);
    if (route.anonymous) {
      const nobody = anonymous(defaultUniverse);
      transfers.begin(consumerOf(nobody, null, ip), address, response);
      const info = requestInfo(nobody, null, circumstances);
      return await service.handle({ request, response, info, origin });
    }
    const authorization = header(request, 'authorization');
    // A URL in a page has no headers, so its query names the universe.
    const universe = header(request, 'universe') ?? new URL(request.url ?? '/', origin).searchParams.get('universe');
    const trial = authentication.trial({ authorization, universe });
    const { actor, credential } = await options.graphql.rationing.verify(address, authorization, trial);
    transfers.begin(consumerOf(actor, credential.key, ip), address, response);
    const info = requestInfo(actor, header(request, 'acting-for'), circumstances);
    await service.handle({ request, response, info, origin });
  } catch (error) {
    answerFailure({ request, response }, error, log);
  }
}

/** What such a request changes, such as an upload with its last bytes, is seen by queries from its answer on. */
function changingWith(response: ServerResponse, changes: Changes): void {
  // Emitted while the last bytes are handed over, so before a client can have them.
  response.once('prefinish', () => changes.anywhere());
  response.once('close', () => changes.anywhere());
}

/** The graph's origin for the client, by the host that it requested; used without PUBLIC_URL. */
function originOf(request: IncomingMessage, trusted: number): string {
  const forwarded = trusted > 0 ? header(request, 'x-forwarded-host')?.split(',').at(-1)?.trim() : null;
  const host = forwarded || header(request, 'host') || 'localhost';
  const origin = `${overTls(request, trusted) ? 'https' : 'http'}://${host}`;
  // The client wrote the header: anything but a host is not repeated in answers.
  return URL.canParse(origin) && new URL(origin).origin === origin ? origin : 'http://localhost';
}
