import { Kind, type ConstDirectiveNode, type DocumentNode, type FieldDefinitionNode } from 'graphql';
import { joined, type Audience } from '../../platform/access/audience.ts';
import { hasFields } from '../planning/variants/field-sets.ts';
import { guardsOf, type Guard } from './guards.ts';
import { InheritedGuards } from './inherited-guards.ts';
import { declaredWeight, inputWeights, saysNothing, sizeOf, type FieldSize } from './sizes.ts';

const prefixTag = /^id\/([a-z]+)$/;

/** The audiences that tags name. */
const audiences: ReadonlySet<string> = new Set<Audience>(['visible', 'role', 'self']);

/** Information on fields in the supergraph that neither the API schema nor the planner passes on. */
export interface SupergraphNotes {
  /** The audience of a field by `@tag(name: "visible")`, `"role"` or `"self"`; public without a tag. */
  audience(type: string, field: string): Audience;
  /** Whether the subgraph resolves this field of the type. */
  has(subgraph: string, type: string, field: string): boolean;
  /** Maximum list sizes and weight of a field by `@listSize` and `@cost`; `undefined` if not declared. */
  size(type: string, field: string): FieldSize | undefined;
  /** Whether any type declares an id prefix. */
  readonly hasPrefixes: boolean;
  /** The type of ids with this prefix, by `@tag(name: "id/…")`. */
  typeOfPrefix(prefix: string): string | undefined;
  /** Whether any type or field has a guard. */
  readonly hasGuards: boolean;
  /** Who may see what is of this type: all must hold. */
  guardsOfType(type: string): readonly Guard[];
  /** Who may see this field, besides the guards of types: all must hold. */
  guardsOfField(type: string, field: string): readonly Guard[];
  /** The weight of an input field when it is given, by `@cost`. */
  inputWeight(type: string, field: string): number;
  /** The other tags of a type, or of a field: those of the audiences whose schemas have it. */
  tags(type: string, field?: string): readonly string[];
  /** Whether any type has a weight. */
  readonly hasTypeWeights: boolean;
  /** The weight of each object or value of a type, by `@cost`; `undefined` if not declared. */
  typeWeight(type: string): number | undefined;
}

/** The notes on one type: plain data that can be sent between threads. */
export interface TypeNote {
  name: string;
  /** The subgraphs that define the type. */
  graphs: readonly string[];
  /** The fields that have notes. */
  fields: ReadonlyMap<string, FieldNote>;
  /** For an entity: the prefix of its ids. */
  prefix: string | null;
  /** For an input type: its fields with a weight. */
  weights: ReadonlyMap<string, number>;
  guards: readonly Guard[];
  /** Of each object or value of the type; null if not declared. */
  weight: number | null;
  /** Absent if there are none. */
  tags?: readonly string[];
}

interface FieldNote {
  audience?: Audience;
  /** The subgraphs that resolve it, if not all that define the type do. */
  graphs?: readonly string[];
  size?: FieldSize;
  guards?: readonly Guard[];
  tags?: readonly string[];
}

/** Reads the notes from a supergraph, by type name. */
export function readNotes(document: DocumentNode): Map<string, TypeNote> {
  const names = graphNames(document);
  const notes = new Map<string, TypeNote>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION) {
      const weights = inputWeights(definition);
      const name = definition.name.value;
      if (weights.size > 0)
        notes.set(name, { name, graphs: [], fields: new Map(), prefix: null, weights, guards: [], weight: null });
    }
    if (definition.kind === Kind.SCALAR_TYPE_DEFINITION || definition.kind === Kind.ENUM_TYPE_DEFINITION) {
      const guards = guardsOf(definition.directives);
      const weight = declaredWeight(definition.directives);
      const name = definition.name.value;
      if (guards.length > 0 || weight !== null)
        notes.set(name, { name, graphs: [], fields: new Map(), prefix: null, weights: new Map(), guards, weight });
    }
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    const fields = new Map<string, FieldNote>();
    for (const field of definition.fields ?? []) {
      const note = noteOf(field, names);
      if (Object.keys(note).length > 0) fields.set(field.name.value, note);
    }
    const name = definition.name.value;
    const graphs = [...graphsOf(definition.directives, 'join__type', names)];
    const [prefix = null] = tagsOf(definition.directives).flatMap((tag) => prefixTag.exec(tag)?.[1] ?? []);
    const guards = guardsOf(definition.directives);
    const weight = declaredWeight(definition.directives);
    const tags = otherTags(definition.directives);
    const more = tags.length > 0 ? { tags } : {};
    notes.set(name, { name, graphs, fields, prefix, weights: new Map(), guards, weight, ...more });
  }
  return isGuarded([...notes.values()]) ? withInherited(document, notes) : notes;
}

