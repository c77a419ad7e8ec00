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

/** The root fields that answer anything by its id, and the argument that names it. */
const idArguments = new Map([
  ['node', 'id'],
  ['nodes', 'ids'],
]);

const typename: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

/** An operation whose ids say of which types its nodes are. */
export interface TypedNodes {
  /** The types of the ids of each node: with the operation they decide the plan. */
  readonly key: string;
  /** The operation as it is to be planned: below each node it selects what its types have, and nothing of any other. */
  source(): string;
}

/**
 * A plan for every type that there is would ask two hundred entities of forty OSes for what is one of them. An id says by its prefix
 * of which type its entity is, so the plan is made for that type alone. The answer is completed as it was asked for: what does not
 * exist is null, and what is no id is refused by the hub, with either plan. `null` where an operation asks for no node.
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

/** The root fields of an operation whose fragments stand where they were spread, each changed. */
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

/** The field with what is selected of its types. Where that is nothing, the hub is still asked whether the id is one. */
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

/** Of a selection what an object of this type answers; the fragments among it stand where they were spread. */
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
