/** Runs in the planner's thread alone. Erasable TypeScript: Node loads it there by stripping its types. */
import type { Schema } from '@apollo/federation-internals';
import { Kind, type ConstDirectiveNode, type DefinitionNode, type DocumentNode } from 'graphql';

/** Directives of the supergraph that clients see. */
const shown: ReadonlySet<string> = new Set(['deprecated', 'specifiedBy']);

interface Named {
  name: { value: string };
  directives?: readonly ConstDirectiveNode[];
  arguments?: readonly Named[];
}

/** What federation knows of a type of the API schema, whichever kind it is. */
interface KnownType {
  field?(name: string): KnownField | undefined;
  value?(name: string): unknown;
  implementsInterface?(name: string): boolean;
  hasTypeMember?(name: string): boolean;
}

interface KnownField {
  argument?(name: string): unknown;
}

/**
 * The definitions of a supergraph that the API schema contains, with their descriptions. The API schema itself has no descriptions
 * (`lean.ts`), and printing it takes as long as reading it.
 */
export function apiDefinitions({ definitions }: DocumentNode, api: Schema): DefinitionNode[] {
  return definitions.flatMap((definition) => {
    if (definition.kind === Kind.DIRECTIVE_DEFINITION) {
      const known = api.directive(definition.name.value);
      return known && !known.isBuiltIn ? [definition] : [];
    }
    // The roots have the names that they have without a definition of the schema.
    if (!('name' in definition) || !definition.name || definition.kind === Kind.FRAGMENT_DEFINITION) return [];
    const type = api.type(definition.name.value) as KnownType | undefined;
    return type ? [visible(definition, type)] : [];
  });
}

function visible(definition: DefinitionNode, type: KnownType): DefinitionNode {
  const { fields, values, interfaces, types } = definition as {
    fields?: readonly Named[];
    values?: readonly Named[];
    interfaces?: readonly Named[];
    types?: readonly Named[];
  };
  return {
    ...plain(definition as Named),
    ...(fields && {
      fields: fields.flatMap((field) => {
        const known = type.field?.(field.name.value);
        return known ? [visibleField(field, known)] : [];
      }),
    }),
    ...(values && { values: values.filter(({ name }) => type.value?.(name.value)).map(plain) }),
    ...(interfaces && { interfaces: interfaces.filter(({ name }) => type.implementsInterface?.(name.value)) }),
    ...(types && { types: types.filter(({ name }) => type.hasTypeMember?.(name.value)) }),
  } as unknown as DefinitionNode;
}

function visibleField(field: Named, known: KnownField): Named {
  if (!field.arguments) return plain(field);
  return { ...plain(field), arguments: field.arguments.filter(({ name }) => known.argument?.(name.value)).map(plain) };
}

function plain<N extends Named>(node: N): N {
  return { ...node, directives: node.directives?.filter(({ name }) => shown.has(name.value)) };
}
