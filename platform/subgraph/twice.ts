import { getMetadataStorage } from 'type-graphql';
import { coordinateOf, type RootDeclaration } from '../access/declare.ts';
import type { AnyClass } from '../declare/any-class.ts';
import { DeclarationFault } from '../declare/fault.ts';

/** Root fields and fields of types that an OS declares twice: TypeGraphQL would serve only the last one. */
export function* twiceDeclared(
  os: string,
  roots: readonly RootDeclaration[],
  resolvers: readonly AnyClass[],
): Generator<string> {
  for (const { kind, name } of repeated(roots, coordinateOf))
    yield `${name} is declared twice in ${os} (${kind.toLowerCase()}): rename one of them`;
  for (const field of repeated(fieldsAddedBy(resolvers), (each) => each))
    yield `${field} is declared twice in ${os} (field): rename one of them`;
}

/** Values with the key of an earlier one. */
export function repeated<T>(values: readonly T[], keyOf: (value: T) => string): T[] {
  const seen = new Set<string>();
  return values.filter((value) => {
    const key = keyOf(value);
    return seen.has(key) || !seen.add(key);
  });
}

/** `Shelf.books` for each field that these classes add to a type, and for each that a type they extend has already. */
function fieldsAddedBy(resolvers: readonly AnyClass[]): string[] {
  const { fields, fieldResolvers, interfaceTypes, objectTypes, resolverClasses } = getMetadataStorage();
  const own = new Set<unknown>(resolvers);
  const adding = fieldResolvers.filter(({ kind, target }) => kind === 'external' && own.has(target));
  // Only a class that adds fields has to name a type.
  const targets = new Set(adding.map(({ target }) => target));
  const extended = new Map(
    resolverClasses.flatMap((each) => (targets.has(each.target) ? [[each.target, each.getObjectType()]] : [])),
  );
  const names = new Map([...objectTypes, ...interfaceTypes].map(({ target, name }) => [target, name]));
  const types = new Set(extended.values());
  return [
    ...fields.filter(({ target }) => types.has(target)).map(({ target, schemaName }) => [target, schemaName] as const),
    ...adding.map(({ target, schemaName }) => [extended.get(target), schemaName] as const),
  ].flatMap(([type, field]) => (type && names.has(type) ? `${names.get(type)}.${field}` : []));
}

/** GraphQL's refusal of two types of one name, with the name of the OS. */
export function namedTwice(os: string, error: unknown): unknown {
  const [, name] = /multiple types named "(\w+)"/.exec(error instanceof Error ? error.message : '') ?? [];
  if (name === undefined) return error;
  const { objectTypes, interfaceTypes, inputTypes, enums, unions } = getMetadataStorage();
  const kinds = Object.entries({
    type: objectTypes,
    interface: interfaceTypes,
    input: inputTypes,
    enum: enums,
    union: unions,
  });
  const found = kinds.filter(([, list]) => list.some((each) => each.name === name)).map(([kind]) => kind);
  return new DeclarationFault(
    `The OS "${os}" cannot start:\n- ${name} is declared twice in ${os} (${found.join(' and ')}): rename one of them`,
  );
}
