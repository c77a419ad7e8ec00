import {
  getNamedType,
  isInputObjectType,
  isObjectType,
  type GraphQLInputField,
  type GraphQLArgument,
  type GraphQLInputType,
  type GraphQLSchema,
} from 'graphql';
import { getMetadataStorage } from 'type-graphql';
import type { FieldResolver } from '../access/declare.ts';
import { Invalid } from '../errors/errors.ts';
import { valuesAtMost } from '../scalars/nesting.ts';
import { normalText } from '../scalars/text.ts';

const verbatim = new WeakMap<object, Set<string>>();

/** Keeps the text of an input field as sent, because its code points matter: passwords are hashed as sent. */
export function Verbatim(): PropertyDecorator {
  return (target, property) => {
    const fields = verbatim.get(target.constructor) ?? new Set();
    verbatim.set(target.constructor, fields.add(String(property)));
  };
}

/** `Input.field` of each field that is kept as sent. */
function verbatimFields(): Set<string> {
  return new Set(
    getMetadataStorage().inputTypes.flatMap(({ target, name }) =>
      [...(verbatim.get(target) ?? [])].map((field) => `${name}.${field}`),
    ),
  );
}

type Resolvers = Record<string, Record<string, unknown>>;

/** Normalizes every text of every argument, also in filters and searches, before any check or resolver sees it. */
export function normalizeInputs(resolvers: Resolvers, schema: GraphQLSchema): void {
  const kept = verbatimFields();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const { name, args } of Object.values(type.getFields())) {
      const resolve = resolvers[type.name]?.[name];
      if (args.length === 0 || !resolve) continue;
      const normal = (given: Record<string, unknown>) => new Normalizer(kept).fields(args, '', given);
      const wrapped =
        (call: FieldResolver): FieldResolver =>
        (root, given, context, info) =>
          call(root, normal(given), context, info);
      const fields = resolvers[type.name];
      if (!fields) continue;
      if (typeof resolve === 'function') fields[name] = wrapped(resolve as FieldResolver);
      else {
        const stream = resolve as {
          subscribe: FieldResolver;
          resolve: FieldResolver;
        };
        fields[name] = {
          subscribe: wrapped(stream.subscribe),
          resolve: wrapped(stream.resolve),
        };
      }
    }
  }
}

/** Normalizes a JSON value that does not come from an argument. Throws INVALID if it has too many values. */
export function normalJson(value: unknown, name: string): unknown {
  return new Normalizer(new Set()).json(value, name);
}

/** Normalizes the arguments of one field. Counts the values: variables are shared, but their normalized copies are not. */
class Normalizer {
  readonly #kept: ReadonlySet<string>;
  #left = valuesAtMost;

  constructor(kept: ReadonlySet<string>) {
    this.#kept = kept;
  }

  fields(
    fields: readonly (GraphQLArgument | GraphQLInputField)[],
    owner: string,
    given: Record<string, unknown>,
  ): Record<string, unknown> {
    const normal: Record<string, unknown> = { ...given };
    for (const { name, type } of fields)
      if (name in given && !this.#kept.has(`${owner}.${name}`)) normal[name] = this.#value(type, given[name], name);
    return normal;
  }

  #value(type: GraphQLInputType, value: unknown, name: string): unknown {
    const named = getNamedType(type);
    if (!isInputObjectType(named)) return this.json(value, name);
    this.#count(name);
    if (Array.isArray(value)) return value.map((each) => this.#value(named, each, name));
    if (typeof value !== 'object' || value === null) return value;
    return this.fields(Object.values(named.getFields()), named.name, value as Record<string, unknown>);
  }

  /** Normalizes a scalar, or the names and texts in a JSON scalar. Never changes its argument. */
  json(value: unknown, name: string): unknown {
    this.#count(name);
    if (typeof value === 'string') return normalText(value);
    if (Array.isArray(value)) return value.map((each) => this.json(each, name));
    if (typeof value !== 'object' || value === null) return value;
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [normalText(key), this.json(inner, name)]));
  }

  #count(name: string): void {
    this.#left -= 1;
    if (this.#left < 0)
      throw new Invalid(
        `${name}: the arguments of a field hold at most ${valuesAtMost} values, those of variables counted where they are used.`,
        { path: [name] },
      );
  }
}
