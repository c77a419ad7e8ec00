import type { IncomingMessage, ServerResponse } from 'node:http';
import { header } from '../authentication/client.ts';
import { badQuery } from '../errors.ts';
import { consumerOf } from '../limits/consumer.ts';
import { answer } from './answer.ts';
import { payloadOf } from './asked.ts';
import { identify, presentedIn, readOperation, type Exchange, type GraphQLOptions } from './exchange.ts';

/** The headers of answers without content of their own. */
const plain = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' };

/** The token of a reserved event stream: in a header, or in the address for a browser's EventSource, which sends no headers. */
export function streamToken(request: IncomingMessage): string | null {
  return header(request, 'x-graphql-event-stream-token') ?? parameter(request, 'token');
}

/**
 * The single connection mode of graphql-sse: PUT reserves an event stream, GET opens it, POST begins an operation on it, and DELETE
 * cancels one. The token opens the stream; operations need the credentials of the reservation, too.
 */
export async function answerReserved(options: GraphQLOptions, exchange: Exchange, token: string | null): Promise<void> {
  const { method, request, response, requestId } = exchange;
  const { streams, operations } = options;
  if (method === 'PUT' || token === null) return reserve(options, exchange);
  const stream = streams.find(token);
  const presented = presentedIn(request);
  if (method !== 'GET' || presented.authorization !== null) await stream.require(presented);
  if (method === 'GET') return streams.attach(stream, response);
  if (method === 'DELETE') {
    const name = parameter(request, 'operationId');
    if (name === null) throw badQuery('operationId: must name the operation to cancel, as a parameter of the URL.');
    stream.leave(name);
    return empty(exchange, 200);
  }
  const release = operations.begin(stream.account);
  try {
    const asked = await readOperation(options, exchange, stream.account);
    await streams.begin(stream, payloadOf(asked, request), requestId, release);
  } catch (error) {
    release();
    throw error;
  }
  empty(exchange, 202);
}

async function reserve(options: GraphQLOptions, exchange: Exchange): Promise<void> {
  const { request, response } = exchange;
  const client = await identify(options, exchange);
  const release = options.operations.begin(
    consumerOf(client.actor, client.credential.key, client.circumstances.client.ip),
  );
  release();
  answer(request, response, 201, plain, options.streams.reserve(client));
}

function empty({ request, response }: { request: IncomingMessage; response: ServerResponse }, status: number): void {
  answer(request, response, status, plain, '');
}

function parameter(request: IncomingMessage, name: string): string | null {
  return new URL(request.url ?? '/', 'http://localhost').searchParams.get(name);
}
