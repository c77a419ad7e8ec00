import type { GraphQLFormattedError } from 'graphql';

/** The connection to a subgraph broke while a stream ran on it. Whoever listens may ask for the stream anew. */
export class StreamLost extends Error {
  override name = 'StreamLost';
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
