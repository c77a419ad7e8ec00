import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  valueFromASTUntyped,
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { fragmentsOf, partOf, type Part } from '../execution/part.ts';
import { allows, type Guard, type Rights } from '../supergraph/guards.ts';
import type { SupergraphNotes } from '../supergraph/notes.ts';

/** A field that the viewer may not see. */
interface Removed {
  /** Response keys from the root. */
  readonly path: readonly string[];
  /** The directives on the way to it: a field that is skipped is no error. */
  readonly directives: readonly DirectiveNode[];
}

/** An operation as a viewer with certain rights may run it. */
export interface Filtered {
  /** Equal for viewers who may see the same. */
  readonly key: string;
  /** What is left of the operation; null if nothing is. */
  readonly rest: Part | null;
  /** The paths of the removed fields that these variables include. */
  paths(variables: Readonly<Record<string, unknown>>): (readonly string[])[];
}

type Schema = Readonly<{ apiSchema: GraphQLSchema; notes: SupergraphNotes }>;

const typename: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

/** Viewers' rights for which one operation is kept filtered. Each combination that its guards distinguish is one. */
const mostCombinations = 32;

/** The guards that an operation meets, and what is left of it for viewers that do not pass them all. */
export class GuardedOperation {
  readonly #schema: Schema;
  readonly #operation: OperationDefinitionNode;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #guards: readonly Guard[];
  readonly #filtered = new Map<string, Filtered>();

  constructor(schema: Schema, document: DocumentNode, operation: OperationDefinitionNode) {
    this.#schema = schema;
    this.#operation = operation;
    this.#fragments = fragmentsOf(document);
    this.#guards = [...this.#guardsIn(operation.selectionSet, this.#root)];
  }

  /** Whether it meets any guard. */
  get isGuarded(): boolean {
    return this.#guards.length > 0;
  }

  /** Equal for viewers who may see the same of this operation. */
  keyOf(rights: Rights): string {
    return this.#guards.map((guard) => (allows(guard, rights) ? '1' : '0')).join('');
  }

  /** The operation without the fields that these rights do not allow; null if it is the whole operation. */
  of(rights: Rights): Filtered | null {
    const key = this.keyOf(rights);
    if (!key.includes('0')) return null;
    let filtered = this.#filtered.get(key);
    if (!filtered) {
      filtered = this.#filter(key, rights);
      if (this.#filtered.size < mostCombinations) this.#filtered.set(key, filtered);
    }
    return filtered;
  }

  get #root(): GraphQLCompositeType {
    const root = this.#schema.apiSchema.getRootType(this.#operation.operation);
    if (!root) throw new Error(`The schema has no ${this.#operation.operation}.`);
    return root;
  }

