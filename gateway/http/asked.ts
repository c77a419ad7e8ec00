import { badQuery } from '../errors.ts';
import type { Asked } from '../limits/admit.ts';

/** A GraphQL request over HTTP as it was read here, once: what is measured is what Apollo Server is given. */
export interface HttpAsked extends Asked {
  extensions: Record<string, unknown> | undefined;
}

/** What Apollo Server is to read; without a request nothing that it could run. */
export interface Handed {
  search: string;
  body: unknown;
}

/**
 * The operation of a request: of the address for GET, of the JSON body for POST. Throws BAD_QUERY for everything that is not one
 * operation in its own text, so that nothing runs that was not measured: batches, hashes in place of a query (persisted
 * queries), parameters that stand twice, values of another kind.
 */
export function readAsked(method: string, body: unknown, search: string): HttpAsked {
  return method === 'GET' ? askedInAddress(search) : askedInBody(body);
}

/** The request in the words in which Apollo Server takes it. */
export function handed(method: string, asked: HttpAsked | null): Handed {
  if (!asked) return { search: '', body: undefined };
  const { query, operationName, variables } = asked;
  if (method !== 'GET') return { search: '', body: present(asked) };
  const parameters = new URLSearchParams({ query });
  if (operationName !== undefined) parameters.set('operationName', operationName);
  if (variables) parameters.set('variables', JSON.stringify(variables));
  return { search: `?${parameters}`, body: undefined };
}

/** Apollo Server takes a key without a value for one of the wrong kind. */
function present(asked: HttpAsked): Record<string, unknown> {
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
}

function askedInAddress(search: string): HttpAsked {
  const parameters = new URLSearchParams(search);
  const text = (name: string): string | undefined => {
    const [value, ...more] = parameters.getAll(name);
    if (more.length > 0)
      throw badQuery(`The parameter "${name}" stands ${more.length + 1} times in the address; give it once.`);
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
  return asked({
    query: text('query'),
    operationName: text('operationName'),
    variables: json('variables'),
    extensions: json('extensions'),
  });
}

function askedInBody(body: unknown): HttpAsked {
  if (body === undefined) throw badQuery('A POST brings a JSON body, with the header content-type: application/json.');
  if (Array.isArray(body)) throw badQuery('Send one operation at a time; batches are not answered.');
  if (!isRecord(body)) throw badQuery('The body is a JSON object with `query`, and `variables` if there are any.');
  const own = (name: string): unknown => (Object.hasOwn(body, name) ? body[name] : undefined);
  return asked({
    query: own('query'),
    operationName: own('operationName'),
    variables: own('variables'),
    extensions: own('extensions'),
  });
}

function asked(given: Record<'query' | 'operationName' | 'variables' | 'extensions', unknown>): HttpAsked {
  const { query, operationName } = given;
  const variables = record('variables', given.variables);
  const extensions = record('extensions', given.extensions);
  if (typeof query !== 'string' || query === '') {
    if (extensions && 'persistedQuery' in extensions)
      throw badQuery('Persisted queries are not kept here: send the text of the operation as `query`.');
    throw badQuery('`query` is the text of the operation, as a string.');
  }
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string')
    throw badQuery('`operationName` is a string.');
  return { query, operationName: operationName ?? undefined, variables, extensions };
}

function record(name: string, value: unknown): Record<string, unknown> | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isRecord(value)) throw badQuery(`\`${name}\` is a JSON object.`);
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
