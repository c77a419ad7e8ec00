import { Kind, type ConstArgumentNode, type ConstDirectiveNode, type ObjectTypeDefinitionNode } from 'graphql';

const notResolvable: ConstArgumentNode = {
  kind: Kind.ARGUMENT,
  name: { kind: Kind.NAME, value: 'resolvable' },
  value: { kind: Kind.BOOLEAN, value: false },
};

/**
 * The printed stub of a foreign entity. If the OS adds no field to it, its keys are not resolvable: otherwise every OS that refers to the
 * entity would be another path that the planner has to weigh.
 */
export function asReference(type: ObjectTypeDefinitionNode): ObjectTypeDefinitionNode {
  const keys = (type.directives ?? []).filter(isKey);
  const inKeys = new Set(keys.flatMap((key) => fieldsOf(key)));
  const adds = (type.fields ?? []).some(
    ({ name, directives }) =>
      !inKeys.has(name.value) && !directives?.some((directive) => directive.name.value === 'external'),
  );
  if (keys.length === 0 || adds) return type;
  return { ...type, directives: (type.directives ?? []).map((each) => (isKey(each) ? unresolvable(each) : each)) };
}

function isKey(directive: ConstDirectiveNode): boolean {
  return directive.name.value === 'key';
}

function fieldsOf({ arguments: given }: ConstDirectiveNode): string[] {
  const fields = given?.find(({ name }) => name.value === 'fields')?.value;
  return fields?.kind === Kind.STRING ? (fields.value.match(/\w+/g) ?? []) : [];
}

function unresolvable(key: ConstDirectiveNode): ConstDirectiveNode {
  const given = (key.arguments ?? []).filter(({ name }) => name.value !== 'resolvable');
  return { ...key, arguments: [...given, notResolvable] };
}
