import {
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/** What a list without `first` or `last` is counted as: the contract's default page. */
const defaultPage = 20;

/** A path from the outside in, shared between many: the last step of it. */
interface Step {
  readonly name: string;
  readonly next: Step | null;
}

/** How big an operation is, all fragments expanded. Paths are response fields from the root. */
export interface Measures {
  depth: { found: number; path: string };
  aliases: number;
  rootFields: number;
  fields: number;
  pageSize: { found: number; path: string } | null;
  /** Objects that may be read: for each composite field the product of the page sizes above it. The path costs the most. */
  cost: { found: number; path: string };
}

interface Branch {
  readonly cost: number;
  readonly path: Step;
}

interface Shape {
  depth: number;
  deepest: Step | null;
  aliases: number;
  fields: number;
  roots: number;
  cost: number;
  /** Of the branches below the one that costs the most. */
  costliest: Branch | null;
  page: { size: number; path: Step } | null;
}

const empty: Shape = { depth: 0, deepest: null, aliases: 0, fields: 0, roots: 0, cost: 0, costliest: null, page: null };

/**
 * Measures an operation before it is validated, so it takes nothing for granted: fields may not exist, fragments may be
 * missing or spread themselves. Each fragment is measured once and its numbers are reused, so the time is linear in the
 * length of the document however far its fragments expand.
 */
export function measure(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown>,
): Measures {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const defaults = new Map(operation.variableDefinitions?.map((v) => [v.variable.name.value, v.defaultValue]));
  const known = new Map<string, Shape>();
  const open = new Set<string>();

  function sizeOf(field: FieldNode, type: GraphQLNamedType | undefined): { multiplier: number; asked: number | null } {
    let asked: number | null = null;
    for (const argument of field.arguments ?? []) {
      const name = argument.name.value;
      if (name !== 'first' && name !== 'last' && name !== 'ids') continue;
      let value: unknown;
      if (argument.value.kind === Kind.VARIABLE) {
        const variable = argument.value.name.value;
        const given = variables[variable];
        const preset = defaults.get(variable);
        if (given !== undefined) value = given;
        else if (preset?.kind === Kind.INT) value = Number(preset.value);
        else if (preset?.kind === Kind.LIST) value = preset.values;
      } else if (argument.value.kind === Kind.INT) value = Number(argument.value.value);
      else if (argument.value.kind === Kind.LIST) value = argument.value.values;
      const size =
        name === 'ids' ? (Array.isArray(value) ? value.length : null) : typeof value === 'number' ? value : null;
      if (size !== null && size >= 0) asked = Math.max(asked ?? 0, size);
    }
    if (asked !== null) return { multiplier: Math.max(1, asked), asked };
    const definition = isObjectType(type) || isInterfaceType(type) ? type.getFields()[field.name.value] : undefined;
    const pageable = definition?.args.find((argument) => argument.name === 'first');
    if (!pageable) return { multiplier: 1, asked };
    return { multiplier: typeof pageable.defaultValue === 'number' ? pageable.defaultValue : defaultPage, asked };
  }

  function shapeOfField(field: FieldNode, type: GraphQLNamedType | undefined): Shape {
    const name = field.name.value;
    const alias = field.alias ? 1 : 0;
    if (!field.selectionSet) {
      const { asked } = field.arguments?.length ? sizeOf(field, type) : { asked: null };
      const here: Step = { name, next: null };
      return {
        depth: 1,
        deepest: here,
        aliases: alias,
        fields: 1,
        roots: 1,
        cost: 0,
        costliest: null,
        page: asked === null ? null : { size: asked, path: here },
      };
    }
    const definition = isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
    const inner = shapeOf(field.selectionSet, definition ? getNamedType(definition.type) : undefined);
    // Introspection is for explorers, whose one query is deep by nature: it costs neither depth nor objects. graphql-js bounds
    // how far its lists may be nested, and aliases and fields are counted as everywhere.
    if (name === '__schema' || name === '__type') {
      return {
        depth: 1,
        deepest: { name, next: null },
        aliases: inner.aliases + alias,
        fields: inner.fields + 1,
        roots: 1,
        cost: 0,
        costliest: null,
        page: null,
      };
    }
    const { multiplier, asked } = sizeOf(field, type);
    const cost = 1 + multiplier * inner.cost;
    const bigger = inner.page && (asked === null || inner.page.size > asked);
    return {
      depth: inner.depth + 1,
      deepest: { name, next: inner.deepest },
      aliases: inner.aliases + alias,
      fields: inner.fields + 1,
      roots: 1,
      cost,
      costliest: { cost, path: { name, next: inner.costliest?.path ?? null } },
      page:
        bigger && inner.page
          ? { size: inner.page.size, path: { name, next: inner.page.path } }
          : asked === null
            ? null
            : { size: asked, path: { name, next: null } },
    };
  }

  function shapeOf(selections: SelectionSetNode, type: GraphQLNamedType | undefined): Shape {
    let sum = empty;
    for (const selection of selections.selections) {
      if (selection.kind === Kind.FIELD) sum = together(sum, shapeOfField(selection, type));
      else if (selection.kind === Kind.INLINE_FRAGMENT) {
        const condition = selection.typeCondition?.name.value;
        sum = together(sum, shapeOf(selection.selectionSet, condition ? schema.getType(condition) : type));
      } else sum = together(sum, shapeOfFragment(selection.name.value));
    }
    return sum;
  }

  function shapeOfFragment(name: string): Shape {
    const before = known.get(name);
    if (before) return before;
    const fragment = fragments.get(name);
    // A fragment inside itself is refused by validation afterwards; here it is enough to come to an end.
    if (!fragment || open.has(name)) return empty;
    open.add(name);
    const type = schema.getType(fragment.typeCondition.name.value);
    const shape = shapeOf(fragment.selectionSet, isCompositeType(type) ? type : undefined);
    open.delete(name);
    known.set(name, shape);
    return shape;
  }

  const root = schema.getRootType(operation.operation) ?? undefined;
  const shape = shapeOf(operation.selectionSet, root);
  return {
    depth: { found: shape.depth, path: pathOf(shape.deepest) },
    aliases: bounded(shape.aliases),
    rootFields: bounded(shape.roots),
    fields: bounded(shape.fields),
    pageSize: shape.page ? { found: shape.page.size, path: pathOf(shape.page.path) } : null,
    cost: { found: bounded(shape.cost), path: pathOf(shape.costliest?.path ?? null) },
  };
}

function together(a: Shape, b: Shape): Shape {
  const deeper = b.depth > a.depth ? b : a;
  return {
    depth: deeper.depth,
    deepest: deeper.deepest,
    aliases: a.aliases + b.aliases,
    fields: a.fields + b.fields,
    roots: a.roots + b.roots,
    cost: a.cost + b.cost,
    costliest: !a.costliest || (b.costliest && b.costliest.cost > a.costliest.cost) ? b.costliest : a.costliest,
    page: !a.page || (b.page && b.page.size > a.page.size) ? b.page : a.page,
  };
}

/** Fragments that double forty times overflow what JSON can carry exactly; the answer need only be "too many". */
function bounded(count: number): number {
  return Math.min(count, Number.MAX_SAFE_INTEGER);
}

/** Eight steps show where it is; a path of a thousand steps would be an echo of the query. */
function pathOf(step: Step | null): string {
  const names: string[] = [];
  for (let at = step; at; at = at.next) {
    if (names.length === 8) return `${names.join('.')}…`;
    names.push(at.name);
  }
  return names.join('.');
}
