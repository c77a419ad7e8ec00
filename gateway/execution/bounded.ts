import type { GatewayExecutionResult, GatewayExecutor } from '@apollo/server-gateway-interface';
import { toGraphQLError, type GatewayError } from '../errors.ts';
import type { OperationContext } from './context.ts';

/**
 * An executor whose queries end with one error when they use up what they may. A mutation keeps what it answered: it has
 * happened, and only what was to be fetched besides is missing.
 */
export function bounded(execute: GatewayExecutor): GatewayExecutor {
  return async (request) => {
    const result = await execute(request);
    const { budget } = request.context as Partial<OperationContext>;
    if (!budget) return result;
    const kind = request.operation.operation;
    const fault = (kind === 'query' ? budget.fault : null) ?? budget.whole(result.data, kind);
    return fault ? ended(fault) : result;
  };
}

function ended(fault: GatewayError): GatewayExecutionResult {
  return { data: null, errors: [toGraphQLError(fault)] };
}
