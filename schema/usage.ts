import {
  getNamedType,
  isAbstractType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  parse,
  TypeInfo,
  typeFromAST,
  visit,
  visitWithTypeInfo,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';

/**
 * What operations use of a schema, as coordinates: types, `Type.field`, `Type.field(argument:)`, enum types and fields of inputs. Variables
 * may hold anything, so all of their types counts. A field of an interface counts for all types that implement it.
 */
export function usageOf(schema: GraphQLSchema, operations: Iterable<string>): Set<string> {
  const used = new Set<string>();
  const info = new TypeInfo(schema);
  const input = (type: GraphQLNamedType | undefined): void => {
    if (!type || used.has(`input ${type.name}`)) return;
    used.add(`input ${type.name}`).add(type.name);
    if (!isInputObjectType(type)) return;
    for (const field of Object.values(type.getFields())) {
      used.add(`${type.name}.${field.name}`);
      input(getNamedType(field.type));
    }
  };
  for (const text of operations)
    visit(
      parse(text),
      visitWithTypeInfo(info, {
        VariableDefinition({ type }) {
          const found = typeFromAST(schema, type as never) as GraphQLNamedType | undefined;
          input(found && getNamedType(found));
        },
        NamedType({ name }) {
          used.add(name.value);
        },
        Field({ name, arguments: given = [] }) {
          const parent = info.getParentType();
          if (!parent) return;
          const possible = isAbstractType(parent) ? schema.getPossibleTypes(parent) : [];
          for (const type of [parent, ...possible]) {
            used.add(type.name).add(`${type.name}.${name.value}`);
            const interfaces = isObjectType(type) || isInterfaceType(type) ? type.getInterfaces() : [];
            for (const each of interfaces) if (each.getFields()[name.value]) used.add(`${each.name}.${name.value}`);
            for (const argument of given) used.add(`${type.name}.${name.value}(${argument.name.value}:)`);
          }
          const result = getNamedType(info.getType());
          if (result) used.add(result.name);
        },
        ObjectField({ name }) {
          const parent = getNamedType(info.getParentInputType());
          if (parent) used.add(parent.name).add(`${parent.name}.${name.value}`);
        },
      }),
    );
  return used;
}
