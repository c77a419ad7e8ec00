import { Kind, type ConstDirectiveNode, type DocumentNode, type FieldDefinitionNode } from 'graphql';
import { inputWeights, saysNothing, sizeOf, type FieldSize } from './sizes.ts';

/** On whom the value of a field depends: on nobody, on the rights of who asks, or on who asks. */
export type Audience = 'public' | 'role' | 'self';

const prefixTag = /^id\/([a-z]+)$/;

const strength: Record<Audience, number> = { public: 0, role: 1, self: 2 };

export function strictest(a: Audience, b: Audience): Audience {
  return strength[a] >= strength[b] ? a : b;
}

/** What the supergraph says of fields that neither the API schema nor the planner hands on. */
export interface SupergraphNotes {
  /** The audience printed on a field as `@tag(name: "role")` or `@tag(name: "self")`; none is public. */
  audience(type: string, field: string): Audience;
  /** Whether the subgraph answers this field, which the type has. */
  has(subgraph: string, type: string, field: string): boolean;
  /** How long the lists of a field are at most and what it weighs, by `@listSize` and `@cost`; `undefined` where nothing is said. */
  size(type: string, field: string): FieldSize | undefined;
  /** Whether anything is said of the prefixes of ids. */
  readonly hasPrefixes: boolean;
  /** The type that `node(id)` answers for ids with this prefix, by `@tag(name: "id/…")`. */
  typeOfPrefix(prefix: string): string | undefined;
  /** What a field of an input weighs when it is given, by `@cost`. */
  inputWeight(type: string, field: string): number;
}

/** What is noted of one type: plain data, which goes from thread to thread. */
export interface TypeNote {
  name: string;
  /** The subgraphs that have the type. */
  graphs: readonly string[];
  /** The fields of which there is something to say. */
  fields: ReadonlyMap<string, FieldNote>;
  /** Of an entity: the prefix of its ids. */
  prefix: string | null;
  /** Of an input type: its fields that weigh something. */
  weights: ReadonlyMap<string, number>;
}

interface FieldNote {
  audience?: Audience;
  /** The subgraphs that answer it, where not all do that have the type. */
  graphs?: readonly string[];
  size?: FieldSize;
}

/** Reads the notes out of a supergraph, by the names of types. */
export function readNotes(document: DocumentNode): Map<string, TypeNote> {
  const names = graphNames(document);
  const notes = new Map<string, TypeNote>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION) {
      const weights = inputWeights(definition);
      const name = definition.name.value;
      if (weights.size > 0) notes.set(name, { name, graphs: [], fields: new Map(), prefix: null, weights });
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
    notes.set(name, { name, graphs, fields, prefix, weights: new Map() });
  }
  return notes;
}

/** Answers from what was noted. */
export function notesFrom(types: ReadonlyMap<string, TypeNote>): SupergraphNotes {
  const byPrefix = new Map([...types.values()].flatMap(({ name, prefix }) => (prefix ? [[prefix, name]] : [])));
  return {
    hasPrefixes: byPrefix.size > 0,
    typeOfPrefix: (prefix) => byPrefix.get(prefix),
    audience: (type, field) => types.get(type)?.fields.get(field)?.audience ?? 'public',
    has(subgraph, type, field) {
      const note = types.get(type);
      // A field without join__field is answered by every subgraph that has the type.
      return (note?.fields.get(field)?.graphs ?? note?.graphs ?? []).includes(subgraph);
    },
    size: (type, field) => types.get(type)?.fields.get(field)?.size,
    inputWeight: (type, field) => types.get(type)?.weights.get(field) ?? 0,
  };
}

function noteOf(field: FieldDefinitionNode, names: ReadonlyMap<string, string>): FieldNote {
  let audience: Audience = 'public';
  for (const tag of tagsOf(field.directives)) if (tag === 'role' || tag === 'self') audience = strictest(audience, tag);
  const graphs = [...graphsOf(field.directives, 'join__field', names)];
  const size = sizeOf(field);
  return {
    ...(audience === 'public' ? {} : { audience }),
    ...(graphs.length === 0 ? {} : { graphs }),
    ...(saysNothing(size) ? {} : { size }),
  };
}

/** join__Graph enum value → name of the subgraph. */
function graphNames(document: DocumentNode): Map<string, string> {
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

function textArgument(directive: ConstDirectiveNode, name: string): string | undefined {
  const value = directive.arguments?.find((argument) => argument.name.value === name)?.value;
  return value?.kind === Kind.STRING ? value.value : undefined;
}
