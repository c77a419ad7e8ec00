import type { IncomingMessage } from 'node:http';
import type { SubscribePayload } from 'graphql-ws';
import type { RequestInfo } from '../context/request.ts';
import { BodyTooLarge, readBody } from '../http/body.ts';
import { Refusal } from './refusal.ts';
import type { SubgraphRequest } from './service.ts';

/** Maximum bytes of a request. The gateway accepts 1 MiB from clients and adds representations of up to a thousand entities. */
export const largestRequest = 8 * 1_048_576;

/** The operation of a WebSocket message. */
export function operationOf(payload: SubscribePayload, info: RequestInfo): SubgraphRequest {
  return {
    query: payload.query,
    variables: payload.variables ?? undefined,
    operationName: payload.operationName ?? undefined,
    info,
    marks: payload.extensions?.['ensembleMarks'] === true,
  };
}

/** The headers of a request, each as one text. */
export function headersOf(request: IncomingMessage): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
}

/** Reads the values of connection_init and of extensions as headers. */
export function wordsOf(said: Record<string, unknown>): Record<string, string | undefined> {
  const words: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(said)) if (typeof value === 'string') words[name.toLowerCase()] = value;
  words['acting-for'] ??= words['actingfor'];
  return words;
}

export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  return readBody(request, largestRequest, request.headers['content-length']).catch((error: unknown) => {
    if (!(error instanceof BodyTooLarge)) throw error;
    throw new Refusal(413, 'INVALID', `A request has at most ${largestRequest} bytes.`);
  });
}

function jsonIn(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    throw new Refusal(400, 'INVALID', 'The body is not valid JSON.');
  }
}

/** The operation in the body of a request. */
export function requestIn(bytes: Buffer): Omit<SubgraphRequest, 'info'> & { extensions: Record<string, unknown> } {
  const body = jsonIn(bytes);
  const { query, variables, operationName, extensions } = (
    typeof body === 'object' && body !== null ? body : {}
  ) as Record<string, unknown>;
  if (typeof query !== 'string')
    throw new Refusal(400, 'INVALID', 'The body is a GraphQL request: { query, variables, operationName }.');
  return {
    query,
    variables: typeof variables === 'object' && variables !== null ? (variables as Record<string, unknown>) : undefined,
    operationName: typeof operationName === 'string' ? operationName : undefined,
    extensions: typeof extensions === 'object' && extensions !== null ? (extensions as Record<string, unknown>) : {},
  };
}
