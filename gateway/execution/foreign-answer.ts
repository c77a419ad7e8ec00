import type { ExecutionResult, GraphQLFormattedError } from 'graphql';
import { foreign, mostErrors } from '../errors.ts';
import { weigh } from './budget.ts';
import { onlyAsked } from './foreign-shape.ts';
import { NoAnswer } from './http-client.ts';

/** Extensions of errors that describe the insides of a server: stack traces, and what development servers add. */
const inside = /^(?:exception|debug.*|stack_?trace|stack|trace)$/i;
/** Extensions that Apollo Server would apply to our own response: status and headers. */
const applied = new Set(['http']);
/** Levels of an extension that are looked through; deeper ones are dropped. */
const deepest = 8;
/** Characters of a message, steps of a path, and bytes of extensions: they are repeated for each object that an error is about. */
const longestMessage = 4_096;
const longestPath = 256;
const largestExtensions = 16_384;

/**
 * The answer of a foreign subgraph as far as it is passed on: the data that the operation asks for, and errors, without its own
 * extensions. Throws if its errors do not have the form that GraphQL gives them, or its data nest too deeply. One error more than
 * clients see is kept, so that they are told of the others.
 */
export function foreignAnswer(
  { data, errors }: ExecutionResult,
  { name, query }: { name: string; query: string },
): ExecutionResult {
  onlyAsked(data, query);
  if (errors !== undefined && errors !== null && !Array.isArray(errors))
    throw new NoAnswer(`${name} answered errors that are no list`);
  const told = ((errors as unknown[] | undefined) ?? []).slice(0, mostErrors + 1);
  const passed = told.map((error) => foreignError(error, name));
  return {
    ...(data === undefined ? {} : { data }),
    ...(passed.length > 0 ? { errors: passed as unknown as NonNullable<ExecutionResult['errors']> } : {}),
  };
}

/** An error of a foreign subgraph as far as it is passed on. */
function foreignError(error: unknown, name: string): GraphQLFormattedError {
  const { message, path, extensions } = (
    typeof error === 'object' && error !== null ? error : {}
  ) as Partial<GraphQLFormattedError>;
  const isPath =
    Array.isArray(path) &&
    path.length <= longestPath &&
    path.every((step) => typeof step === 'string' || typeof step === 'number');
  return {
    message:
      typeof message === 'string' && message !== ''
        ? message.slice(0, longestMessage)
        : `${name} answered an error without a message.`,
    ...(isPath ? { path } : {}),
    extensions: { ...passedOn(extensions), serviceName: name, [foreign]: true },
  };
}

function passedOn(extensions: unknown): Record<string, unknown> {
  const { bytes } = weigh(extensions, { objects: Infinity, bytes: largestExtensions });
  const clean = bytes > largestExtensions ? null : withoutInside(extensions, deepest);
  if (typeof clean !== 'object' || clean === null || Array.isArray(clean)) return {};
  return Object.fromEntries(Object.entries(clean).filter(([key]) => !applied.has(key)));
}

function withoutInside(value: unknown, levels: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (levels === 0) return null;
  if (Array.isArray(value)) return value.map((each: unknown) => withoutInside(each, levels - 1));
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !inside.test(key))
      .map(([key, each]: [string, unknown]) => [key, withoutInside(each, levels - 1)]),
  );
}
