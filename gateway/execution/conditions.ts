import { Kind, type FragmentDefinitionNode, type SelectionSetNode } from 'graphql';

/** The variables of `@skip` and `@include` in a selection and its fragments. */
export function conditionsIn(
  from: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): ReadonlySet<string> {
  const found = new Set<string>();
  const seen = new Set<string>();
  const look = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      for (const { value } of (selection.directives ?? []).flatMap(({ arguments: given }) => given ?? []))
        if (value.kind === Kind.VARIABLE) found.add(value.name.value);
      if (selection.kind !== Kind.FRAGMENT_SPREAD) {
        if (selection.selectionSet) look(selection.selectionSet);
        continue;
      }
      const fragment = fragments.get(selection.name.value);
      if (!fragment || seen.has(selection.name.value)) continue;
      seen.add(selection.name.value);
      look(fragment.selectionSet);
    }
  };
  look(from);
  return found;
}
