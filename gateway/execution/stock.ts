import { ApolloGateway } from '@apollo/gateway';
import type { GatewayExecutor } from '@apollo/server-gateway-interface';
import type { Logger } from '../../platform/telemetry/log.ts';
import { keepStockGatewayQuiet } from '../config.ts';
import { apolloLogger } from '../http/apollo-log.ts';
import { withoutGuardPurposes } from '../supergraph/specs.ts';
import type { Parts } from '../supergraph/value.ts';
import type { OperationContext } from './context.ts';
import { withNullErrors } from './null-errors.ts';

/**
 * The stock ApolloGateway on one supergraph value, with the data sources of our own executor. There is one gateway per value, because
 * the stock gateway always plans on its current schema: an operation validated just before a swap would run on the new one.
 */
export async function stockExecutor(
  value: Parts,
  log: Logger,
): Promise<{ execute: GatewayExecutor; stop(): Promise<void> }> {
  keepStockGatewayQuiet();
  const gateway = new ApolloGateway({
    supergraphSdl: withoutGuardPurposes(value.sdl),
    __exposeQueryPlanExperimental: false,
    logger: apolloLogger(log),
    buildService: ({ name }) => {
      const source = value.services[name];
      if (!source) throw new Error(`The supergraph names a subgraph ${name} that it does not list.`);
      return source;
    },
  });
  const { executor } = await gateway.load();
  return {
    execute: async (request) =>
      withNullErrors(await executor(request), request.context as OperationContext, value.apiSchema, log),
    stop: () => gateway.stop(),
  };
}
