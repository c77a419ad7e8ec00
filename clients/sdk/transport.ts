import type { Json } from './json.ts';

/** The path of the graph on its origin. */
export const ENDPOINT = '/graphql';

/** Milliseconds: slow analytics take a while, but useful queries are faster than this. */
const REQUEST_TIMEOUT = 120_000;

export interface GraphRequest {
  readonly query: string;
  /** The id of a trusted document, instead of its text. */
  readonly documentId?: string;
  readonly variables?: unknown;
  readonly operationName?: string | null;
}

export interface GraphIssue {
  readonly path?: readonly (string | number)[] | string | null;
  readonly code?: string | null;
  readonly message?: string | null;
}

export interface GraphError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  /** Places in the operation's text. */
  readonly locations?: readonly { readonly line: number; readonly column: number }[];
  readonly extensions?: {
    readonly code?: string;
    readonly path?: readonly (string | number)[];
    readonly issues?: readonly GraphIssue[];
    readonly incidentId?: string;
    /** Seconds. */
    readonly retryAfter?: number;
    readonly [key: string]: unknown;
  };
}

export interface GraphResult {
  readonly data?: Json;
  readonly errors?: readonly GraphError[];
  readonly extensions?: { readonly [key: string]: Json };
}

/** An answer with the data of its HTTP response. */
export interface GraphAnswer {
  readonly result: GraphResult;
  readonly requestId: string | null;
  /** Characters of the body. */
  readonly size: number;
  /** The server's clock minus ours, milliseconds; null if the server does not send it. */
  readonly clockOffset: number | null;
}

export interface PostOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds. */
  readonly timeout?: number;
  /** The graph's address; by default its path on the page's own origin. */
  readonly url?: string;
  readonly fetch?: typeof fetch;
}

/**
 * Sends one operation. Never rejects because of the network or the server: such failures become a result with one error, so that
 * every view shows them the same way. Rejects with AbortError when `signal` is aborted.
 */
export async function post(
  request: GraphRequest,
  headers: Readonly<Record<string, string>>,
  { signal, timeout: limit = REQUEST_TIMEOUT, url = ENDPOINT, fetch: send = fetch }: PostOptions = {},
): Promise<GraphAnswer> {
  const timeout = AbortSignal.timeout(limit);
  try {
    const response = await send(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json;q=0.9',
        ...headers,
      },
      body: JSON.stringify(request),
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    const body = await response.text();
    const date = Date.parse(response.headers.get('date') ?? '');
    return {
      result: readBody(body) ?? unreadable(response),
      requestId: response.headers.get('request-id'),
      size: body.length,
      clockOffset: Number.isNaN(date) ? null : date - Date.now(),
    };
  } catch (error) {
    if (signal?.aborted) throw error;
    const message = timeout.aborted
      ? `The server has not answered within ${limit / 1000} seconds.`
      : 'The server could not be reached. Check the connection and try again.';
    return { result: failure('UNREACHABLE', message), requestId: null, size: 0, clockOffset: null };
  }
}

/** A result with one error, for failures that are not the graph's own. */
export function failure(code: string, message: string): GraphResult {
  return { errors: [{ message, extensions: { code } }] };
}

export function codesOf(result: GraphResult): string[] {
  return (result.errors ?? []).map((error) => error.extensions?.code ?? '');
}

function readBody(body: string): GraphResult | null {
  try {
    const value: unknown = JSON.parse(body);
    const isResult = typeof value === 'object' && value !== null && ('data' in value || 'errors' in value);
    return isResult ? (value as GraphResult) : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function unreadable(response: Response): GraphResult {
  const status = `${response.status} ${response.statusText}`.trim();
  return failure(`HTTP_${response.status}`, `The server answered ${status} without GraphQL.`);
}
