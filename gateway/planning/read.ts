/** Runs only in the planner's thread. Erasable TypeScript only: Node loads this file by stripping its types. */
import { createHash } from 'node:crypto';
import { operationFromDocument, Supergraph } from '@apollo/federation-internals';
import { QueryPlanner, type QueryPlan } from '@apollo/query-planner';
import { assertValidSchema, Kind, parse, printSchema, visit, type DocumentNode } from 'graphql';
import { readNotes, type TypeNote } from '../supergraph/notes.ts';
import type { Piece, SupergraphFacts } from './messages.ts';

/** Characters of SDL per piece of the API schema: parsing one takes the main thread a few milliseconds. */
const pieceSize = 32_768;

export interface ReadSupergraph {
  facts: SupergraphFacts;
  pieces: readonly Piece[];
  plan(source: string, operationName: string | null): QueryPlan;
}

/** Reads supergraph SDL. Throws when it is not a supergraph. */
export function readSupergraph(sdl: string): ReadSupergraph {
  // Locations would keep all tokens of the text alive.
  const document = parse(sdl, { noLocation: true });
  const supergraph = Supergraph.build(document);
  const api = supergraph.apiSchema();
  const apiSchema = api.toGraphQLJSSchema();
  assertValidSchema(apiSchema);
  const pieces = piecesOf(printSchema(apiSchema), readNotes(document));
  const planner = new QueryPlanner(supergraph);
  return {
    facts: {
      hash: createHash('sha256').update(sdl).digest('hex'),
      subgraphs: [...supergraph.subgraphsMetadata()].map(({ name }) => name),
      plannerFields: plannerFieldsOf(document),
      subtypes: subtypesOf(document),
      pieces: pieces.length,
    },
    pieces,
    plan(source, operationName) {
      const asked = parse(source, { noLocation: true });
      return planner.buildQueryPlan(operationFromDocument(api, asked, operationName === null ? {} : { operationName }));
    },
  };
}

/** Splits the API schema between definitions, each piece with the notes on its types. */
function piecesOf(sdl: string, notes: ReadonlyMap<string, TypeNote>): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  let to = 0;
  let noted: TypeNote[] = [];
  const cut = (): void => {
    if (to > from) pieces.push({ definitions: sdl.slice(from, to), notes: noted });
    from = to;
    noted = [];
  };
  for (const definition of parse(sdl).definitions) {
    to = definition.loc?.end ?? sdl.length;
    const note = 'name' in definition && definition.name ? notes.get(definition.name.value) : undefined;
    if (note) noted.push(note);
    if (to - from >= pieceSize) cut();
  }
  to = sdl.length;
  cut();
  return pieces;
}

function plannerFieldsOf(document: DocumentNode): string[] {
  const found = new Set(['__typename']);
  visit(document, {
    Directive({ name, arguments: given }) {
      if (name.value !== 'join__type' && name.value !== 'join__field') return;
      for (const { name: argument, value } of given ?? []) {
        if (!['key', 'requires', 'provides'].includes(argument.value) || value.kind !== Kind.STRING) continue;
        visit(parse(`{ ${value.value} }`, { noLocation: true }), {
          Field: (field) => void found.add(field.name.value),
        });
      }
    },
  });
  return [...found];
}

function subtypesOf(document: DocumentNode): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  const note = (abstract: string, type: string): void => {
    const known = found.get(abstract);
    if (known) known.add(type);
    else found.set(abstract, new Set([type]));
  };
  for (const definition of document.definitions) {
    if (definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.INTERFACE_TYPE_DEFINITION)
      for (const { name } of definition.interfaces ?? []) note(name.value, definition.name.value);
    if (definition.kind === Kind.UNION_TYPE_DEFINITION)
      for (const { name } of definition.types ?? []) note(definition.name.value, name.value);
  }
  return found;
}
