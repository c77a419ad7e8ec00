import type { IncomingMessage } from 'node:http';
import type { SubscribePayload } from 'graphql-ws';
import { header } from '../authentication/client.ts';
import type { Named } from '../documents/documents.ts';
import { badQuery, type GatewayError } from '../errors.ts';
import type { Asked } from '../limits/admit.ts';

/** A GraphQL request over HTTP. It is read once, here, so Apollo Server gets exactly what is measured. */
export interface HttpAsked extends Asked {
  extensions: Record<string, unknown> | undefined;
}

/** The parts of a request, not checked yet. */
type Given = Record<'query' | 'documentId' | 'operationName' | 'variables' | 'extensions', unknown>;

/** A request with the keys that have values. */
export interface Present {
  query: string;
  operationName?: string;
  variables?: Record<string, unknown>;
  extensions?: Record<string, unknown>;
}

/**
 * The operation of a request: from the URL for GET, from the JSON body for POST. Throws BAD_QUERY for anything but one operation, so
 * that only measured operations run: for batches, repeated parameters and values of the wrong type. `find` gives the text of the
 * document, which a request may name by its id.
 */
export function readAsked(method: string, body: unknown, search: string, find: (named: Named) => string): HttpAsked {
  return asked(method === 'GET' ? givenInAddress(search) : givenInBody(body), find);
}

/** The address of a GET in the form that Apollo Server reads. */
export function searchOf({ query, operationName, variables }: HttpAsked): string {
  const parameters = new URLSearchParams({ query });
  if (operationName !== undefined) parameters.set('operationName', operationName);
  if (variables) parameters.set('variables', JSON.stringify(variables));
  return `?${parameters}`;
}

/** The request in the form of graphql-ws, which streams use as well. */
export function payloadOf(asked: HttpAsked, request: IncomingMessage): SubscribePayload {
  const { query, operationName = null, variables = null } = asked;
  const explain = header(request, 'ensemble-explain') === '1' ? { explain: true } : {};
  return { query, operationName, variables, extensions: { ...asked.extensions, ...explain } };
}

/** The request as Apollo Server takes it: without keys whose value is undefined. */
export function present({ query, operationName, variables, extensions }: HttpAsked): Present {
  return {
    query,
    ...(operationName === undefined ? {} : { operationName }),
    ...(variables === undefined ? {} : { variables }),
    ...(extensions === undefined ? {} : { extensions }),
  };
}

function givenInAddress(search: string): Given {
  const parameters = new URLSearchParams(search);
  const text = (name: string): string | undefined => {
    const [value, ...more] = parameters.getAll(name);
    if (more.length > 0)
      throw badQuery(`The parameter "${name}" appears ${more.length + 1} times in the URL; send it once.`);
    return value;
  };
  const json = (name: string): unknown => {
    const value = text(name);
    if (value === undefined) return undefined;
    try {
      return JSON.parse(value) as unknown;
    } catch {
      throw badQuery(`The parameter "${name}" is not valid JSON.`);
    }
  };
  return {
    query: text('query'),
    documentId: text('documentId'),
    // By the draft of persisted documents an empty name is none.
    operationName: text('operationName') || undefined,
    variables: json('variables'),
    extensions: json('extensions'),
  };
}

function givenInBody(body: unknown): Given {
  if (body === undefined) throw badQuery('A POST needs a JSON body, with the header content-type: application/json.');
  if (Array.isArray(body)) throw badQuery('Send one operation at a time; batches are not supported.');
  if (!isRecord(body)) throw badQuery('The body must be a JSON object with `query`, and `variables` if there are any.');
  const own = (name: string): unknown => (Object.hasOwn(body, name) ? body[name] : undefined);
  return {
    query: own('query'),
    documentId: own('documentId'),
    operationName: own('operationName'),
    variables: own('variables'),
    extensions: own('extensions'),
  };
}

function asked(given: Given, find: (named: Named) => string): HttpAsked {
  const { documentId, operationName } = given;
  const variables = record('variables', given.variables);
  const extensions = record('extensions', given.extensions);
  const text = given.query ?? null;
  if (text !== null && typeof text !== 'string') throw notText();
  const query = find({ query: text, documentId, extensions });
  if (query === '') throw notText();
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string')
    throw badQuery('`operationName` must be a string.');
  return { query, operationName: operationName ?? undefined, variables, extensions: withoutId(extensions) };
}

function notText(): GatewayError {
  return badQuery('`query` must be the text of the operation, a string; or `documentId` its id.');
}

/** Apollo Server would look for the id again. */
function withoutId(extensions: Record<string, unknown> | undefined): Record<string, unknown> | undefined {
  if (!extensions || !('persistedQuery' in extensions)) return extensions;
  const { persistedQuery: _, ...rest } = extensions;
  return rest;
}

function record(name: string, value: unknown): Record<string, unknown> | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isRecord(value)) throw badQuery(`\`${name}\` must be a JSON object.`);
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