/** Adds the guards that follow from others. */
function withInherited(document: DocumentNode, notes: ReadonlyMap<string, TypeNote>): Map<string, TypeNote> {
  const inherited = new InheritedGuards(document, notes);
  const names = new Map(
    document.definitions.flatMap((each) =>
      hasFields(each) ? [[each.name.value, (each.fields ?? []).map(({ name }) => name.value)] as const] : [],
    ),
  );
  return new Map(
    [...notes].map(([type, note]): [string, TypeNote] => {
      const fields = new Map(note.fields);
      for (const field of names.get(type) ?? []) {
        const more = inherited.ofField(type, field);
        const known = fields.get(field);
        if (more.length > 0) fields.set(field, { ...known, guards: [...(known?.guards ?? []), ...more] });
      }
      return [type, { ...note, fields, guards: [...note.guards, ...inherited.ofType(type)] }];
    }),
  );
}

function isGuarded(types: readonly TypeNote[]): boolean {
  return types.some(({ guards, fields }) => guards.length > 0 || [...fields.values()].some((field) => field.guards));
}

/** Provides the notes by type and field. */
export function notesFrom(types: ReadonlyMap<string, TypeNote>): SupergraphNotes {
  const byPrefix = new Map([...types.values()].flatMap(({ name, prefix }) => (prefix ? [[prefix, name]] : [])));
  return {
    hasPrefixes: byPrefix.size > 0,
    typeOfPrefix: (prefix) => byPrefix.get(prefix),
    audience: (type, field) => types.get(type)?.fields.get(field)?.audience ?? 'public',
    has(subgraph, type, field) {
      const note = types.get(type);
      // A field without join__field is resolved by every subgraph that defines the type.
      return (note?.fields.get(field)?.graphs ?? note?.graphs ?? []).includes(subgraph);
    },
    size: (type, field) => types.get(type)?.fields.get(field)?.size,
    hasGuards: isGuarded([...types.values()]),
    guardsOfType: (type) => types.get(type)?.guards ?? [],
    guardsOfField: (type, field) => types.get(type)?.fields.get(field)?.guards ?? [],
    tags: (type, field) => {
      const note = types.get(type);
      return (field === undefined ? note?.tags : note?.fields.get(field)?.tags) ?? [];
    },
    inputWeight: (type, field) => types.get(type)?.weights.get(field) ?? 0,
    hasTypeWeights: [...types.values()].some(({ weight }) => weight !== null),
    typeWeight: (type) => types.get(type)?.weight ?? undefined,
  };
}

function noteOf(field: FieldDefinitionNode, names: ReadonlyMap<string, string>): FieldNote {
  let audience: Audience = 'public';
  for (const tag of tagsOf(field.directives)) if (audiences.has(tag)) audience = joined(audience, tag as Audience);
  const graphs = [...graphsOf(field.directives, 'join__field', names)];
  const size = sizeOf(field);
  const guards = guardsOf(field.directives);
  const tags = otherTags(field.directives);
  return {
    ...(audience === 'public' ? {} : { audience }),
    ...(graphs.length === 0 ? {} : { graphs }),
    ...(saysNothing(size) ? {} : { size }),
    ...(guards.length > 0 ? { guards } : {}),
    ...(tags.length > 0 ? { tags } : {}),
  };
}

/** join__Graph enum value → name of the subgraph. */
export function graphNames(document: DocumentNode): Map<string, string> {
  const names = new Map<string, string>();
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.ENUM_TYPE_DEFINITION || definition.name.value !== 'join__Graph') continue;
    for (const value of definition.values ?? []) {
      const name = value.directives?.find((directive) => directive.name.value === 'join__graph');
      names.set(value.name.value, (name && textArgument(name, 'name')) ?? value.name.value);
    }
  }
  return names;
}

function tagsOf(directives: readonly ConstDirectiveNode[] | undefined): string[] {
  return (directives ?? []).flatMap((directive) =>
    directive.name.value === 'tag' ? (textArgument(directive, 'name') ?? []) : [],
  );
}

/** The tags that say nothing else: neither an audience of answers nor a size or prefix. */
function otherTags(directives: readonly ConstDirectiveNode[] | undefined): string[] {
  return tagsOf(directives).filter((tag) => !audiences.has(tag) && !/^(id|size)\//.test(tag));
}

function graphsOf(
  directives: readonly ConstDirectiveNode[] | undefined,
  name: string,
  names: ReadonlyMap<string, string>,
): Set<string> {
  const graphs = new Set<string>();
  for (const directive of directives ?? []) {
    if (directive.name.value !== name) continue;
    if (directive.arguments?.some((a) => a.name.value === 'external' && a.value.kind === Kind.BOOLEAN && a.value.value))
      continue;
    const graph = directive.arguments?.find((argument) => argument.name.value === 'graph')?.value;
    if (graph?.kind === Kind.ENUM) graphs.add(names.get(graph.value) ?? graph.value);
  }
  return graphs;
}

export function textArgument(directive: ConstDirectiveNode, name: string): string | undefined {
  const value = directive.arguments?.find((argument) => argument.name.value === name)?.value;
  return value?.kind === Kind.STRING ? value.value : undefined;
}
