import {
  Kind,
  print,
  visit,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/** Some root fields of an operation as a separate operation, with only the fragments and variables it uses. */
export interface Part {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly source: string;
  readonly variables: ReadonlySet<string>;
}

export function fragmentsOf(document: DocumentNode): Map<string, FragmentDefinitionNode> {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  return fragments;
}

/** The root fields of an operation in order, with fragments expanded. The document must be valid. */
export function rootFieldsOf(document: DocumentNode, operation: OperationDefinitionNode): FieldNode[] {
  const fragments = fragmentsOf(document);
  const fields: FieldNode[] = [];
  const seen = new Set<string>();
  const collect = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) fields.push(selection);
      else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet);
      else if (!seen.has(selection.name.value)) {
        seen.add(selection.name.value);
        const fragment = fragments.get(selection.name.value);
        if (fragment) collect(fragment.selectionSet);
      }
    }
  };
  collect(operation.selectionSet);
  return fields;
}

/**
 * Extracts the root fields for which `keeps` is true, from a valid document. Fragments around them are inlined with their conditions,
 * because a fragment may contain fields of both parts and may be spread twice under different conditions. The field limits bound the
 * expansion.
 */
export function partOf(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  keeps: (field: FieldNode) => boolean,
): Part {
  const fragments = fragmentsOf(document);
  const kept = ({ selections }: SelectionSetNode): SelectionSetNode => ({
    kind: Kind.SELECTION_SET,
    selections: selections.flatMap((selection): SelectionNode[] => {
      if (selection.kind === Kind.FIELD) return keeps(selection) ? [selection] : [];
      const spread = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection;
      if (!spread) return [];
      const selectionSet = kept(spread.selectionSet);
      if (selectionSet.selections.length === 0) return [];
      const { typeCondition } = spread;
      const { directives = [] } = selection;
      return [{ kind: Kind.INLINE_FRAGMENT, directives, selectionSet, ...(typeCondition ? { typeCondition } : {}) }];
    }),
  });
  const selectionSet = kept(operation.selectionSet);
  const reachable = reachableFragments(selectionSet, fragments);
  const variables = usedVariables([selectionSet, ...(operation.directives ?? []), ...reachable]);
  const part: OperationDefinitionNode = {
    ...operation,
    variableDefinitions: (operation.variableDefinitions ?? []).filter(({ variable }) =>
      variables.has(variable.name.value),
    ),
    selectionSet,
  };
  const alone: DocumentNode = { kind: Kind.DOCUMENT, definitions: [part, ...reachable] };
  return { document: alone, operation: part, source: print(alone), variables };
}

/** The fragments that a node spreads, directly or indirectly, sorted by name. */
export function reachableFragments(
  from: FieldNode | SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): FragmentDefinitionNode[] {
  const reached = new Map<string, FragmentDefinitionNode>();
  const follow = (node: FieldNode | SelectionSetNode | FragmentDefinitionNode): void => {
    visit(node, {
      FragmentSpread(spread) {
        const fragment = fragments.get(spread.name.value);
        if (!fragment || reached.has(spread.name.value)) return;
        reached.set(spread.name.value, fragment);
        follow(fragment);
      },
    });
  };
  follow(from);
  return [...reached.keys()].sort().map((name) => reached.get(name) as FragmentDefinitionNode);
}

/** Names of the variables that nodes use; a declaration is not a use. */
export function usedVariables(nodes: readonly Parameters<typeof visit>[0][]): Set<string> {
  const used = new Set<string>();
  for (const node of nodes)
    visit(node, {
      VariableDefinition: () => false,
      Variable(variable) {
        used.add(variable.name.value);
      },
    });
  return used;
}
