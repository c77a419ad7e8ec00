import {
  __Schema,
  __Type,
  getNamedType,
  isObjectType,
  Kind,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql';

/** Introspection objects that count as one object: they are in memory, about 100 bytes each. The whole schema has 6,400. */
const perObject = 3;
/** Maximum objects to visit. Equal parts are visited once, so the whole schema takes fewer visits than it has objects. */
const mostVisits = 500_000;
/** Maximum levels: validation later limits nested lists further, and types wrap one another only a few times. */
const deepest = 64;

/** The size of an introspection answer, and a field that is selected twice under one parent, if any. */
export interface Introspected {
  objects: number;
  repeated: string | null;
}

/** Selections of one parent, merged by response key as executors do. */
interface Merged {
  readonly fields: Map<string, { name: string; sets: SelectionSetNode[]; below: Merged | null }>;
  readonly known: Map<unknown, number>;
}

/**
 * Counts the objects that `__schema` or `__type(name:)` answers, on the actual schema with its actual list lengths. Equal parts are
 * counted once and reused. Each field is allowed once per parent, under any alias: aliases of lists would multiply the schema, and
 * aliases of descriptions its text.
 */
export function introspected(
  schema: GraphQLSchema,
  field: FieldNode,
  typeName: unknown,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): Introspected {
  let visits = 0;
  let repeated: string | null = null;

  function merge(sets: readonly SelectionSetNode[], parent: string): Merged {
    const fields: Merged['fields'] = new Map();
    const responses = new Map<string, string>();
    const seen = new Set<string>();
    const collect = ({ selections }: SelectionSetNode): void => {
      for (const selection of selections) {
        if (selection.kind === Kind.FIELD) {
          const name = selection.name.value;
          const response = selection.alias?.value ?? name;
          if ((responses.get(name) ?? response) !== response) repeated ??= `${parent}.${name}`;
          responses.set(name, response);
          const entry = fields.get(response) ?? { name, sets: [], below: null };
          if (selection.selectionSet) entry.sets.push(selection.selectionSet);
          fields.set(response, entry);
        } else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet);
        else if (!seen.has(selection.name.value)) {
          seen.add(selection.name.value);
          const fragment = fragments.get(selection.name.value);
          if (fragment) collect(fragment.selectionSet);
        }
      }
    };
    for (const set of sets) collect(set);
    return { fields, known: new Map() };
  }

  function count(merged: Merged, type: GraphQLObjectType, source: unknown, level: number): number {
    const before = merged.known.get(source);
    if (before !== undefined) return before;
    let sum = 1;
    for (const entry of merged.fields.values()) {
      if (entry.sets.length === 0) continue;
      const definition = type.getFields()[entry.name];
      const inner = definition && getNamedType(definition.type);
      if (!isObjectType(inner)) continue;
      entry.below ??= merge(entry.sets, entry.name);
      if (level >= deepest || visits > mostVisits || repeated !== null) break;
      const value: unknown = definition?.resolve?.(source, { includeDeprecated: true }, null, { schema } as never);
      for (const each of Array.isArray(value) ? (value as unknown[]) : [value]) {
        if (each === null || each === undefined) continue;
        visits += 1;
        sum += count(entry.below, inner, each, level + 1);
      }
    }
    merged.known.set(source, sum);
    return sum;
  }

  const name = field.name.value;
  const root = field.selectionSet ? merge([field.selectionSet], name) : null;
  const source = name === '__schema' ? schema : typeof typeName === 'string' ? schema.getType(typeName) : undefined;
  const found = root && source ? count(root, name === '__schema' ? __Schema : __Type, source, 0) : 0;
  const objects = visits > mostVisits ? Number.MAX_SAFE_INTEGER : Math.ceil(found / perObject);
  return { objects, repeated };
}
