import { randomUUID } from 'node:crypto';
import type { GatewayExecutionResult } from '@apollo/server-gateway-interface';
import { GraphQLError, isAbstractType, isObjectType, type GraphQLSchema } from 'graphql';
import type { Logger } from '../../platform/telemetry/log.ts';
import type { OperationContext } from './context.ts';

/** Violations in one line of the log: a list may have thousands of the same kind. */
const mostLogged = 20;

/**
 * Both executors report a null in a non-null field in `extensions.valueCompletion`. Clients get it as an ordinary error: `data` is
 * null, and `errors` says why. The exception is a reference to an entity that its owner reports as absent for this viewer: the
 * reference is null without an error. `context.absent` holds the types of such entities.
 */
export function withNullErrors(
  result: GatewayExecutionResult,
  { absent }: Pick<OperationContext, 'absent'>,
  schema: GraphQLSchema,
  log: Logger,
): GatewayExecutionResult {
  const reported = result.extensions?.['valueCompletion'] as readonly GraphQLError[] | undefined;
  if (!reported) return result;
  const violations = reported.filter(({ message }) => {
    const type = /^Cannot return null for non-nullable field ([A-Za-z0-9_]+)\./.exec(message)?.[1];
    return type === undefined || ![...absent].some((other) => mayBeOne(schema, type, other));
  });
  const { valueCompletion: _reported, ...extensions } = result.extensions ?? {};
  const rest = Object.keys(extensions).length > 0 ? { extensions } : { extensions: undefined };
  if (violations.length === 0) return { ...result, ...rest } as GatewayExecutionResult;
  const incidentId = randomUUID();
  log.error(
    { incidentId, violations: violations.slice(0, mostLogged).map((error) => error.message) },
    'a subgraph answered null for a non-null field',
  );
  const errors = violations.map(
    (error) =>
      new GraphQLError(error.message, {
        ...(error.path ? { path: error.path } : {}),
        extensions: { code: 'INTERNAL', retryable: false, incidentId },
      }),
  );
  return {
    ...result,
    errors: [...(result.errors ?? []), ...errors],
    ...rest,
  } as GatewayExecutionResult;
}

/** Whether an entity can be of both types: they are the same, or one is an interface or union that includes the other. */
function mayBeOne(schema: GraphQLSchema, one: string, other: string): boolean {
  if (one === other) return true;
  const [a, b] = [schema.getType(one), schema.getType(other)];
  const includes = (abstract: typeof a, type: typeof a): boolean =>
    isAbstractType(abstract) && isObjectType(type) && schema.isSubType(abstract, type);
  return includes(a, b) || includes(b, a);
}
