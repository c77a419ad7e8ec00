import type { GatewayExecutionResult, GatewayExecutor } from '@apollo/server-gateway-interface';
import { toGraphQLError, type GatewayError } from '../errors.ts';
import type { OperationContext } from './context.ts';

/**
 * Ends a query that exceeds its budget with a single error. A mutation keeps its answer because it has happened; only the fields
 * fetched after it are missing.
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
