/** Runs in the planner's thread alone. Erasable TypeScript: Node loads it there by stripping its types. */
import { Kind, type ConstDirectiveNode, type DocumentNode } from 'graphql';

/**
 * The same supergraph with the keys that a subgraph does not resolve last. After a `@requires` the planner returns to a subgraph with
 * the first of its keys, whether it resolves it or not; the order means nothing else.
 */
export function withResolvableFirst(document: DocumentNode): DocumentNode {
  return {
    ...document,
    definitions: document.definitions.map((definition) => {
      if (!('directives' in definition) || definition.kind === Kind.OPERATION_DEFINITION) return definition;
      const directives = (definition.directives ?? []) as readonly ConstDirectiveNode[];
      if (!directives.some(isUnresolvable)) return definition;
      const sorted = [...directives.filter((each) => !isUnresolvable(each)), ...directives.filter(isUnresolvable)];
      return { ...definition, directives: sorted } as typeof definition;
    }),
  };
}

function isUnresolvable({ name, arguments: given = [] }: ConstDirectiveNode): boolean {
  if (name.value !== 'join__type') return false;
  return given.some(
    ({ name, value }) => name.value === 'resolvable' && value.kind === Kind.BOOLEAN && value.value === false,
  );
}
