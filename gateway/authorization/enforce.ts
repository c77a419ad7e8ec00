import type { GatewayExecutionResult, GatewayExecutor } from '@apollo/server-gateway-interface';
import {
  getVariableValues,
  GraphQLError,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { GatewayError, toGraphQLError } from '../errors.ts';
import { completeAnswer } from '../execution/completion.ts';
import type { OperationContext } from '../execution/context.ts';
import { isData, type Data } from '../execution/merge.ts';
import type { Guards } from './guards.ts';

/**
 * Runs operations without the fields that the viewer may not see: they are not fetched, and are null in the answer with an error for
 * each.
 */
export function guarded(
  execute: GatewayExecutor,
  { guards, apiSchema }: { guards: Guards; apiSchema: GraphQLSchema },
): GatewayExecutor {
  return async (request) => {
    const { document, operation } = request;
    const { info } = request.context as OperationContext;
    const filtered = guards.of(document, operation)?.of(guards.rightsOf(info.actor));
    if (!filtered) return execute(request);
    const variables = request.request.variables ?? {};
    const coerced = getVariableValues(apiSchema, operation.variableDefinitions ?? [], variables, { maxErrors: 50 });
    if (coerced.errors) return { errors: coerced.errors };
    const { rest, key } = filtered;
    const answer: GatewayExecutionResult = rest
      ? await execute({ ...request, ...rest, queryHash: `${request.queryHash} ${key}` })
      : { data: {} };
    const paths = filtered.paths(variables);
    return withRefusals(
      { schema: apiSchema, document, operation, variables },
      answer as ExecutionResult,
      paths,
    ) as never;
  };
}

/** The answer to the whole operation, from the answer to what is left of it. */
export function withRefusals(
  asked: {
    schema: GraphQLSchema;
    document: DocumentNode;
    operation: OperationDefinitionNode;
    variables: Record<string, unknown>;
  },
  answer: ExecutionResult,
  paths: readonly (readonly string[])[],
): ExecutionResult {
  const errors = [...(answer.errors ?? []), ...paths.map(refusalAt)];
  const data = isData(answer.data) ? completeAnswer(asked, answer.data as Data).data : answer.data;
  return { ...answer, ...(data === undefined ? {} : { data }), ...(errors.length > 0 ? { errors } : {}) };
}

/** The error of a field that a viewer may not see. It does not say which rights would be needed. */
export function refusalAt(path: readonly string[]): GraphQLError {
  const { message, extensions } = toGraphQLError(unauthorized());
  const { code, retryable } = extensions;
  return new GraphQLError(message, { path, extensions: { code, retryable } });
}

export function unauthorized(): GatewayError {
  return new GatewayError(
    'UNAUTHORIZED_FIELD_OR_TYPE',
    'You may not see this: it is only for viewers with certain rights, or for signed-in ones.',
  );
}
