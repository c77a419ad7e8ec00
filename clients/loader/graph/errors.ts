import { LoaderFault } from '../fault.ts';

/** The details of a graph error besides its message. */
export interface GraphErrorDetails {
  code: string;
  retryable: boolean;
  /** Seconds. */
  retryAfter: number | null;
  /** The name of the exceeded limit, for LIMIT_EXCEEDED. */
  limit: string | null;
  requestId: string | null;
  incidentId: string | null;
}

/** The graph refused an operation. The message ends with the code and the ids under which the server's log records it. */
export class GraphError extends LoaderFault {
  override name = 'GraphError';
  readonly details: GraphErrorDetails;

  constructor(message: string, details: GraphErrorDetails) {
    const ids = [
      details.requestId && `request ${details.requestId}`,
      details.incidentId && `incident ${details.incidentId}`,
    ];
    super(`${message} (${[details.code, ...ids.filter(Boolean)].join(', ')})`);
    this.details = details;
  }
}

/** No usable answer: no connection, a broken connection, or an answer that is not the graph's. */
export class ConnectionLost extends LoaderFault {
  override name = 'ConnectionLost';
}

/** Another server answers at this address; retrying would not help. */
export class NotTheGraph extends LoaderFault {
  override name = 'NotTheGraph';
}

interface WireError {
  message?: unknown;
  extensions?: Record<string, unknown>;
}

/** The first error of an answer, which suffices: an operation of the loader has one root field. */
export function graphErrorOf(errors: readonly unknown[], requestId: string | null): GraphError {
  const { message, extensions = {} } = (errors[0] ?? {}) as WireError;
  const text = (name: string): string | null => {
    const value = extensions[name];
    return typeof value === 'string' ? value : null;
  };
  const issues = Array.isArray(extensions['issues']) ? (extensions['issues'] as { message?: unknown }[]) : [];
  const said = [message, ...issues.map((issue) => issue.message)].filter((part) => typeof part === 'string');
  const retryAfter = extensions['retryAfter'];
  return new GraphError([...new Set(said)].join(' ') || 'The graph returned an error without a message.', {
    code: text('code') ?? 'INTERNAL',
    retryable: extensions['retryable'] === true,
    retryAfter: typeof retryAfter === 'number' ? retryAfter : null,
    limit: text('limit'),
    requestId,
    incidentId: text('incidentId'),
  });
}
