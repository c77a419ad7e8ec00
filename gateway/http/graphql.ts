import type { IncomingMessage, ServerResponse } from 'node:http';
import { HeaderMap, type ApolloServer } from '@apollo/server';
import { BodyTooLarge, readBody } from '../../platform/http/body.ts';
import type { Logger } from '../../platform/telemetry/log.ts';
import { requestInfo, type Authentication } from '../authentication/authentication.ts';
import { circumstancesOf, header } from '../authentication/client.ts';
import { badQuery, codeOf, isAboutDocument, toGraphQLError, type ErrorFormat } from '../errors.ts';
import type { OperationContext } from '../execution/context.ts';
import { OperationEnd } from '../execution/end.ts';
import { admit, asksToExplain, exceeded } from '../limits/admit.ts';
import { addressOf, consumerOf } from '../limits/consumer.ts';
import type { LimitRole, LimitTable } from '../limits/limits.ts';
import { answerTooLarge, operationWeight, type Rationing } from '../limits/rationing.ts';
import type { SupergraphValue } from '../supergraph/value.ts';
import { mediaTypeOf, notAcceptable, wholeForm, type WholeForm } from './accept.ts';
import { answerError, takenWithin, wrongMethod } from './answer.ts';
import { handed, readAsked, type HttpAsked } from './asked.ts';
import { jsonOf } from './body.ts';
import { refuseForgery } from './forgery.ts';
import { countError, hashOf, logOperation, newRecord } from './record.ts';

export interface GraphQLOptions {
  apollo: ApolloServer<OperationContext>;
  authentication: Authentication;
  limits: LimitTable;
  rationing: Rationing;
  trustProxy: number;
  corsOrigins: readonly string[];
  current: () => SupergraphValue;
  format: ErrorFormat;
  log: Logger;
}

/** POST and GET /graphql: authenticates and admits the request, and hands it to Apollo Server. */
export async function answerGraphQL(
  options: GraphQLOptions,
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
): Promise<void> {
  const { method = 'GET' } = request;
  if (method !== 'POST' && method !== 'GET') return wrongMethod(request, response, 'GET, POST, OPTIONS');
  const { log, format, rationing } = options;
  const record = newRecord();
  const gone = new AbortController();
  // An answer that was sent whole closes too: there is nothing left to abort.
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  let context: OperationContext | null = null;
  let end: OperationEnd | null = null;
  const circumstances = circumstancesOf(request, requestId, options.trustProxy);
  const { ip } = circumstances.client;
  try {
    refuseForgery(request, options.corsOrigins, options.trustProxy);
    const form = wholeForm(request);
    if (form === null) throw notAcceptable();
    const authorization = header(request, 'authorization');
    const trial = options.authentication.trial({ authorization, universe: header(request, 'universe') });
    const { actor, credential } = await rationing.verify(addressOf(ip), authorization, trial);
    const consumer = consumerOf(actor, credential.key, ip);
    const { role } = consumer;
    // Held until the answer is received: until then it takes memory, as a running operation does.
    const release = rationing.hold(consumer, 'atOnce');
    if (gone.signal.aborted) release();
    response.once('close', release);
    rationing.spend(consumer, operationWeight);
    const info = requestInfo(actor, header(request, 'acting-for'), circumstances);
    const asking: OperationContext = {
      info,
      signal: null,
      record,
      cost: null,
      absent: new Set(),
      explain: header(request, 'ensemble-explain') === '1',
    };
    context = asking;
    const { body: limit, answer: largest, taking, time } = options.limits[role];
    let body: unknown;
    if (method === 'POST') {
      const bytes = await readBody(request, limit, header(request, 'content-length')).catch((error: unknown) =>
        tooLarge(error, role, options.limits),
      );
      rationing.chargeBytes(consumer, bytes.length);
      body = jsonOf(request, bytes);
    }
    const search = new URL(request.url ?? '/', 'http://localhost').search;
    let asked: HttpAsked | null = null;
    let fault: unknown = null;
    try {
      asked = readAsked(method, body, search);
      record.hash = hashOf(asked.query);
      asking.explain ||= asksToExplain(asked.extensions);
    } catch (error) {
      fault = error;
    }

    const result = await options.apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: { method, headers: headersOf(request, mediaTypeOf(form)), ...handed(method, asked) },
      // Runs before Apollo parses anything.
      context: async () => {
        try {
          if (!asked) throw fault;
          const admitted = admittedAs(form, () => admit(options.current(), asked, role, options.limits));
          if (admitted.operation.operation === 'subscription') throw overSocket();
          rationing.spend(consumer, admitted.cost.used);
          asking.cost = admitted.cost;
          record.admittedAt = performance.now();
          const ending = new OperationEnd(time);
          ending.isMutation = admitted.operation.operation === 'mutation';
          gone.signal.addEventListener('abort', () => ending.leave(), { once: true });
          if (gone.signal.aborted) ending.leave();
          end = ending;
          asking.signal = ending.signal;
          return asking;
        } catch (error) {
          countError(record, codeOf(error));
          throw toGraphQLError(error);
        }
      },
    });
    if (result.body.kind !== 'complete') throw new Error('Apollo Server answered in parts, which was not requested.');
    const bytes = Buffer.from(result.body.string);
    // An answer that is too large to be sent counts too.
    rationing.chargeBytes(consumer, bytes.length);
    if (bytes.length > largest) throw answerTooLarge(largest, bytes.length, record.kind);
    for (const [name, value] of result.headers) response.setHeader(name, value);
    response.setHeader('cache-control', 'no-store');
    response.statusCode = result.status ?? 200;
    takenWithin(response, bytes.length, taking);
    response.end(bytes);
  } catch (error) {
    countError(record, codeOf(error));
    if (error instanceof ClientGone || (gone.signal.aborted && !response.writableEnded)) return;
    // The rest of a refused body is not read.
    if (!request.complete) response.setHeader('connection', 'close');
    answerError(request, response, error, format);
  } finally {
    (end as OperationEnd | null)?.done();
    if (response.statusCode >= 400 && Object.keys(record.errors).length === 0)
      countError(record, `HTTP_${response.statusCode}`);
    logOperation(log, record, context?.info ?? null, { requestId, status: response.statusCode });
  }
}

class ClientGone extends Error {}

function overSocket(): Error {
  return badQuery('Subscriptions run over WebSocket at /graphql (protocol graphql-transport-ws).');
}

function tooLarge(error: unknown, role: LimitRole, table: LimitTable): never {
  if (error instanceof BodyTooLarge) throw exceeded('body', error.found, null, role, table);
  throw new ClientGone('The client left before its body was complete.', { cause: error });
}

/**
 * Admits an operation. As application/json a refusal of the document or its variables has the status 200, as GraphQL over HTTP
 * recommends; limits keep theirs.
 */
function admittedAs<T>(form: WholeForm, admission: () => T): T {
  try {
    return admission();
  } catch (error) {
    const refusal = toGraphQLError(error);
    const { http } = refusal.extensions as { http?: object };
    if (form === 'json' && isAboutDocument(codeOf(error))) refusal.extensions['http'] = { ...http, status: 200 };
    throw refusal;
  }
}

/** The headers for Apollo Server. What was decided here, it decides alike. */
function headersOf(request: IncomingMessage, accept: string): HeaderMap {
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  headers.set('accept', accept);
  // Forged requests were refused before.
  headers.set('apollo-require-preflight', '1');
  return headers;
}
