import {
  isAbstractType,
  isObjectType,
  Kind,
  valueFromASTUntyped,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  type InlineFragmentNode,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { prefixOf } from '../../platform/ids/ids.ts';
import type { SupergraphNotes } from '../supergraph/notes.ts';
import { fragmentsOf, partOf, rootFieldsOf } from './part.ts';

/** The root fields that answer any entity by its id, and the argument with the id. */
const idArguments = new Map([
  ['node', 'id'],
  ['nodes', 'ids'],
]);

const typename: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

/** An operation whose ids determine the types of its nodes. */
export interface TypedNodes {
  /** The types of each node's ids: together with the operation they determine the plan. */
  readonly key: string;
  /** The operation to plan: below each node it selects only the fields of its types. */
  source(): string;
}

/**
 * Narrows an operation to the types of its nodes. A plan for every type would ask forty OSes for two hundred entity types to find one
 * entity. An id's prefix names its type, so only that type is planned. The answer is completed for the original operation. With
 * either plan a missing entity is null, and the hub refuses an invalid id. Returns `null` where an operation asks for no node.
 */
export function typedNodes(
  { apiSchema, notes }: { apiSchema: GraphQLSchema; notes: SupergraphNotes },
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): TypedNodes | null {
  if (operation.operation !== 'query' || !notes.hasPrefixes) return null;
  const nodes = rootFieldsOf(document, operation).filter(({ name }) => idArguments.has(name.value));
  if (nodes.length === 0) return null;
  const given = withDefaults(operation, variables);
  const typesOf = (field: FieldNode): GraphQLObjectType[] =>
    [...new Set(idsIn(field, given).flatMap((id) => notes.typeOfPrefix(prefixOf(id) ?? '') ?? []))]
      .toSorted()
      .map((name) => apiSchema.getType(name))
      .filter(isObjectType);
  return {
    key: nodes.map((field) => typesOf(field).map(({ name }) => name)).join(';'),
    source() {
      const alone = partOf(document, operation, () => true);
      const fragments = fragmentsOf(alone.document);
      const selectionSet = eachRoot(alone.operation.selectionSet, (field) =>
        idArguments.has(field.name.value) ? narrowed(field, typesOf(field), apiSchema, fragments) : field,
      );
      const narrow: OperationDefinitionNode = { ...alone.operation, selectionSet };
      const definitions = [narrow, ...fragments.values()];
      return partOf({ kind: Kind.DOCUMENT, definitions }, narrow, () => true).source;
    },
  };
}

function withDefaults(
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const defaults = variableDefinitions.flatMap(({ variable, defaultValue }) =>
    defaultValue ? [[variable.name.value, valueFromASTUntyped(defaultValue)] as const] : [],
  );
  return { ...Object.fromEntries(defaults), ...variables };
}

function idsIn(field: FieldNode, variables: Record<string, unknown>): string[] {
  const value = field.arguments?.find(({ name }) => name.value === idArguments.get(field.name.value))?.value;
  const ids: unknown = value && valueFromASTUntyped(value, variables);
  return (Array.isArray(ids) ? (ids as unknown[]) : [ids]).filter((id) => typeof id === 'string');
}

/** The operation's selections with each root field changed; inline fragments are kept around them. */
function eachRoot({ selections }: SelectionSetNode, change: (field: FieldNode) => FieldNode): SelectionSetNode {
  return {
    kind: Kind.SELECTION_SET,
    selections: selections.map((selection) => {
      if (selection.kind === Kind.FIELD) return change(selection);
      if (selection.kind === Kind.FRAGMENT_SPREAD) return selection;
      return { ...selection, selectionSet: eachRoot(selection.selectionSet, change) };
    }),
  };
}

/** The field with the selections that apply to its types. If none apply, the hub still checks that the id is valid. */
function narrowed(
  field: FieldNode,
  types: readonly GraphQLObjectType[],
  schema: GraphQLSchema,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): FieldNode {
  const selected = types.flatMap((type): InlineFragmentNode[] => {
    const selectionSet = selectedOf(type, field.selectionSet, schema, fragments);
    const typeCondition = { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: type.name } } as const;
    return selectionSet.selections.length > 0 ? [{ kind: Kind.INLINE_FRAGMENT, typeCondition, selectionSet }] : [];
  });
  const selections = selected.length > 0 ? selected : [typename];
  return { ...field, selectionSet: { kind: Kind.SELECTION_SET, selections } };
}

/** The selections that apply to an object of this type, with fragments inlined. */
function selectedOf(
  type: GraphQLObjectType,
  selectionSet: SelectionSetNode | undefined,
  schema: GraphQLSchema,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): SelectionSetNode {
  return {
    kind: Kind.SELECTION_SET,
    selections: (selectionSet?.selections ?? []).flatMap((selection): SelectionNode[] => {
      if (selection.kind === Kind.FIELD) return [selection];
      const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection;
      if (!fragment) return [];
      const { typeCondition } = fragment;
      const condition = typeCondition && schema.getType(typeCondition.name.value);
      const applies =
        !condition || condition === type || (isAbstractType(condition) && schema.isSubType(condition, type));
      const inner = applies ? selectedOf(type, fragment.selectionSet, schema, fragments) : null;
      if (!inner || inner.selections.length === 0) return [];
      const { directives = [] } = selection;
      return [
        { kind: Kind.INLINE_FRAGMENT, directives, selectionSet: inner, ...(typeCondition ? { typeCondition } : {}) },
      ];
    }),
  };
}
