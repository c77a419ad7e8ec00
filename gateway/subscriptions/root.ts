import {
  Kind,
  print,
  type DocumentNode,
  type FieldNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type DirectiveNode,
} from 'graphql';
import { badQuery } from '../errors.ts';
import { fragmentsOf, reachableFragments, usedVariables } from '../execution/part.ts';

/** A subscription in normal form: one root field without conditions, only what it uses, no name. */
export interface NormalSubscription {
  document: DocumentNode;
  operation: OperationDefinitionNode;
  root: FieldNode;
  /** The printed document: equal for equal subscriptions, whatever their names. */
  text: string;
}

/**
 * Converts a valid subscription to normal form. `@skip` and `@include` above and on the root field are evaluated here with the
 * variables, because the planner cannot plan a subscription that may have no root. Throws BAD_QUERY when no or several root fields
 * remain.
 */
export function normalise(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown>,
): NormalSubscription {
  const fragments = fragmentsOf(document);
  const roots: FieldNode[] = [];
  collect(operation.selectionSet, new Set());
  const type = schema.getSubscriptionType();
  const names = new Set(roots.map((root) => root.alias?.value ?? root.name.value));
  const first = roots[0];
  if (!first || !type) throw badQuery('Nothing is left to subscribe to: @skip or @include excludes the root field.');
  if (names.size > 1) throw badQuery('A subscription has exactly one root field.');
  if (first.name.value.startsWith('__'))
    throw badQuery('A subscription needs a root field that streams; __typename alone does not.');
  requireField(type, first);
  const root: FieldNode = { ...first, directives: [], ...mergedSelections(roots) };
  const reachable = reachableFragments(root, fragments);
  const used = usedVariables([root, ...reachable]);
  const normal: OperationDefinitionNode = {
    kind: Kind.OPERATION_DEFINITION,
    operation: operation.operation,
    variableDefinitions: (operation.variableDefinitions ?? []).filter((definition) =>
      used.has(definition.variable.name.value),
    ),
    selectionSet: { kind: Kind.SELECTION_SET, selections: [root] },
  };
  const alone: DocumentNode = { kind: Kind.DOCUMENT, definitions: [normal, ...reachable] };
  return normalOf(alone);

  function collect(selections: SelectionSetNode, within: Set<string>): void {
    for (const selection of selections.selections) {
      if (!included(selection.directives, variables)) continue;
      if (selection.kind === Kind.FIELD) roots.push(selection);
      else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet, within);
      else {
        const fragment = fragments.get(selection.name.value);
        if (fragment && !within.has(selection.name.value))
          collect(fragment.selectionSet, new Set([...within, selection.name.value]));
      }
    }
  }
}

/** Wraps a document that is already in normal form. */
export function normalOf(document: DocumentNode): NormalSubscription {
  const operation = document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const root = operation?.selectionSet.selections[0];
  if (!operation || root?.kind !== Kind.FIELD) throw new Error('A subscription in its normal form has one root field.');
  return { document, operation, root, text: print(document) };
}

/** Whether `@skip` and `@include` let a selection through. `variables` include the operation's defaults. */
function included(directives: readonly DirectiveNode[] | undefined, variables: Record<string, unknown>): boolean {
  for (const directive of directives ?? []) {
    const name = directive.name.value;
    if (name !== 'skip' && name !== 'include') continue;
    const value = directive.arguments?.find((argument) => argument.name.value === 'if')?.value;
    const holds =
      value?.kind === Kind.VARIABLE
        ? variables[value.name.value] === true
        : value?.kind === Kind.BOOLEAN && value.value;
    if (name === 'skip' ? holds : !holds) return false;
  }
  return true;
}

function requireField(type: GraphQLObjectType, root: FieldNode): void {
  if (!type.getFields()[root.name.value]) throw badQuery(`There is no subscription named ${root.name.value}.`);
}

/** A root field selected several times is one field with all the selections. */
function mergedSelections(roots: FieldNode[]): Pick<FieldNode, 'selectionSet'> {
  const selections = roots.flatMap((root) => root.selectionSet?.selections ?? []);
  return selections.length > 0 ? { selectionSet: { kind: Kind.SELECTION_SET, selections } } : {};
}
