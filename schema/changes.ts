import {
  findBreakingChanges,
  findDangerousChanges,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedScalarType,
  isUnionType,
  parse,
  validate,
  type GraphQLSchema,
} from 'graphql';
import { usageOf } from './usage.ts';

/** An operation that a client was built with. */
export interface Registered {
  name: string;
  text: string;
}

/** What a client of the last release notices of today's schema. */
export interface Changes {
  /** Not allowed, with the reason. */
  refused: string[];
  /** Would break clients, but were deprecated in the last release and used by no registered operation, or were accepted. */
  allowed: string[];
  /** Clients that are built well go on; see GraphQL's specification of dangerous changes. */
  dangerous: string[];
  added: string[];
  deprecated: string[];
}

const dated = /\b\d{4}-\d{2}-\d{2}\b/;

/**
 * Compares a schema with that of the last release. A change that breaks clients is refused, unless what it takes away was deprecated in
 * that release and no registered operation uses it, or it was accepted by its sentence. A registered operation must stay valid in any
 * case, unless the change that breaks it was accepted.
 */
export function changesBetween(
  released: GraphQLSchema,
  schema: GraphQLSchema,
  { operations, accepted }: { operations: readonly Registered[]; accepted: ReadonlySet<string> },
): Changes {
  const users = operations.map(({ name, text }) => ({ name, used: usageOf(released, [text]) }));
  const deprecated = deprecatedIn(released);
  const changes: Changes = { refused: [], allowed: [], dangerous: [], added: [], deprecated: [] };
  /** What accepted changes take away: operations that use it have been accepted to break. */
  const given = new Set<string>();
  for (const { description } of findBreakingChanges(released, schema)) {
    const sentence = description.trim();
    const [coordinate = ''] = coordinatesIn(sentence);
    const by = users
      .filter(({ used }) => coordinatesIn(sentence).some((each) => used.has(each)))
      .map(({ name }) => name);
    if (accepted.has(sentence)) {
      changes.allowed.push(`${sentence} (accepted)`);
      for (const each of coordinatesIn(sentence)) given.add(each);
    } else if (by.length === 0 && deprecated.has(coordinate)) changes.allowed.push(`${sentence} (deprecated before)`);
    else {
      const why = by.length > 0 ? `used by ${listed(by)}` : 'deprecate it first, and remove it one release later';
      changes.refused.push(`${sentence} (${why})`);
    }
  }
  for (const { name, text } of operations) {
    const [error] = validate(schema, parse(text));
    // What the last release refused as well is no change of ours.
    if (!error || validate(released, parse(text)).length > 0) continue;
    if ([...usageOf(released, [text])].some((each) => given.has(each))) continue;
    changes.refused.push(`The operation ${name} is not valid any more: ${error.message}`);
  }
  changes.dangerous = findDangerousChanges(released, schema).map(({ description }) => description.trim());
  const before = coordinatesOf(released);
  const told = new Set(changes.dangerous.flatMap(coordinatesIn));
  for (const [coordinate, parent] of coordinatesOf(schema))
    // A new type is told without its parts.
    if (!before.has(coordinate) && (parent === null || before.has(parent)) && !told.has(coordinate))
      changes.added.push(`${coordinate} was added.`);
  for (const [coordinate, reason] of deprecatedIn(schema)) {
    if (!dated.test(reason))
      changes.refused.push(`${coordinate} is deprecated without the date (YYYY-MM-DD) from which it may be removed.`);
    if (!deprecated.has(coordinate)) changes.deprecated.push(`${coordinate} is deprecated: ${reason}`);
  }
  for (const list of Object.values(changes) as string[][]) list.sort();
  return changes;
}

/** The coordinates that a sentence of graphql-js names, the one that has changed first. */
function coordinatesIn(sentence: string): string[] {
  const [, value, enumType] = /^(\w+) was (?:removed from|added to) enum type (\w+)/.exec(sentence) ?? [];
  if (enumType) return [`${enumType}.${value}`, enumType];
  const [, argument, field] = /^A required arg (\w+) on (\w+\.\w+)/.exec(sentence) ?? [];
  if (field) return [`${field}(${argument}:)`, field];
  const [, input, type] = /^An? (?:required|optional) field (\w+) on input type (\w+)/.exec(sentence) ?? [];
  if (type) return [`${type}.${input}`, type];
  const [, member, whole] =
    /^(\w+) (?:was )?(?:removed|added)(?: from| to)? (?:union type|.*implemented by) (\w+)/.exec(sentence) ?? [];
  if (whole && member) return [whole, member];
  const [first] = /[A-Za-z_]\w*\.\w+/.exec(sentence) ?? /[A-Z]\w*/.exec(sentence) ?? [];
  const arg = /^\w+\.\w+ arg (\w+)/.exec(sentence)?.[1];
  return first === undefined ? [] : arg === undefined ? [first] : [`${first}(${arg}:)`];
}

/** The reasons of deprecated elements, by coordinate. */
function deprecatedIn(schema: GraphQLSchema): Map<string, string> {
  const found = new Map<string, string>();
  const note = (coordinate: string, reason: string | null | undefined): void => {
    if (reason !== null && reason !== undefined) found.set(coordinate, reason);
  };
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    if (isEnumType(type))
      for (const each of type.getValues()) note(`${type.name}.${each.name}`, each.deprecationReason);
    if (!isObjectType(type) && !isInterfaceType(type) && !isInputObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      note(`${type.name}.${field.name}`, field.deprecationReason);
      for (const argument of 'args' in field ? field.args : [])
        note(`${type.name}.${field.name}(${argument.name}:)`, argument.deprecationReason);
    }
  }
  return found;
}

/** All coordinates, each with the one that contains it; null for types. */
function coordinatesOf(schema: GraphQLSchema): Map<string, string | null> {
  const found = new Map<string, string | null>();
  for (const type of Object.values(schema.getTypeMap())) {
    const { name } = type;
    if (name.startsWith('__') || isSpecifiedScalarType(type)) continue;
    found.set(name, null);
    if (isEnumType(type)) for (const each of type.getValues()) found.set(`${name}.${each.name}`, name);
    if (isUnionType(type)) for (const each of type.getTypes()) found.set(`${name}: ${each.name}`, name);
    if (!isObjectType(type) && !isInterfaceType(type) && !isInputObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const coordinate = `${name}.${field.name}`;
      found.set(coordinate, name);
      for (const argument of 'args' in field ? field.args : [])
        found.set(`${coordinate}(${argument.name}:)`, coordinate);
    }
  }
  return found;
}

function listed(names: readonly string[]): string {
  const [first, second, third, ...more] = names;
  return [first, second, third].filter(Boolean).join(', ') + (more.length > 0 ? ` and ${more.length} more` : '');
}
