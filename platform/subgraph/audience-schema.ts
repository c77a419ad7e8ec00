import { Kind, type DefinitionNode, type TypeNode } from 'graphql';

/**
 * What the schema of an audience has, by `@tag`, as in Apollo's contracts. A root field needs one of the included tags, if any are. Below
 * the roots everything is included that is reached, but for elements with tags of other audiences only. Excluded tags exclude always.
 */
export interface AudienceRule {
  readonly name: string;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

/** The tags of a type, or of a field of it. */
export type TagsOf = (type: string, field?: string) => readonly string[];

const roots: ReadonlySet<string> = new Set(['Query', 'Mutation', 'Subscription']);
/** The interface of everything with an id: it reaches nothing that is not reached otherwise. */
const node = 'Node';

/** A definition of any kind, as far as it is read here. */
interface Definition {
  readonly kind: string;
  readonly name: { readonly value: string };
  readonly fields?: readonly Part[];
  readonly arguments?: readonly Part[];
  readonly interfaces?: readonly { readonly name: { readonly value: string } }[];
  readonly types?: readonly { readonly name: { readonly value: string } }[];
}

interface Part {
  readonly name: { readonly value: string };
  readonly type: TypeNode;
  readonly arguments?: readonly Part[];
}

/** The schema of an audience, and the object types that it does not have. */
export interface AudienceSchema {
  readonly definitions: DefinitionNode[];
  readonly hidden: ReadonlySet<string>;
}

/** Reduces the definitions of an API schema to those of an audience. `known` are the tags that include in any schema. */
export function audienceSchema(
  all: readonly DefinitionNode[],
  tagsOf: TagsOf,
  rule: AudienceRule,
  known: ReadonlySet<string>,
): AudienceSchema {
  const includes = new Set(rule.include);
  const excludes = new Set(rule.exclude);
  const isIn = (tags: readonly string[], isRoot: boolean): boolean => {
    if (tags.some((tag) => excludes.has(tag))) return false;
    if (includes.size === 0 || tags.some((tag) => includes.has(tag))) return true;
    return !isRoot && !tags.some((tag) => known.has(tag));
  };
  let definitions = (all as readonly (DefinitionNode & Definition)[])
    .filter((each) => each.kind === Kind.DIRECTIVE_DEFINITION || isIn(tagsOf(each.name.value), false))
    .map((each) =>
      each.fields && each.kind !== Kind.INPUT_OBJECT_TYPE_DEFINITION
        ? withFields(each, (field) => isIn(tagsOf(each.name.value, field.name.value), roots.has(each.name.value)))
        : each,
    );
  // What is removed may leave more without a use or a meaning.
  for (;;) {
    const before = sizeOf(definitions);
    definitions = consistent(definitions);
    const reached = reachedIn(definitions);
    definitions = definitions.filter((each) => each.kind === Kind.DIRECTIVE_DEFINITION || reached.has(each.name.value));
    if (sizeOf(definitions) === before) break;
  }
  const left = new Set(definitions.map(({ name }) => name.value));
  const hidden = all.flatMap((each) =>
    each.kind === Kind.OBJECT_TYPE_DEFINITION && !left.has(each.name.value) ? [each.name.value] : [],
  );
  return { definitions, hidden: new Set(hidden) };
}

/** Removes fields whose types are gone, interfaces and members that are gone, and types without fields or members. */
function consistent<D extends Definition>(definitions: readonly D[]): D[] {
  const byName = new Map(definitions.map((each) => [each.name.value, each]));
  const exists = ({ name }: { name: { value: string } }): boolean => byName.has(name.value);
  const hasTypes = (field: Part): boolean =>
    isKnown(field.type, byName) && (field.arguments ?? []).every(({ type }) => isKnown(type, byName));
  const implementing = new Map<string, D[]>();
  for (const each of definitions)
    for (const { name } of each.interfaces ?? [])
      implementing.set(name.value, [...(implementing.get(name.value) ?? []), each]);
  return definitions.flatMap((each) => {
    let left = each;
    if (left.fields) {
      left = withFields(
        left,
        (field) =>
          hasTypes(field) &&
          // An interface cannot promise what one of its types no longer has.
          (each.kind !== Kind.INTERFACE_TYPE_DEFINITION ||
            (implementing.get(each.name.value) ?? []).every((type) =>
              type.fields?.some(({ name }) => name.value === field.name.value),
            )),
      );
      if (left.fields?.length === 0) return [];
    }
    if (left.interfaces) left = { ...left, interfaces: left.interfaces.filter(exists) };
    if (left.types) left = { ...left, types: left.types.filter(exists) };
    return left.types?.length === 0 ? [] : [left];
  });
}

/** The names of the types that a client can reach from the roots. */
function reachedIn(definitions: readonly Definition[]): Set<string> {
  const byName = new Map(definitions.map((each) => [each.name.value, each]));
  const implementing = new Map<string, string[]>();
  for (const each of definitions)
    for (const { name } of each.interfaces ?? [])
      implementing.set(name.value, [...(implementing.get(name.value) ?? []), each.name.value]);
  const reached = new Set<string>();
  const open = [...roots];
  const add = (part: Part): void => {
    open.push(namedIn(part.type));
    for (const argument of part.arguments ?? []) open.push(namedIn(argument.type));
  };
  for (const each of definitions) if (each.kind === Kind.DIRECTIVE_DEFINITION) each.arguments?.forEach(add);
  while (open.length > 0) {
    const name = open.pop() ?? '';
    const found = byName.get(name);
    if (!found || reached.has(name)) continue;
    reached.add(name);
    found.fields?.forEach(add);
    for (const each of [...(found.interfaces ?? []), ...(found.types ?? [])]) open.push(each.name.value);
    if (found.kind === Kind.INTERFACE_TYPE_DEFINITION && name !== node) open.push(...(implementing.get(name) ?? []));
  }
  return reached;
}

function withFields<D extends Definition>(definition: D, keeps: (field: Part) => boolean): D {
  return { ...definition, fields: definition.fields?.filter(keeps) };
}

const builtIn: ReadonlySet<string> = new Set(['Int', 'Float', 'String', 'Boolean', 'ID']);

function isKnown(type: TypeNode, byName: ReadonlyMap<string, unknown>): boolean {
  const name = namedIn(type);
  return builtIn.has(name) || byName.has(name);
}

function namedIn(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedIn(type.type);
}

/** Changes whenever something was removed. */
function sizeOf(definitions: readonly Definition[]): number {
  let sum = 0;
  for (const { fields = [], interfaces = [], types = [] } of definitions)
    sum += 1 + fields.length + interfaces.length + types.length;
  return sum;
}
