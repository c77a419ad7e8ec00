import type { GatewayExecutionResult, GatewayExecutor } from '@apollo/server-gateway-interface';
import { execute as executeHere, getVariableValues, type ExecutionResult, type OperationDefinitionNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Parts } from '../supergraph/value.ts';
import { partOf, rootFieldsOf, type Part } from './part.ts';

/** Answers cached per supergraph value, and their characters of JSON: explorers ask in some ten ways, and the whole schema is 400 kB. */
const mostAnswers = 50;
const heaviestAnswers = 8_000_000;
/** Variables of introspection are names and flags; answers to longer ones are not cached. */
const longestVariables = 1_000;

type Data = Record<string, unknown>;

/** The part of an operation that graphql-js answers, and the part that is planned. */
interface Split {
  readonly here: Part;
  readonly rest: Part | null;
  /** Response keys in order. */
  readonly responses: readonly string[];
}

/**
 * Answers introspection by graphql-js on the API schema, cached by document and variables, wherever it occurs in an operation; the
 * given executor answers the rest. The planner supports only an older version of introspection and would report new fields as
 * internal errors.
 */
export function introspecting(execute: GatewayExecutor, value: Parts): GatewayExecutor {
  const answers = new LRUCache<string, Data>({ max: mostAnswers, maxSize: heaviestAnswers });
  const splits = new WeakMap<OperationDefinitionNode, Split | null>();
  return async (request) => {
    const { document, operation } = request;
    let split = splits.get(operation);
    if (split === undefined) splits.set(operation, (split = splitOf(document, operation)));
    if (split === null) return execute(request);
    const { here, rest, responses } = split;
    const { variables = {} } = request.request;
    const coerced = getVariableValues(value.apiSchema, operation.variableDefinitions ?? [], variables, {
      maxErrors: 50,
    });
    if (coerced.errors) return { errors: coerced.errors };
    const known = await answerHere(here, variables);
    if (!rest || known.errors) return known;
    const other = await execute({ ...request, ...rest });
    return { ...other, data: together(responses, known.data, other.data) } as GatewayExecutionResult;
  };

  async function answerHere({ document, source, variables: used }: Part, variables: Data): Promise<ExecutionResult> {
    const given = Object.fromEntries(Object.entries(variables).filter(([name]) => used.has(name)));
    const written = JSON.stringify(given);
    const key = `${written}\n${source}`;
    const known = answers.get(key);
    if (known) return { data: known };
    const answer = await executeHere({ schema: value.apiSchema, document, variableValues: given });
    if (answer.data && !answer.errors && written.length <= longestVariables) {
      const size = JSON.stringify(answer.data).length + key.length;
      if (size <= heaviestAnswers) answers.set(key, answer.data, { size });
    }
    return answer;
  }
}

/** `null` without introspection. An operation whose only other fields are `__typename` is answered by graphql-js as a whole. */
function splitOf(...[document, operation]: Parameters<typeof rootFieldsOf>): Split | null {
  const fields = rootFieldsOf(document, operation);
  const isHere = (name: string): boolean => name === '__schema' || name === '__type';
  const responses = [...new Set(fields.map(({ alias, name }) => (alias ?? name).value))];
  if (fields.every(({ name }) => name.value.startsWith('__')))
    return { here: partOf(document, operation, () => true), rest: null, responses };
  if (!fields.some(({ name }) => isHere(name.value))) return null;
  return {
    here: partOf(document, operation, ({ name }) => isHere(name.value)),
    rest: partOf(document, operation, ({ name }) => !isHere(name.value)),
    responses,
  };
}

/** Merges both parts in document order. If either is null, the whole is null: a non-null root field was null. */
function together(responses: readonly string[], here: Data | null | undefined, rest: Data | null | undefined): unknown {
  if (!here || !rest) return rest === undefined ? undefined : null;
  const all = new Map([...Object.entries(here), ...Object.entries(rest)]);
  return Object.fromEntries(responses.flatMap((name) => (all.has(name) ? [[name, all.get(name)]] : [])));
}