  #filter(key: string, rights: Rights): Filtered {
    const removed: Removed[] = [];
    const within = (
      { selections }: SelectionSetNode,
      type: GraphQLCompositeType,
      path: readonly string[],
      directives: readonly DirectiveNode[],
    ): SelectionSetNode => {
      const kept = selections.flatMap((selection): SelectionNode[] => {
        const all = [...directives, ...(selection.directives ?? [])];
        if (selection.kind !== Kind.FIELD) {
          const fragment = this.#fragment(selection, type);
          if (!fragment) return [];
          const selectionSet = within(fragment.selectionSet, fragment.type, path, all);
          const { typeCondition } = fragment;
          const inline = { kind: Kind.INLINE_FRAGMENT, directives: selection.directives ?? [], selectionSet } as const;
          return [{ ...inline, ...(typeCondition ? { typeCondition } : {}) }];
        }
        if (selection.name.value === '__typename') return [selection];
        const here = [...path, (selection.alias ?? selection.name).value];
        if (!this.#guardsOf(type, selection).every((guard) => allows(guard, rights))) {
          removed.push({ path: here, directives: all });
          return [];
        }
        const inner = selection.selectionSet && this.#answered(type, selection);
        if (!inner || !selection.selectionSet) return [selection];
        return [{ ...selection, selectionSet: within(selection.selectionSet, inner, here, all) }];
      });
      // The answer is completed for the whole operation, which needs to know of what type each object is.
      const isRoot = path.length === 0;
      const named = !isRoot && (kept.length === 0 || isAbstractType(type)) ? [typename, ...kept] : kept;
      return { kind: Kind.SELECTION_SET, selections: named };
    };
    const selectionSet = within(this.#operation.selectionSet, this.#root, [], []);
    const operation: OperationDefinitionNode = { ...this.#operation, selectionSet };
    const rest = partOf({ kind: Kind.DOCUMENT, definitions: [operation] }, operation, () => true);
    const declared = this.#operation.variableDefinitions ?? [];
    return {
      key,
      rest: rest.operation.selectionSet.selections.length > 0 ? rest : null,
      paths: (variables) => pathsOf(removed, variables, declared),
    };
  }

  /** The guards of all fields of a selection, each once. */
  #guardsIn(
    { selections }: SelectionSetNode,
    type: GraphQLCompositeType,
    found = new Set<Guard>(),
    seen = new Set<string>(),
  ): Set<Guard> {
    for (const selection of selections) {
      if (selection.kind !== Kind.FIELD) {
        const fragment = this.#fragment(selection, type);
        // A spread fragment has the same fields, and so the same guards, wherever it is spread.
        const name = selection.kind === Kind.FRAGMENT_SPREAD ? selection.name.value : null;
        if (!fragment || (name !== null && seen.has(name))) continue;
        if (name !== null) seen.add(name);
        this.#guardsIn(fragment.selectionSet, fragment.type, found, seen);
        continue;
      }
      if (selection.name.value === '__typename') continue;
      for (const guard of this.#guardsOf(type, selection)) found.add(guard);
      const inner = selection.selectionSet && this.#answered(type, selection);
      if (inner && selection.selectionSet) this.#guardsIn(selection.selectionSet, inner, found, seen);
    }
    return found;
  }

  #fragment(
    selection: Exclude<SelectionNode, FieldNode>,
    type: GraphQLCompositeType,
  ):
    | (Pick<FragmentDefinitionNode, 'selectionSet'> & {
        type: GraphQLCompositeType;
        typeCondition: FragmentDefinitionNode['typeCondition'] | undefined;
      })
    | null {
    const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? this.#fragments.get(selection.name.value) : selection;
    if (!fragment) return null;
    const { typeCondition, selectionSet } = fragment;
    const condition = typeCondition ? this.#schema.apiSchema.getType(typeCondition.name.value) : type;
    return isCompositeType(condition) ? { type: condition, typeCondition, selectionSet } : null;
  }

  /** The type of a field with selections. */
  #answered(type: GraphQLCompositeType, { name }: FieldNode): GraphQLCompositeType | null {
    const definition = 'getFields' in type ? type.getFields()[name.value] : undefined;
    const answered = definition && getNamedType(definition.type);
    return isCompositeType(answered) ? answered : null;
  }

  /**
   * The guards of a field selected on a type: of the type, the field, and what it answers. On an interface also those of all types
   * that implement it, since the answer may be any of them; fragments on the allowed ones are not affected.
   */
  #guardsOf(type: GraphQLCompositeType, field: FieldNode): Guard[] {
    const { notes, apiSchema } = this.#schema;
    const types = isInterfaceType(type)
      ? [type, ...apiSchema.getPossibleTypes(type)]
      : isObjectType(type)
        ? [type]
        : [];
    return types.flatMap((each) => {
      const definition = each.getFields()[field.name.value];
      if (!definition) return [];
      const answered = getNamedType(definition.type).name;
      return [
        ...notes.guardsOfType(each.name),
        ...notes.guardsOfField(each.name, field.name.value),
        ...notes.guardsOfType(answered),
      ];
    });
  }
}

function pathsOf(
  removed: readonly Removed[],
  variables: Readonly<Record<string, unknown>>,
  declared: NonNullable<OperationDefinitionNode['variableDefinitions']>,
): (readonly string[])[] {
  const presets = declared.flatMap(({ variable, defaultValue }) =>
    defaultValue ? [[variable.name.value, valueFromASTUntyped(defaultValue)] as const] : [],
  );
  const given = { ...Object.fromEntries(presets), ...variables };
  const paths = removed.filter(({ directives }) => directives.every((each) => includes(each, given)));
  return [...new Map(paths.map(({ path }) => [path.join('.'), path])).values()];
}

function includes({ name, arguments: args }: DirectiveNode, variables: Readonly<Record<string, unknown>>): boolean {
  if (name.value !== 'skip' && name.value !== 'include') return true;
  const condition = args?.find((argument) => argument.name.value === 'if')?.value;
  const holds = condition !== undefined && valueFromASTUntyped(condition, variables) === true;
  return name.value === 'skip' ? !holds : holds;
}
