import type { GraphQLFormattedError } from 'graphql';

/** The connection to a subgraph broke while a stream ran on it. Whoever listens may ask for the stream anew. */
export class StreamLost extends Error {
  override name = 'StreamLost';
  /** Whether the subgraph was there when the stream was asked for: it was lost later, and its absence begins now. */
  readonly stood: boolean;

  constructor(message: string, options: ErrorOptions & { stood?: boolean } = {}) {
    super(message, options);
    this.stood = options.stood ?? false;
  }
}

/** The subgraph refused or ended the stream with errors of its own. */
export class StreamRefused extends Error {
  override name = 'StreamRefused';
  readonly errors: readonly GraphQLFormattedError[];

  constructor(errors: readonly GraphQLFormattedError[]) {
    super(errors[0]?.message ?? 'The subgraph refused the subscription.');
    this.errors = errors;
  }
}
