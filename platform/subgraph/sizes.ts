import {
  Kind,
  parse,
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type ObjectTypeDefinitionNode,
  type TypeNode,
} from 'graphql';
import { pageDefault } from '../nouns/page.ts';
import { weights } from '../nouns/weights.ts';

/** The argument of an aggregate field that limits the number of its rows. */
export const rowsArgument = 'mostRows';
/** Pages: the length of their lists is an argument of the field that returns the page. */
const pagePattern = /Connection$/;
const aggregatePattern = /Aggregate$/;
const facetsPattern = /Facets$/;

/** The `@listSize` and `@cost` that are added to a field automatically: those of pages, aggregates and facets. */
export function sizesOf(field: FieldDefinitionNode, objects: ReadonlySet<string>): readonly ConstDirectiveNode[] {
  const { name, isList } = outermost(field.type);
  const declared = new Set(field.directives?.map((directive) => directive.name.value));
  const given = new Set(field.arguments?.map((argument) => argument.name.value));
  const texts: string[] = [];
  if (!declared.has('listSize') && objects.has(name)) {
    if (!isList && pagePattern.test(name))
      texts.push(
        `@listSize(assumedSize: ${pageDefault}, slicingArguments: ["first", "last"], sizedFields: ["edges", "nodes"], requireOneSlicingArgument: false)`,
      );
    else if (!isList && aggregatePattern.test(name) && given.has(rowsArgument))
      texts.push(
        `@listSize(slicingArguments: ["${rowsArgument}"], sizedFields: ["rows"], requireOneSlicingArgument: false)`,
      );
    else if (isList && given.has('first'))
      texts.push('@listSize(slicingArguments: ["first"], requireOneSlicingArgument: false)');
  }
  if (!declared.has('cost') && objects.has(name)) {
    if (aggregatePattern.test(name)) texts.push(`@cost(weight: ${weights.aggregate})`);
    else if (facetsPattern.test(name)) texts.push(`@cost(weight: ${weights.facets})`);
  }
  return texts.flatMap(directivesIn);
}

/** Adds the weight of the argument `search` to a field that has one. */
export function withWeights(field: FieldDefinitionNode): FieldDefinitionNode {
  if (!field.arguments?.some(({ name }) => name.value === 'search')) return field;
  const weighed = field.arguments.map((argument) =>
    argument.name.value === 'search' && !argument.directives?.some(({ name }) => name.value === 'cost')
      ? {
          ...argument,
          directives: [...(argument.directives ?? []), ...directivesIn(`@cost(weight: ${weights.search})`)],
        }
      : argument,
  );
  return { ...field, arguments: weighed };
}

/** `Type.field` of each list of objects without a declared maximum length. */
export function* unsizedLists(document: DocumentNode): Generator<string> {
  const objects = objectsIn(document);
  const sized = new Set<string>();
  const lists: { coordinate: string; own: boolean }[] = [];
  for (const { type, field } of fieldsIn(document)) {
    const { name, isList } = outermost(field.type);
    const size = field.directives?.find((directive) => directive.name.value === 'listSize');
    const fields = size?.arguments?.find((argument) => argument.name.value === 'sizedFields')?.value;
    if (fields?.kind === Kind.LIST)
      for (const each of fields.values) if (each.kind === Kind.STRING) sized.add(`${name}.${each.value}`);
    if (isList && objects.has(name)) lists.push({ coordinate: `${type}.${field.name.value}`, own: size !== undefined });
  }
  // The field that returns a page declares the size of its lists; a page that no field returns cannot be reached.
  for (const { coordinate, own } of lists) {
    const [type = ''] = coordinate.split('.');
    const reached = [...fieldsIn(document)].filter(({ field }) => outermost(field.type).name === type);
    const ofPage = reached.length === 0 && pagePattern.test(type);
    if (!own && !sized.has(coordinate) && !ofPage) yield coordinate;
  }
  for (const { type, field } of fieldsIn(document)) {
    const { name } = outermost(field.type);
    if (!objects.has(name) || !aggregatePattern.test(name)) continue;
    if (!field.arguments?.some((argument) => argument.name.value === rowsArgument))
      yield `${type}.${field.name.value} (take ${rowsArgument}: let its arguments extend AggregateRowsArgs)`;
  }
}

/** The names of all object, interface and union types. */
export function objectsIn(document: DocumentNode): ReadonlySet<string> {
  return new Set(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.OBJECT_TYPE_DEFINITION ||
      definition.kind === Kind.INTERFACE_TYPE_DEFINITION ||
      definition.kind === Kind.UNION_TYPE_DEFINITION
        ? [definition.name.value]
        : [],
    ),
  );
}

function* fieldsIn(document: DocumentNode): Generator<{ type: string; field: FieldDefinitionNode }> {
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    for (const field of definition.fields ?? []) yield { type: definition.name.value, field };
  }
}

/** The named type of a type reference, and whether it is a list. */
export function outermost(type: TypeNode): { name: string; isList: boolean } {
  let at = type;
  let isList = false;
  while (at.kind !== Kind.NAMED_TYPE) {
    if (at.kind === Kind.LIST_TYPE) isList = true;
    at = at.type;
  }
  return { name: at.name.value, isList };
}

function directivesIn(text: string): readonly ConstDirectiveNode[] {
  const [type] = parse(`type T { f: Int ${text} }`, { noLocation: true }).definitions;
  return (type as ObjectTypeDefinitionNode).fields?.[0]?.directives ?? [];
}
