import {
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isLeafType,
  isListType,
  isObjectType,
  Kind,
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type GraphQLField,
  type GraphQLNamedType,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { fragmentsOf } from '../execution/part.ts';
import type { FieldSize } from '../supergraph/sizes.ts';
import type { SupergraphValue } from '../supergraph/value.ts';
import { ArgumentReader } from './arguments.ts';
import { introspected } from './introspection.ts';
import { undeclaredList } from './lengths.ts';
import { defaultForeignListSize } from './limits.ts';
import { weightOfType } from './type-weights.ts';
import { closed, empty, fieldOver, openList, pathOf, together, type Shape } from './shape.ts';

type Definition = GraphQLField<unknown, unknown>;

/** The key of lists that are as long as the page that contains them. */
const ofPage = '';
/** The same of a foreign subgraph. */
const ofForeignPage = ' ';
/** Minimum cost of introspection in objects. */
const schemaCost = 2_000;
const typeCost = 100;

/** The size of an operation with all fragments expanded. Paths are response fields from the root. */
export interface Measures {
  depth: { found: number; path: string };
  aliases: number;
  rootFields: number;
  fields: number;
  pageSize: { found: number; path: string } | null;
  /**
   * Estimated objects that may be read: each field that returns objects counts its maximum list length times those above it, plus its
   * own weight if it costs more than reading its rows. The path is the most expensive one.
   */
  cost: { found: number; path: string };
  /** Number of `__schema` selections. */
  schemas: number;
  /** A field that introspection selects under several aliases of one parent. */
  repeated: string | null;
  /** Variables that `@skip` and `@include` depend on. */
  conditions: ReadonlySet<string>;
  /** The variables whose values the measures depend on. */
  dependsOn: ReadonlySet<string>;
}

/** Without foreign subgraphs the other two are not needed. */
export type Measuring = Pick<SupergraphValue, 'apiSchema' | 'notes'> &
  Partial<Pick<SupergraphValue, 'foreign' | 'foreignListSize'>>;

/**
 * Measures an operation by the GraphQL Cost Directives of IBM (https://ibm.github.io/graphql-specs/cost-spec.html, first draft, 2021), as
 * Federation carries them: `@listSize` bounds lists, `@cost` weighs types, fields, arguments and input fields. An object counts 1 by
 * default, everything else 0, and the sum of both kinds of cost, of types and of fields, is the operation's.
 *
 * Measures before validation, so it assumes nothing: fields may not exist, fragments may be missing or recursive. Each
 * fragment is measured once and its result reused, so the time is linear in the length of the document, however far its fragments
 * expand.
 */
export function measure(
  { apiSchema: schema, notes, foreign = new Set(), foreignListSize = defaultForeignListSize }: Measuring,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown>,
): Measures {
  const fragments = fragmentsOf(document);
  const given = new ArgumentReader(notes, operation, variables);
  const known = new Map<string, Shape>();
  const open = new Set<string>();
  const conditions = new Set<string>();
  let repeated: string | null = null;

  function shapeOfField(field: FieldNode, type: GraphQLNamedType | undefined): Shape {
    const name = field.name.value;
    const parent = isObjectType(type) || isInterfaceType(type) ? type : undefined;
    const definition = parent?.getFields()[name];
    const size = parent && notes.size(parent.name, name);
    const asked = given.pageOf(field, definition, size);
    const here = { name, next: null };
    const counts = { aliases: field.alias ? 1 : 0, fields: 1, roots: 1 };
    const named = definition && getNamedType(definition.type);
    const ownWeight = (size?.weight ?? 0) + given.weightOf(field, definition, size?.argumentWeights);
    const page = asked === null ? null : { size: asked, path: here };
    if (!field.selectionSet) {
      const weight = ownWeight + (named && isLeafType(named) ? weightOfType(schema, notes, named) : 0);
      const costliest = weight > 0 ? { cost: weight, path: here } : null;
      return { ...empty, ...counts, depth: 1, deepest: here, cost: weight, costliest, page };
    }
    const inner = shapeOf(field.selectionSet, named);
    counts.aliases += inner.aliases;
    counts.fields += inner.fields;
    // Introspection is for explorers, whose query is deep by nature, so it has no depth. graphql-js bounds how deeply its lists nest;
    // aliases and fields count as everywhere, and the answer has a cost.
    if (name === '__schema' || name === '__type') {
      const asked = name === '__type' ? typeNameOf(field) : null;
      const found = introspected(schema, field, asked, fragments);
      repeated ??= found.repeated;
      const cost = Math.max(name === '__schema' ? schemaCost : typeCost, found.objects);
      const schemas = name === '__schema' ? 1 : 0;
      return { ...empty, ...counts, depth: 1, deepest: here, schemas, cost, costliest: { cost, path: here } };
    }
    const sized = definition ? sizing(inner, field, definition, size) : inner;
    const bigger = inner.page && (asked === null || inner.page.size > asked);
    return {
      ...asList(
        sized,
        field,
        definition,
        size,
        { own: ownWeight, each: weightOfType(schema, notes, named) },
        parent?.name,
      ),
      ...counts,
      page: bigger && inner.page ? { size: inner.page.size, path: { name, next: inner.page.path } } : page,
    };
  }

  /** The type name that `__type` asks for, as a literal, variable or default. */
  function typeNameOf(field: FieldNode): unknown {
    const value = field.arguments?.find(({ name }) => name.value === 'name')?.value;
    if (value?.kind === Kind.STRING) return value.value;
    if (value?.kind !== Kind.VARIABLE) return null;
    const name = value.name.value;
    if (Object.hasOwn(variables, name)) return variables[name];
    const declared = operation.variableDefinitions?.find(({ variable }) => variable.name.value === name)?.defaultValue;
    return declared?.kind === Kind.STRING ? declared.value : null;
  }

  /** The field's selections, after resolving the lists whose length its arguments determine. */
  function sizing(inner: Shape, field: FieldNode, definition: Definition, size: FieldSize | undefined): Shape {
    let shape = inner;
    for (const key of inner.open.keys()) {
      if (key === ofPage || key === ofForeignPage) {
        const declared = size && size.sized.length > 0 ? given.rowsOf(field, definition, size) : null;
        shape = closed(shape, key, declared ?? undeclaredSize(key));
      } else if (definition.args.some(({ name }) => name === key)) {
        shape = closed(shape, key, Math.max(1, given.argument(field, definition, key) ?? undeclaredList));
      }
    }
    return shape;
  }

  /** The size of a list that no argument and no directive determines. */
  function undeclaredSize(key: string): number {
    return key === ofForeignPage ? foreignListSize : undeclaredList;
  }

  function isForeign(type: string, field: string): boolean {
    for (const subgraph of foreign) if (notes.has(subgraph, type, field)) return true;
    return false;
  }

  /** A field that counts as many objects as its list may have. A length set further up leaves the list open until there. */
  function asList(
    inner: Shape,
    field: FieldNode,
    definition: Definition | undefined,
    size: FieldSize | undefined,
    { own, each }: { own: number; each: number },
    parent: string | undefined,
  ): Shape {
    const name = field.name.value;
    if (!definition || !isList(definition)) return fieldOver(inner, name, 1, own, each);
    const declared = size && (size.slicing.length > 0 || size.assumed !== null);
    const isSizedAbove = size?.sizedBy && !definition.args.some((argument) => argument.name === size.sizedBy);
    if (declared && !isSizedAbove) return fieldOver(inner, name, given.rowsOf(field, definition, size), own, each);
    let whole = inner;
    for (const key of inner.open.keys()) whole = closed(whole, key, undeclaredSize(key));
    const page = parent !== undefined && isForeign(parent, name) ? ofForeignPage : ofPage;
    return openList(whole, name, size?.sizedBy ?? page, own, each);
  }

  function shapeOf(selections: SelectionSetNode, type: GraphQLNamedType | undefined): Shape {
    let sum = empty;
    for (const selection of selections.selections) {
      note(selection.directives);
      if (selection.kind === Kind.FIELD) sum = together(sum, shapeOfField(selection, type));
      else if (selection.kind === Kind.INLINE_FRAGMENT) {
        const condition = selection.typeCondition?.name.value;
        sum = together(sum, shapeOf(selection.selectionSet, condition ? schema.getType(condition) : type));
      } else sum = together(sum, shapeOfFragment(selection.name.value));
    }
    return sum;
  }

  function note(directives: readonly DirectiveNode[] | undefined): void {
    for (const directive of directives ?? []) {
      if (directive.name.value !== 'skip' && directive.name.value !== 'include') continue;
      for (const { value } of directive.arguments ?? [])
        if (value.kind === Kind.VARIABLE) conditions.add(value.name.value);
    }
  }

  function shapeOfFragment(name: string): Shape {
    const before = known.get(name);
    if (before) return before;
    const fragment = fragments.get(name);
    // Validation refuses recursive fragments later; here it is enough to terminate.
    if (!fragment || open.has(name)) return empty;
    open.add(name);
    const type = schema.getType(fragment.typeCondition.name.value);
    const shape = shapeOf(fragment.selectionSet, isCompositeType(type) ? type : undefined);
    open.delete(name);
    known.set(name, shape);
    return shape;
  }

  const root = schema.getRootType(operation.operation) ?? undefined;
  let shape = shapeOf(operation.selectionSet, root);
  for (const key of shape.open.keys()) shape = closed(shape, key, undeclaredSize(key));
  return {
    depth: { found: shape.depth, path: pathOf(shape.deepest) },
    aliases: bounded(shape.aliases),
    rootFields: bounded(shape.roots),
    fields: bounded(shape.fields),
    pageSize: shape.page ? { found: shape.page.size, path: pathOf(shape.page.path) } : null,
    cost: { found: bounded(shape.cost), path: pathOf(shape.costliest?.path ?? null) },
    schemas: bounded(shape.schemas),
    repeated,
    conditions,
    dependsOn: given.read,
  };
}

function isList(definition: Definition): boolean {
  return isListType(getNullableType(definition.type));
}

/** Fragments that double forty times exceed exact JSON numbers; the answer only needs to be "too many". */
function bounded(count: number): number {
  return Math.min(count, Number.MAX_SAFE_INTEGER);
}
