/** Runs in the planner's thread alone. Erasable TypeScript: Node loads it there by stripping its types. */
import {
  Kind,
  parse,
  print,
  stripIgnoredCharacters,
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type InterfaceTypeDefinitionNode,
  type ObjectTypeDefinitionNode,
  type SelectionSetNode,
  type TypeNode,
} from 'graphql';

export type TypeWithFields = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

/** The types of a supergraph that have fields. */
export class FieldTypes {
  readonly #types = new Map<string, TypeWithFields>();
  readonly #implementing = new Map<string, string[]>();

  constructor({ definitions }: DocumentNode) {
    for (const each of definitions) {
      if (!hasFields(each)) continue;
      this.#types.set(each.name.value, each);
      for (const { name } of each.interfaces ?? [])
        this.#implementing.set(name.value, [...(this.#implementing.get(name.value) ?? []), each.name.value]);
    }
  }

  field(type: string, name: string): FieldDefinitionNode | undefined {
    return this.#types.get(type)?.fields?.find((each) => each.name.value === name);
  }

  /** The type and, for an interface, all that implement it. */
  withImplementing(type: string): string[] {
    return [type, ...(this.#implementing.get(type) ?? [])];
  }

  /** Each application of `@join__field`, with its type and field. */
  *joins(): Generator<{ type: string; field: FieldDefinitionNode; join: ConstDirectiveNode }> {
    for (const [type, { fields = [] }] of this.#types)
      for (const field of fields)
        for (const join of field.directives ?? []) if (join.name.value === 'join__field') yield { type, field, join };
  }
}

export function hasFields(definition: { kind: Kind }): definition is TypeWithFields {
  return definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.INTERFACE_TYPE_DEFINITION;
}

export function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}

/** The value of a directive's argument that is a text or an enum value. */
export function said(directive: ConstDirectiveNode, name: string): string | undefined {
  const value = directive.arguments?.find((each) => each.name.value === name)?.value;
  return value?.kind === Kind.STRING || value?.kind === Kind.ENUM ? value.value : undefined;
}

export function parseFieldSet(text: string): SelectionSetNode {
  const [operation] = parse(`{ ${text} }`, { noLocation: true }).definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error(`"${text}" is no field set.`);
  return operation.selectionSet;
}

export function printFieldSet(set: SelectionSetNode): string {
  return stripIgnoredCharacters(print(set)).slice(1, -1);
}
