/** Runs in the planner's thread alone. Erasable TypeScript: Node loads it there by stripping its types. */
import {
  Kind,
  visit,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { chosenOf, fits } from './chosen.ts';
import { needsOf, type Need, type Variants } from './variants.ts';

/** A field of an entity, with the type on which it is selected. */
interface EntityField {
  type: string | null;
  field: FieldNode;
}

interface EntityCall {
  fields: EntityField[];
  needs: Need[];
}

/** Groups the fields of an entity call: the needs of each group fit into one representation. */
export function callsOf(fields: readonly EntityField[], subgraph: string, variants: Variants): EntityCall[] {
  const calls: EntityCall[] = [];
  for (const each of fields) {
    const needs = needsOf(variants, subgraph, each.type, each.field.name.value);
    let call = calls.find((other) => fits(chosenOf(other.needs), needs));
    if (!call) calls.push((call = { fields: [], needs: [] }));
    call.fields.push(each);
    call.needs.push(...needs);
  }
  return calls;
}

/** The fields directly below `_entities`, in a document without named fragments. */
export function entityFields(document: DocumentNode): EntityField[] {
  const found: EntityField[] = [];
  const walk = ({ selections }: SelectionSetNode, type: string | null): void => {
    for (const each of selections) {
      if (each.kind === Kind.FIELD) found.push({ type, field: each });
      if (each.kind === Kind.INLINE_FRAGMENT) walk(each.selectionSet, each.typeCondition?.name.value ?? type);
    }
  };
  walk(entitiesOf(document).selectionSet!, null);
  return found;
}

/** The document with only these fields of the entities, and the variables that they use. */
export function withFields(document: DocumentNode, fields: ReadonlySet<FieldNode>): DocumentNode {
  const left = (set: SelectionSetNode): SelectionSetNode => ({
    ...set,
    selections: set.selections.flatMap((each): SelectionNode[] => {
      if (each.kind === Kind.FIELD) return fields.has(each) ? [each] : [];
      if (each.kind !== Kind.INLINE_FRAGMENT) return [];
      const selectionSet = left(each.selectionSet);
      return selectionSet.selections.length > 0 ? [{ ...each, selectionSet }] : [];
    }),
  });
  const operation = operationOf(document);
  const entities = entitiesOf(document);
  const selections = [{ ...entities, selectionSet: left(entities.selectionSet!) }];
  const only = { ...operation, selectionSet: { ...operation.selectionSet, selections } };
  const used = new Set(variablesIn({ ...document, definitions: [only] }));
  const declared = operation.variableDefinitions?.filter(({ variable }) => used.has(variable.name.value)) ?? [];
  return { ...document, definitions: [{ ...only, variableDefinitions: declared }] };
}

/** The variables that a document uses. */
export function variablesIn(document: DocumentNode): string[] {
  const found = new Set<string>();
  visit(document, { VariableDefinition: () => false, Variable: ({ name }) => void found.add(name.value) });
  return [...found];
}

/** The document with its named fragments written out. */
export function inlined(document: DocumentNode): DocumentNode {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const each of document.definitions)
    if (each.kind === Kind.FRAGMENT_DEFINITION) fragments.set(each.name.value, each);
  const into = (set: SelectionSetNode): SelectionSetNode => ({
    ...set,
    selections: set.selections.flatMap((each): SelectionNode[] => {
      if (each.kind === Kind.FIELD)
        return [each.selectionSet ? { ...each, selectionSet: into(each.selectionSet) } : each];
      if (each.kind === Kind.INLINE_FRAGMENT) return [{ ...each, selectionSet: into(each.selectionSet) }];
      const fragment = fragments.get(each.name.value);
      if (!fragment) return [];
      const { typeCondition, selectionSet } = fragment;
      const directives = each.directives ?? [];
      return [{ kind: Kind.INLINE_FRAGMENT, typeCondition, directives, selectionSet: into(selectionSet) }];
    }),
  });
  const operation = operationOf(document);
  return { ...document, definitions: [{ ...operation, selectionSet: into(operation.selectionSet) }] };
}

function operationOf({ definitions }: DocumentNode): OperationDefinitionNode {
  const found = definitions.find((each): each is OperationDefinitionNode => each.kind === Kind.OPERATION_DEFINITION);
  if (!found) throw new Error('A fetch without an operation asks for nothing.');
  return found;
}

function entitiesOf(document: DocumentNode): FieldNode {
  const [entities] = operationOf(document).selectionSet.selections;
  if (entities?.kind !== Kind.FIELD) throw new Error('A fetch of entities begins with _entities.');
  return entities;
}
