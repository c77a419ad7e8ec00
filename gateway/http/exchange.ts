import type { IncomingMessage, ServerResponse } from 'node:http';
import { BodyTooLarge, readBody } from '../../platform/http/body.ts';
import type { Logger } from '../../platform/telemetry/log.ts';
import type { Authentication } from '../authentication/authentication.ts';
import { circumstancesOf, header } from '../authentication/client.ts';
import type { Disclosure } from '../authorization/disclosure.ts';
import type { Documents } from '../documents/documents.ts';
import type { ErrorFormat } from '../errors.ts';
import type { OperationContext } from '../execution/context.ts';
import type { HeaderForwarding } from '../headers/forwarding.ts';
import { exceeded } from '../limits/admit.ts';
import { addressOf, type Consumer } from '../limits/consumer.ts';
import type { LimitTable } from '../limits/limits.ts';
import type { Rationing } from '../limits/rationing.ts';
import type { HttpClient, HttpStreams } from '../subscriptions/http-streams.ts';
import type { Operations } from '../subscriptions/operations.ts';
import type { Views } from '../supergraph/views.ts';
import { readAsked, type HttpAsked } from './asked.ts';
import { jsonOf } from './body.ts';
import type { OperationRecord } from './record.ts';

export interface GraphQLOptions {
  authentication: Authentication;
  operations: Operations;
  streams: HttpStreams;
  views: Views;
  /** What of the schema each role may find out. */
  disclosure: Disclosure;
  /** The documents that requests may name, and those that may run. */
  documents: Documents;
  limits: LimitTable;
  rationing: Rationing;
  /** Which headers foreign subgraphs get. */
  forwarding: HeaderForwarding;
  trustProxy: number;
  corsOrigins: readonly string[];
  format: ErrorFormat;
  log: Logger;
}

/** One request to /graphql and its answer. */
export interface Exchange {
  method: string;
  request: IncomingMessage;
  response: ServerResponse;
  requestId: string;
  record: OperationRecord;
  /** Aborted when the client has left. */
  gone: AbortSignal;
  /** The span of the request; null if nothing is traced. */
  traceparent: string | null;
  /** What is logged about the actor; set once it is known. */
  info: OperationContext['info'] | null;
}

/** Who sends a request. Throws what is wrong with its token, or TOO_MANY. */
export async function identify(
  { authentication, rationing, forwarding, trustProxy }: GraphQLOptions,
  { request, requestId, traceparent }: Pick<Exchange, 'request' | 'requestId' | 'traceparent'>,
): Promise<HttpClient> {
  const headers = forwarding.client(request.headers);
  const known = circumstancesOf(request, requestId, trustProxy);
  const circumstances = { ...known, traceparent: traceparent ?? known.traceparent, headers };
  const { actingFor, ...presented } = presentedIn(request);
  const trial = authentication.trial(presented);
  const address = addressOf(circumstances.client.ip);
  const { actor, credential } = await rationing.verify(address, presented.authorization, trial);
  return { actor, credential, circumstances, universe: presented.universe, actingFor };
}

/** The credentials in the headers of a request. */
export function presentedIn(
  request: IncomingMessage,
): Record<'authorization' | 'universe' | 'actingFor', string | null> {
  return {
    authorization: header(request, 'authorization'),
    universe: header(request, 'universe'),
    actingFor: header(request, 'acting-for'),
  };
}

/** Reads the operation of a request. Throws BAD_QUERY, LIMIT_EXCEEDED, or `ClientGone`. */
export async function readOperation(
  { documents, limits, rationing }: GraphQLOptions,
  { method, request }: Exchange,
  consumer: Consumer,
): Promise<HttpAsked> {
  const { role } = consumer;
  let body: unknown;
  if (method === 'POST') {
    const bytes = await readBody(request, limits[role].body, header(request, 'content-length')).catch(
      (error: unknown) => {
        if (error instanceof BodyTooLarge) throw exceeded('body', error.found, null, role, limits);
        throw new ClientGone('The client left before its body was complete.', { cause: error });
      },
    );
    rationing.chargeBytes(consumer, bytes.length);
    body = jsonOf(request, bytes);
  }
  const search = method === 'GET' ? new URL(request.url ?? '/', 'http://localhost').search : '';
  return readAsked(method, body, search, (named) => documents.find(named));
}

/** The client left before its request was complete. */
export class ClientGone extends Error {}
