import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import type { GraphQLFormattedError } from 'graphql';
import type { Logger } from '../../platform/telemetry/log.ts';
import type { ErrorFormat } from '../errors.ts';
import type { OperationContext } from '../execution/context.ts';
import type { CurrentSupergraph } from '../supergraph/current.ts';
import { apolloLogger } from './apollo-log.ts';
import { countError, timingOf } from './record.ts';

/** Apollo Server on the current supergraph: GraphQL over HTTP, validation, and the formatting of errors. */
export function createApollo(
  supergraph: CurrentSupergraph,
  format: ErrorFormat,
  log: Logger,
): ApolloServer<OperationContext> {
  return new ApolloServer<OperationContext>({
    gateway: supergraph,
    introspection: true,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    // Automatic persisted queries save bytes, not work, and would admit queries whose text was not measured.
    persistedQueries: false,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    nodeEnv: 'production',
    logger: apolloLogger(log),
    formatError: (_formatted, error): GraphQLFormattedError => format(error),
    plugins: [ApolloServerPluginLandingPageDisabled(), observer],
  });
}

/** Records what is logged about an operation, and adds cost and timings to the answer if the client asks for them. */
const observer: ApolloServerPlugin<OperationContext> = {
  requestDidStart: async () => ({
    didResolveOperation: async ({ contextValue, operation, operationName }) => {
      contextValue.record.kind = operation?.operation ?? null;
      contextValue.record.operationName = operationName;
    },
    willSendResponse: async ({ contextValue, response }) => {
      if (response.body.kind !== 'single') return;
      const { singleResult } = response.body;
      for (const error of singleResult.errors ?? []) countError(contextValue.record, error.extensions?.['code']);
      if (contextValue.explain && contextValue.cost) {
        const { cost, record } = contextValue;
        singleResult.extensions = { ...singleResult.extensions, cost, timing: timingOf(record) };
      }
    },
  }),
};
