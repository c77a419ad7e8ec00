import type { IncomingMessage, ServerResponse } from 'node:http';
import { OperationTypeNode } from 'graphql';
import { senderOf } from '../documents/sender.ts';
import { inSpan, type Span } from '../../platform/telemetry/tracing.ts';
import { traceparentIn } from '../authentication/client.ts';
import { codeOf, GatewayError } from '../errors.ts';
import { findOperation } from '../limits/admit.ts';
import { consumerOf, type Consumer } from '../limits/consumer.ts';
import type { View } from '../supergraph/views.ts';
import { formOf } from './accept.ts';
import { answerError, wrongMethod } from './answer.ts';
import { payloadOf, type HttpAsked } from './asked.ts';
import { ClientGone, identify, readOperation, type Exchange, type GraphQLOptions } from './exchange.ts';
import { refuseForgery } from './forgery.ts';
import { countError, describe, hashOf, logOperation, newRecord } from './record.ts';
import { answerReserved, streamToken } from './reserved.ts';
import { answerWhole } from './whole.ts';

/** Answers /graphql: operations as whole answers or as streams, and reserved event streams. */
export function answerGraphQL(
  options: GraphQLOptions,
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
): Promise<void> {
  return inSpan('graphql', { kind: 'server', parent: traceparentIn(request) }, (span) =>
    answerTraced(options, request, response, requestId, span),
  );
}

async function answerTraced(
  options: GraphQLOptions,
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  span: Span,
): Promise<void> {
  const { method = 'GET' } = request;
  const token = streamToken(request);
  const isKnown = method === 'POST' || method === 'GET' || method === 'PUT' || (method === 'DELETE' && token !== null);
  if (!isKnown) return wrongMethod(request, response, 'GET, POST, PUT, OPTIONS');
  const left = new AbortController();
  // A response is closed after a complete answer too.
  response.once('close', () => {
    if (!response.writableFinished) left.abort();
  });
  const record = newRecord();
  const exchange: Exchange = {
    method,
    request,
    response,
    requestId,
    record,
    gone: left.signal,
    info: null,
    traceparent: span.traceparent,
  };
  let isLogged = false;
  try {
    refuseForgery(request, options.corsOrigins, options.trustProxy);
    if (method === 'PUT' || token !== null) {
      await answerReserved(options, exchange, token);
      // Operations on streams are logged as such, and the rest is no operation.
      isLogged = true;
    } else isLogged = (await answerOperation(options, exchange)) === 'streamed';
  } catch (error) {
    countError(record, codeOf(error));
    if (error instanceof ClientGone || (left.signal.aborted && !response.writableEnded)) return;
    // The rest of a refused body is not read.
    if (!request.complete) response.setHeader('connection', 'close');
    answerError(request, response, error, options.format);
  } finally {
    describe(span, record, { requestId, status: response.statusCode });
    if (!isLogged) {
      if (response.statusCode >= 400 && Object.keys(record.errors).length === 0)
        countError(record, `HTTP_${response.statusCode}`);
      logOperation(options.log, record, exchange.info, { requestId, status: response.statusCode });
    }
  }
}

/** Authenticates a request, reads its operation, and answers it in the form that the client prefers. */
async function answerOperation(options: GraphQLOptions, exchange: Exchange): Promise<'whole' | 'streamed'> {
  const { method, request, response, record } = exchange;
  const client = await identify(options, exchange);
  const consumer = consumerOf(client.actor, client.credential.key, client.circumstances.client.ip);
  const release = options.operations.begin(consumer);
  try {
    const asked = await readOperation(options, exchange, consumer);
    record.hash = hashOf(asked.query);
    options.documents.judge(asked.query, senderOf(client.actor, client.circumstances));
    const view = await options.views.of(client.circumstances.audience);
    const kind = kindOf(options, view, asked, consumer);
    if (method === 'GET' && kind === OperationTypeNode.MUTATION) {
      response.setHeader('allow', 'POST');
      throw new GatewayError('BAD_QUERY', 'GET answers queries and subscriptions; send a mutation by POST.', {}, 405);
    }
    const form = formOf(request, kind);
    if (typeof form === 'string') {
      await answerWhole(options, exchange, { client, consumer, view, asked, form, release });
      return 'whole';
    }
    await options.streams.answer(client, form, payloadOf(asked, request), { response, release });
    return 'streamed';
  } catch (error) {
    release();
    throw error;
  }
}

/** The kind of an operation; `null` if it cannot be found, which its admission reports. */
function kindOf(
  { limits }: GraphQLOptions,
  { value }: View,
  asked: HttpAsked,
  { role }: Consumer,
): OperationTypeNode | null {
  try {
    return findOperation(value, asked, role, limits).operation.operation;
  } catch {
    return null;
  }
}
