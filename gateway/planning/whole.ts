/** Runs in the planner's thread alone. Erasable TypeScript: Node loads it there by stripping its types. */
import {
  isLeafType,
  isObjectType,
  type Operation,
  type Selection,
  type SelectionSet,
} from '@apollo/federation-internals';
import type { FetchNode, PlanNode, QueryPlan } from '@apollo/query-planner';
import {
  GraphQLError,
  Kind,
  parse,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { rewrittenPath } from '../execution/representations.ts';

/**
 * Throws `BAD_QUERY` if the plan fetches a field nowhere that is surely to be answered. The planner drops fields for which it finds no
 * subgraph, and their answer would be a null without an error. Fields below interfaces and unions are not checked: it depends on the
 * objects whether they are to be answered.
 */
export function checkWhole(plan: QueryPlan, operation: Operation): void {
  const fetched = new Set<string>();
  if (plan.node?.kind === 'Subscription') {
    noteFetch(plan.node.primary, [], fetched);
    noteFetches(plan.node.rest, [], fetched);
  } else noteFetches(plan.node, [], fetched);
  for (const path of sureFields(operation.selectionSet, []))
    if (!fetched.has(path.join('.')))
      throw new GraphQLError(
        `No subgraph answers what is selected of "${path.join('.')}": remove it, or select it elsewhere.`,
        { extensions: { code: 'BAD_QUERY' } },
      );
}

/** The response paths of fields that are answered for every object, so not those below conditions and abstract types; parents first. */
function* sureFields(set: SelectionSet, at: readonly string[]): Generator<readonly string[]> {
  for (const selection of set.selections()) {
    if (!isSure(selection, set)) continue;
    if (selection.kind === 'FragmentSelection') {
      yield* sureFields(selection.selectionSet, at);
      continue;
    }
    const { element, selectionSet } = selection;
    if (element.name.startsWith('__') || (selectionSet && !selectsSurely(selectionSet))) continue;
    const path = [...at, element.responseName()];
    yield path;
    if (selectionSet && isObjectType(element.baseType())) yield* sureFields(selectionSet, path);
  }
}

function selectsSurely(set: SelectionSet): boolean {
  return set.selections().some((selection) => {
    if (!isSure(selection, set)) return false;
    if (selection.kind === 'FieldSelection' && isLeafType(selection.element.baseType())) return true;
    return selection.selectionSet !== undefined && selectsSurely(selection.selectionSet);
  });
}

/** Whether a selection applies to every object of the type on which it is written. */
function isSure(selection: Selection, { parentType }: SelectionSet): boolean {
  const { element } = selection;
  if (element.appliedDirectives.some(({ name }) => name === 'skip' || name === 'include')) return false;
  if (element.kind === 'Field') return true;
  return element.typeCondition === undefined || element.typeCondition.name === parentType.name;
}

function noteFetches(node: PlanNode | undefined, at: readonly string[], found: Set<string>): void {
  if (node?.kind === 'Fetch') noteFetch(node, at, found);
  if (node?.kind === 'Flatten')
    noteFetches(node.node, [...at, ...node.path.map(String).filter((step) => step !== '@')], found);
  if (node?.kind === 'Sequence' || node?.kind === 'Parallel')
    for (const each of node.nodes) noteFetches(each, at, found);
  if (node?.kind === 'Condition') for (const each of [node.ifClause, node.elseClause]) noteFetches(each, at, found);
}

/** Notes the response paths of all fields that a fetch selects. */
function noteFetch(node: FetchNode, at: readonly string[], found: Set<string>): void {
  const { definitions } = parse(node.operation, { noLocation: true });
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const each of definitions) if (each.kind === Kind.FRAGMENT_DEFINITION) fragments.set(each.name.value, each);
  const walk = ({ selections }: SelectionSetNode, path: readonly string[]): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const below = [...path, (selection.alias ?? selection.name).value];
        // The first step of an entity's path is `_entities`.
        const own = node.requires ? below.slice(1) : below;
        found.add([...at, ...rewrittenPath(own, node.outputRewrites)].join('.'));
        if (selection.selectionSet) walk(selection.selectionSet, below);
        continue;
      }
      const part = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
      if (part) walk(part.selectionSet, path);
    }
  };
  const operation = definitions.find(
    (each): each is OperationDefinitionNode => each.kind === Kind.OPERATION_DEFINITION,
  );
  if (operation) walk(operation.selectionSet, []);
}
