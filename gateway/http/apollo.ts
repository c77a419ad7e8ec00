import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import type { GatewayInterface } from '@apollo/server-gateway-interface';
import type { GraphQLFormattedError } from 'graphql';
import type { Logger } from '../../platform/telemetry/log.ts';
import type { Disclosure } from '../authorization/disclosure.ts';
import { limitRoleOf } from '../limits/limits.ts';
import { isAboutDocument, type ErrorFormat } from '../errors.ts';
import type { OperationContext } from '../execution/context.ts';
import { apolloLogger } from './apollo-log.ts';
import { countError, timingOf } from './record.ts';

/** Apollo Server on the current supergraph: GraphQL over HTTP, validation, and the formatting of errors. */
export function createApollo(
  supergraph: GatewayInterface,
  format: ErrorFormat,
  disclosure: Disclosure,
  log: Logger,
): ApolloServer<OperationContext> {
  return new ApolloServer<OperationContext>({
    gateway: supergraph,
    introspection: true,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    // Ids of documents are replaced by their texts before (`documents.ts`): here they would admit texts that were not measured.
    persistedQueries: false,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    nodeEnv: 'production',
    logger: apolloLogger(log),
    formatError: (_formatted, error): GraphQLFormattedError => format(error),
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      // It follows resolvers, of which a gateway has none, and for that changes each context and wraps each field of the schema.
      ApolloServerPluginCacheControlDisabled(),
      observer(disclosure),
    ],
  });
}

/**
 * Records what is logged about an operation, and adds cost and timings to the answer if the client asks for them. As
 * application/json a refusal of the document or its variables has the status 200, as GraphQL over HTTP recommends.
 */
const observer = (disclosure: Disclosure): ApolloServerPlugin<OperationContext> => ({
  requestDidStart: async () => ({
    didResolveOperation: async ({ contextValue, operation, operationName }) => {
      contextValue.record.kind = operation?.operation ?? null;
      contextValue.record.operationName = operationName;
    },
    willSendResponse: async ({ contextValue, response }) => {
      if (response.body.kind !== 'single') return;
      const { singleResult } = response.body;
      for (const error of singleResult.errors ?? []) countError(contextValue.record, error.extensions?.['code']);
      if (singleResult.errors)
        singleResult.errors = disclosure.errorsFor(singleResult.errors, limitRoleOf(contextValue.info.actor));
      const codes = singleResult.errors?.map(({ extensions }) => extensions?.['code']) ?? [];
      if (contextValue.isJson && response.http.status === 400 && codes.every(isAboutDocument))
        response.http.status = 200;
      if (contextValue.explain && contextValue.cost) {
        const cost = { ...contextValue.cost, ...contextValue.breakdown?.report(singleResult.data) };
        singleResult.extensions = { ...singleResult.extensions, cost, timing: timingOf(contextValue.record) };
      }
    },
  }),
});
