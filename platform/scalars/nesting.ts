import {
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  typeFromAST,
  type GraphQLInputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { Invalid } from '../errors/errors.ts';

/**
 * Levels of a JSON value. Catalogue records are three levels deep; recursive code uses more stack with each level, and a few thousand
 * levels overflow it.
 */
export const jsonDepthAtMost = 20;

/** Levels of nested inputs, including lists. The deepest legitimate one is a filter of five levels, each of two steps. */
export const inputDepthAtMost = 24;

/**
 * Values in the arguments of one field, counted where they are used: a variable used a hundred times in a list counts a hundred
 * times. The largest import has about 50,000.
 */
export const valuesAtMost = 100_000;

/** Inputs, including lists, that are validated one by one: a third of a second. The OS itself validates the lines of an import. */
export const checkedAtMost = 10_000;

/** The fault of a JSON value from a client, as a sentence, or `null`. Never recurses, whatever the value. */
export function jsonFault(value: unknown): string | null {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    // JSON.parse reads 1e400 as infinity, which JSON cannot represent.
    if (level.some((each) => typeof each === 'number' && !Number.isFinite(each)))
      return 'A JSON value holds a number that is too large.';
    const holders = level.filter((each) => typeof each === 'object' && each !== null) as object[];
    if (holders.length > 0 && depth === jsonDepthAtMost)
      return `A JSON value is at most ${jsonDepthAtMost} levels deep.`;
    level = holders.flatMap((holder) => Object.values(holder) as unknown[]);
  }
  return null;
}

/**
 * Refuses variables that nest deeper than any input, before recursive code reads them: INVALID with the path of the field. A value of
 * the wrong type is left for GraphQL to refuse.
 */
export function checkNesting(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): void {
  for (const { variable, type: node } of operation.variableDefinitions ?? []) {
    const type = typeFromAST(schema, node);
    const name = variable.name.value;
    if (type && isInputType(type)) walk(variables[name], type, [name]);
  }
}

function walk(value: unknown, of: GraphQLInputType, path: string[]): void {
  if (typeof value !== 'object' || value === null) return;
  if (path.length > inputDepthAtMost)
    throw new Invalid(`An input is at most ${inputDepthAtMost} levels deep.`, { path });
  const type = isNonNullType(of) ? of.ofType : of;
  if (isListType(type)) {
    // GraphQL reads a single value as a list of one.
    if (!Array.isArray(value)) walk(value, type.ofType as GraphQLInputType, path);
    else for (const [n, each] of value.entries()) walk(each, type.ofType as GraphQLInputType, [...path, String(n)]);
    return;
  }
  if (!isInputObjectType(type)) {
    const fault = jsonFault(value);
    if (fault) throw new Invalid(fault, { path });
    return;
  }
  for (const [name, field] of Object.entries(type.getFields())) {
    const inner = (value as Record<string, unknown>)[name];
    if (typeof inner === 'object' && inner !== null) walk(inner, field.type, [...path, name]);
  }
}
