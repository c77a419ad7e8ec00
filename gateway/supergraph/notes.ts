import { Kind, type ConstDirectiveNode, type DocumentNode } from 'graphql';
import { inputWeights, sizeOf, type FieldSize } from './sizes.ts';

/** On whom the value of a field depends: on nobody, on the rights of who asks, or on who asks. */
export type Audience = 'public' | 'role' | 'self';

const strength: Record<Audience, number> = { public: 0, role: 1, self: 2 };

export function strictest(a: Audience, b: Audience): Audience {
  return strength[a] >= strength[b] ? a : b;
}

/** What the supergraph says of fields that neither the API schema nor the planner hands on. */
export interface SupergraphNotes {
  /** The audience printed on a field as `@tag(name: "role")` or `@tag(name: "self")`; none is public. */
  audience(type: string, field: string): Audience;
  /** Whether the subgraph answers this field of this type. */
  has(subgraph: string, type: string, field: string): boolean;
  /** How long the lists of a field are at most and what it weighs, by `@listSize` and `@cost`. */
  size(type: string, field: string): FieldSize | undefined;
  /** What a field of an input weighs when it is given, by `@cost`. */
  inputWeight(type: string, field: string): number;
}

interface TypeNote {
  graphs: Set<string>;
  fields: Map<string, { audience: Audience; graphs: Set<string>; size: FieldSize }>;
}

/** Reads the notes out of supergraph SDL. */
export function readNotes(document: DocumentNode): SupergraphNotes {
  /** join__Graph enum value → name of the subgraph. */
  const names = new Map<string, string>();
  const types = new Map<string, TypeNote>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.ENUM_TYPE_DEFINITION && definition.name.value === 'join__Graph') {
      for (const value of definition.values ?? []) {
        const name = value.directives?.find((directive) => directive.name.value === 'join__graph');
        names.set(value.name.value, (name && textArgument(name, 'name')) ?? value.name.value);
      }
    }
  }
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    const note: TypeNote = { graphs: graphsOf(definition.directives, 'join__type', names), fields: new Map() };
    for (const field of definition.fields ?? []) {
      let audience: Audience = 'public';
      for (const directive of field.directives ?? []) {
        const tag = directive.name.value === 'tag' ? textArgument(directive, 'name') : undefined;
        if (tag === 'role' || tag === 'self') audience = strictest(audience, tag);
      }
      const graphs = graphsOf(field.directives, 'join__field', names);
      note.fields.set(field.name.value, { audience, graphs, size: sizeOf(field) });
    }
    types.set(definition.name.value, note);
  }
  const weights = inputWeights(document);
  return {
    audience: (type, field) => types.get(type)?.fields.get(field)?.audience ?? 'public',
    has(subgraph, type, field) {
      const note = types.get(type);
      const fieldNote = note?.fields.get(field);
      if (!note || !fieldNote) return false;
      // A field without join__field is answered by every subgraph that has the type.
      return fieldNote.graphs.size > 0 ? fieldNote.graphs.has(subgraph) : note.graphs.has(subgraph);
    },
    size: (type, field) => types.get(type)?.fields.get(field)?.size,
    inputWeight: (type, field) => weights.get(`${type}.${field}`) ?? 0,
  };
}

function graphsOf(
  directives: readonly ConstDirectiveNode[] | undefined,
  name: string,
  names: Map<string, string>,
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
