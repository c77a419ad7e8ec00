import type { GraphQLFormattedError } from 'graphql';

/** The connection to a subgraph broke while a stream ran on it. The consumer may subscribe again. */
export class StreamLost extends Error {
  override name = 'StreamLost';
  /** Whether the stream was established before it was lost: the subgraph's absence begins now. */
  readonly stood: boolean;

  constructor(message: string, options: ErrorOptions & { stood?: boolean } = {}) {
    super(message, options);
    this.stood = options.stood ?? false;
  }
}

/** The subgraph refused or ended the stream with its own errors. */
export class StreamRefused extends Error {
  override name = 'StreamRefused';
  readonly errors: readonly GraphQLFormattedError[];

  constructor(errors: readonly GraphQLFormattedError[]) {
    super(errors[0]?.message ?? 'The subgraph refused the subscription.');
    this.errors = errors;
  }
}
