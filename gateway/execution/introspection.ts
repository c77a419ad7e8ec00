import type { GatewayExecutionResult, GatewayExecutor } from '@apollo/server-gateway-interface';
import {
  execute as executeHere,
  getVariableValues,
  GraphQLError,
  Kind,
  type DocumentNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { badQuery, toGraphQLError } from '../errors.ts';
import type { Parts } from '../supergraph/value.ts';

/** Answers kept per value, and the characters of JSON in them: explorers ask in some ten ways, and the whole schema is 400 kB. */
const mostAnswers = 50;
const heaviestAnswers = 8_000_000;
/** Variables of introspection are names and flags; an answer to longer ones is not kept. */
const longestVariables = 1_000;

/**
 * An executor before which operations that only introspect are answered by graphql-js on the API schema, once per document. The
 * planner knows introspection as it was some years ago, and would read a new field of it as a fault of ours.
 */
export function introspecting(execute: GatewayExecutor, value: Parts): GatewayExecutor {
  const answers = new LRUCache<string, GatewayExecutionResult>({ max: mostAnswers, maxSize: heaviestAnswers });
  return async (request) => {
    const { document, operation, source } = request;
    const fields = rootFields(document, operation);
    if (!fields.every((name) => name.startsWith('__'))) {
      if (!fields.includes('__schema') && !fields.includes('__type')) return execute(request);
      try {
        return await execute(request);
      } catch (error) {
        if (!isInvalid(error)) throw error;
        throw toGraphQLError(
          badQuery(
            `Introspection beside other fields was not understood (${error.message}). Ask for it in an operation of its own.`,
          ),
        );
      }
    }
    const { operationName, variables = {} } = request.request;
    const given = JSON.stringify(variables);
    const key = `${operationName ?? ''}\n${given}\n${source}`;
    const known = answers.get(key);
    if (known) return { ...known };
    const coerced = getVariableValues(value.apiSchema, operation.variableDefinitions ?? [], variables, {
      maxErrors: 50,
    });
    if (coerced.errors) return { errors: coerced.errors };
    const answer = (await executeHere({
      schema: value.apiSchema,
      document,
      operationName: operationName ?? null,
      variableValues: variables,
    })) as GatewayExecutionResult;
    if (!answer.errors && given.length <= longestVariables) {
      const size = JSON.stringify(answer.data).length + key.length;
      if (size <= heaviestAnswers) answers.set(key, answer, { size });
    }
    return { ...answer };
  };
}

/** What the planner says of a document that it does not understand; all else that it throws is a fault of ours. */
function isInvalid(error: unknown): error is GraphQLError {
  return error instanceof GraphQLError && error.extensions['code'] === 'INVALID_GRAPHQL';
}

/** The names of an operation's root fields, fragments expanded. The document is valid. */
function rootFields(document: DocumentNode, operation: OperationDefinitionNode): string[] {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  const names = new Set<string>();
  const seen = new Set<string>();
  const collect = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) names.add(selection.name.value);
      else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet);
      else if (!seen.has(selection.name.value)) {
        seen.add(selection.name.value);
        const fragment = fragments.get(selection.name.value);
        if (fragment) collect(fragment.selectionSet);
      }
    }
  };
  collect(operation.selectionSet);
  return [...names];
}
