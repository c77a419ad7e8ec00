import 'reflect-metadata';
import { Args, Ctx, Directive, Query, Resolver } from 'type-graphql';
import { Reads, type Access } from '../access/declare.ts';
import type { Context } from '../context/context.ts';
import type { AnyClass } from './any-class.ts';
import type { Declared } from './declared.ts';
import type { ForeignEntities } from './entities.ts';
import { argumentsClass, givenOf, prefixesIn, type ArgumentMap, type Given } from './input.ts';
import { answerOf } from './object-type.ts';
import { OutputFields } from './output.ts';
import type { AnyField, Field } from './field.ts';
import { DeclarationFault } from './fault.ts';

interface QueryOptions<I extends ArgumentMap, V> {
  access: Access;
  /** What it answers, and when it is null. */
  description: string;
  /** Codes of the errors, with the cases that are not self-evident. */
  errors?: string;
  args?: I;
  /** The type of the answer, as a field: `(f) => f.int('')`; the description of the query replaces its own. */
  answers: (f: OutputFields<unknown>) => Field<unknown, V, 'column' | 'computed'>;
  run: (context: Context, given: Given<I>) => V | Promise<V>;
}

/** Declares a query besides the three that each noun has. */
export function query<V, const I extends ArgumentMap = Record<never, never>>(
  name: string,
  options: QueryOptions<I, V>,
): Declared {
  return {
    name,
    ids: prefixesIn(options.args ?? {}),
    build: (entities) => [buildQuery(name, options as never, entities)],
  };
}

function buildQuery(name: string, options: QueryOptions<ArgumentMap, unknown>, entities: ForeignEntities): AnyClass {
  const { args = {}, description, errors } = options;
  const { spec } = options.answers(new OutputFields()) as AnyField;
  if (spec.restricted || spec.dependsOn)
    throw new DeclarationFault(
      `${name}: \`access\` and \`run\` decide who gets an answer, not the type of the answer.`,
    );
  const answer = answerOf(spec, entities);
  const run = (context: Context, values: Readonly<Record<string, unknown>>): unknown =>
    options.run(context, givenOf(args, values, []) as never);
  class QueryField {}
  const target = QueryField.prototype as object;
  const descriptor = {
    value: (context: Context, values: Readonly<Record<string, unknown>> = {}) => run(context, values),
    writable: true,
    configurable: true,
  };
  Object.defineProperty(target, name, descriptor);
  Ctx()(target, name, 0);
  if (Object.keys(args).length > 0) {
    const Arguments = argumentsClass(args);
    Args(() => Arguments as never)(target, name, 1);
  }
  Reads(options.access)(target, name, descriptor);
  const sentence = errors === undefined ? description : `${description} Errors: ${errors}.`;
  Query(answer.type, { ...answer.options, description: sentence })(target, name, descriptor);
  if (spec.atMost !== undefined) Directive(`@listSize(assumedSize: ${spec.atMost})`)(target, name);
  if (spec.cost !== undefined) Directive(`@cost(weight: ${spec.cost})`)(target, name);
  Resolver()(QueryField);
  return QueryField;
}
