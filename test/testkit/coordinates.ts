import {
  getNamedType,
  getVariableValues,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  parse,
  type FragmentDefinitionNode,
  type GraphQLNamedOutputType,
  type SelectionSetNode,
  valueFromAST,
} from 'graphql';

type Values = Record<string, unknown>;

function isValue(value: unknown): boolean {
  return value !== null && value !== undefined && !(Array.isArray(value) && value.every((each) => !isValue(each)));
}

/**
 * The schema coordinates that an answer proves: `Type.field` of every field that returned a value (a list with at least one item).
 * Below root fields that did: `Type.field(argument:)`, `Input.field` and `Enum.VALUE` of arguments, and `Enum.VALUE` of results. A
 * field of a fragment counts if the answer's `__typename` fits or is absent.
 */
export function coordinatesOf(
  schema: GraphQLSchema,
  source: string,
  given: Values,
  data: Values | null | undefined,
): Set<string> {
  const found = new Set<string>();
  if (!data) return found;
  const document = parse(source);
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  const operation = document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const root = operation && schema.getRootType(operation.operation);
  if (!operation || !root) return found;
  const { coerced = {} } = getVariableValues(schema, operation.variableDefinitions ?? [], given);

  const input = (type: GraphQLInputType, value: unknown): void => {
    if (value === undefined || value === null) return;
    if (isNonNullType(type)) return input(type.ofType, value);
    if (isListType(type)) {
      for (const each of Array.isArray(value) ? value : [value]) input(type.ofType, each);
    } else if (isEnumType(type)) found.add(`${type.name}.${String(value)}`);
    if (!isInputObjectType(type)) return;
    for (const [name, field] of Object.entries(type.getFields())) {
      const inner = (value as Values)[name];
      if (inner === undefined) continue;
      found.add(`${type.name}.${name}`);
      input(field.type, inner);
    }
  };

  const field = (
    parent: string,
    definition: GraphQLField<unknown, unknown>,
    selection: SelectedField,
    value: unknown,
  ) => {
    found.add(`${parent}.${definition.name}`);
    for (const argument of selection.arguments ?? []) {
      const declared = definition.args.find((each) => each.name === argument.name.value);
      if (!declared) continue;
      const passed = valueFromAST(argument.value, declared.type, coerced);
      if (passed === undefined || passed === null) continue;
      found.add(`${parent}.${definition.name}(${declared.name}:)`);
      input(declared.type, passed);
    }
    const type = getNamedType(definition.type);
    const each = (inner: unknown): void => {
      if (inner === null || inner === undefined) return;
      if (Array.isArray(inner)) return inner.forEach(each);
      if (isEnumType(type)) found.add(`${type.name}.${String(inner)}`);
      else if (isCompositeType(type) && selection.selectionSet) walk(type, selection.selectionSet, inner as Values);
    };
    each(value);
  };

  const walk = (type: GraphQLNamedOutputType, set: SelectionSetNode, object: Values): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const definition =
          'getFields' in type ? (type as GraphQLObjectType).getFields()[selection.name.value] : undefined;
        const value = object[selection.alias?.value ?? selection.name.value];
        if (definition && isValue(value)) field(type.name, definition, selection, value);
        continue;
      }
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
      const condition = fragment?.typeCondition ? schema.getType(fragment.typeCondition.name.value) : type;
      if (!fragment || !isCompositeType(condition)) continue;
      const actual = schema.getType(String(object['__typename']));
      const fits =
        !isObjectType(actual) ||
        condition === actual ||
        (isAbstractType(condition) && schema.isSubType(condition, actual));
      if (fits) walk(condition, fragment.selectionSet, object);
    }
  };
  walk(root, operation.selectionSet, data);
  return found;
}

type SelectedField = Extract<SelectionSetNode['selections'][number], { kind: Kind.FIELD }>;
