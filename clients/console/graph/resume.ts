import { Kind, print, separateOperations, visit } from 'graphql';
import { isJsonObject } from '../../sdk/json.ts';
import type { DocumentNode, FieldNode, GraphQLSchema, SelectionSetNode } from 'graphql';
import type { Resumable } from '../../sdk/live.ts';
import type { ChosenOperation } from './operation.ts';

/**
 * A subscription can resume without a gap if its root takes `after` and its events select `cursor`. Null for all others, such as state
 * streams, which restart with a snapshot.
 */
export function resumable(chosen: ChosenOperation, schema: GraphQLSchema | null): Resumable | null {
  const { document, operation } = chosen;
  const root = fieldIn(document, operation.selectionSet, () => true);
  if (!root) return null;
  const takesAfter = schema
    ?.getSubscriptionType()
    ?.getFields()
    [root.name.value]?.args.some((arg) => arg.name === 'after');
  const cursor = root.selectionSet && fieldIn(document, root.selectionSet, (name) => name === 'cursor');
  if (!takesAfter || !cursor) return null;
  const rootKey = root.alias?.value ?? root.name.value;
  const cursorKey = cursor.alias?.value ?? 'cursor';
  return {
    cursorOf(data) {
      const event = isJsonObject(data) ? data[rootKey] : null;
      const value = isJsonObject(event) ? event[cursorKey] : null;
      return typeof value === 'string' ? value : null;
    },
    after: (value) => ({ query: print(withoutUnused(withAfter(alone(chosen), root, value))) }),
  };
}

/** The first field with that name, including those in fragments. */
function fieldIn(
  document: DocumentNode,
  { selections }: SelectionSetNode,
  wanted: (name: string) => boolean,
  within: readonly string[] = [],
): FieldNode | null {
  for (const node of selections) {
    let found: FieldNode | null = null;
    if (node.kind === Kind.FIELD) found = wanted(node.name.value) ? node : null;
    else if (node.kind === Kind.INLINE_FRAGMENT) found = fieldIn(document, node.selectionSet, wanted, within);
    else {
      const name = node.name.value;
      const fragment = document.definitions.find(
        (each) => each.kind === Kind.FRAGMENT_DEFINITION && each.name.value === name,
      );
      // The server refuses cyclic fragments; here they only must not loop.
      if (fragment?.kind === Kind.FRAGMENT_DEFINITION && !within.includes(name))
        found = fieldIn(document, fragment.selectionSet, wanted, [...within, name]);
    }
    if (found) return found;
  }
  return null;
}

/** The operation and its fragments: another operation of the document may use the same fragment with other variables. */
function alone({ document, name }: ChosenOperation): DocumentNode {
  return separateOperations(document)[name ?? ''] ?? document;
}

function withAfter(document: DocumentNode, root: FieldNode, cursor: string): DocumentNode {
  return visit(document, {
    Field(node) {
      if (node !== root) return undefined;
      const others = (node.arguments ?? []).filter((argument) => argument.name.value !== 'after');
      const after = {
        kind: Kind.ARGUMENT,
        name: { kind: Kind.NAME, value: 'after' },
        value: { kind: Kind.STRING, value: cursor },
      } as const;
      return { ...node, arguments: [...others, after] };
    },
  });
}

/** Removes variables that only the old `after` used: an operation with an unused variable is refused. */
function withoutUnused(document: DocumentNode): DocumentNode {
  const used = new Set<string>();
  visit(document, {
    VariableDefinition: () => false,
    Variable(node) {
      used.add(node.name.value);
    },
  });
  return visit(document, {
    VariableDefinition: (node) => (used.has(node.variable.name.value) ? undefined : null),
  });
}
