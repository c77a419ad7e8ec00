import type { IncomingMessage } from 'node:http';
import { HeaderMap } from '@apollo/server';
import { requestInfo } from '../authentication/authentication.ts';
import { header } from '../authentication/client.ts';
import { codeOf, isAboutDocument, toGraphQLError } from '../errors.ts';
import type { OperationContext } from '../execution/context.ts';
import { OperationEnd } from '../execution/end.ts';
import { breakdownOf } from '../limits/breakdown.ts';
import { admit, asksToExplain } from '../limits/admit.ts';
import type { Consumer } from '../limits/consumer.ts';
import { answerTooLarge } from '../limits/rationing.ts';
import type { View } from '../supergraph/views.ts';
import type { HttpClient } from '../subscriptions/http-streams.ts';
import { mediaTypeOf, type WholeForm } from './accept.ts';
import { takenWithin } from './answer.ts';
import { present, searchOf, type HttpAsked } from './asked.ts';
import type { Exchange, GraphQLOptions } from './exchange.ts';

/** A query or mutation, and how it is answered. */
export interface Whole {
  client: HttpClient;
  consumer: Consumer;
  view: View;
  asked: HttpAsked;
  form: WholeForm;
  /** Releases the operation's place among the running ones. */
  release: () => void;
}

/** Admits a query or mutation, and hands it to Apollo Server. */
export async function answerWhole(
  { disclosure, limits, rationing }: GraphQLOptions,
  exchange: Exchange,
  { client, consumer, view, asked, form, release }: Whole,
): Promise<void> {
  const { method, request, response, record, gone } = exchange;
  const { role } = consumer;
  const { answer: largest, taking, time } = limits[role];
  // Held until the answer is received: until then it takes memory, as a running operation does.
  if (gone.aborted) release();
  response.once('close', release);
  const info = requestInfo(client.actor, client.actingFor, client.circumstances);
  exchange.info = info;
  const { value, apollo } = view;
  const admitted = admittedAs(form, () => admit(value, asked, role, limits));
  disclosure.check(admitted.document, admitted.operation, role);
  rationing.spend(consumer, admitted.cost.used);
  const explain = header(request, 'ensemble-explain') === '1' || asksToExplain(asked.extensions);
  record.admittedAt = performance.now();
  const end = new OperationEnd(time);
  end.isMutation = admitted.operation.operation === 'mutation';
  gone.addEventListener('abort', () => end.leave(), { once: true });
  if (gone.aborted) end.leave();
  try {
    const contextValue: OperationContext = {
      info,
      signal: end.signal,
      record,
      cost: admitted.cost,
      absent: new Set(),
      explain,
      isJson: form === 'json',
      ...(explain && { breakdown: breakdownOf(value, admitted, asked.variables) }),
    };
    const { status, headers, text } =
      method === 'GET'
        ? await overHttp(apollo, request, asked, form, contextValue)
        : await inProcess(apollo, asked, form, contextValue);
    const bytes = Buffer.byteLength(text);
    // An answer that is too large to be sent counts too.
    rationing.chargeBytes(consumer, bytes);
    if (bytes > largest) throw answerTooLarge(largest, bytes, record.kind);
    for (const [name, value] of headers) response.setHeader(name, value);
    response.setHeader('cache-control', 'no-store');
    response.statusCode = status;
    takenWithin(response, bytes, taking);
    // As text it is sent together with the headers.
    response.end(text);
  } finally {
    end.done();
  }
}

interface Answered {
  status: number;
  headers: Iterable<readonly [string, string]>;
  text: string;
}

/**
 * Runs an operation through Apollo Server's pipeline, with all hooks of its plugins. Its HTTP half would read again what was read here, and
 * took a twentieth of the time of a small operation.
 */
async function inProcess(
  apollo: View['apollo'],
  asked: HttpAsked,
  form: WholeForm,
  contextValue: OperationContext,
): Promise<Answered> {
  const { body, http } = await apollo.executeOperation(present(asked), { contextValue });
  if (body.kind !== 'single') throw new Error('Apollo Server answered in parts, which was not requested.');
  const { errors, data, extensions } = body.singleResult;
  http.headers.set('content-type', mediaTypeOf(form));
  return {
    status: http.status ?? 200,
    headers: http.headers,
    // Errors first, and a line end, as Apollo Server answers.
    text: `${JSON.stringify({ errors, data, extensions })}\n`,
  };
}

/** The same for GET, about whose headers Apollo Server has rules of its own. */
async function overHttp(
  apollo: View['apollo'],
  request: IncomingMessage,
  asked: HttpAsked,
  form: WholeForm,
  contextValue: OperationContext,
): Promise<Answered> {
  const {
    status = 200,
    headers,
    body,
  } = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: {
      method: 'GET',
      headers: headersOf(request, mediaTypeOf(form)),
      search: searchOf(asked),
      body: undefined,
    },
    context: async () => contextValue,
  });
  if (body.kind !== 'complete') throw new Error('Apollo Server answered in parts, which was not requested.');
  return { status, headers, text: body.string };
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
