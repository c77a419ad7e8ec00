/** Runs only in the planner's thread. Erasable TypeScript only: Node loads this file by stripping its types. */
import { createHash } from 'node:crypto';
import { DEFAULT_SUPPORTED_SUPERGRAPH_FEATURES, operationFromDocument, Supergraph } from '@apollo/federation-internals';
import { QueryPlanner } from '@apollo/query-planner';
import { Kind, parse, print, visit, type DefinitionNode, type DocumentNode } from 'graphql';
import { readNotes, type TypeNote } from '../supergraph/notes.ts';
import { guardFeatures, withSpecNames } from '../supergraph/specs.ts';
import { apiDefinitions } from './api.ts';
import { withResolvableFirst } from './keys.ts';
import { checkIdleDirectives, leanDocument } from './lean.ts';
import type { Piece, Planned, SupergraphFacts } from './messages.ts';
import { withoutVariants } from './variants/plan.ts';
import { withVariants } from './variants/supergraph.ts';
import type { Variants } from './variants/variants.ts';
import { checkWhole } from './whole.ts';

/** Characters of SDL per piece of the API schema: parsing one takes the main thread a few milliseconds. */
const pieceSize = 16_384;

/** What the planner can read, and the directives that the gateway enforces before it plans. */
const supportedFeatures = new Set([...DEFAULT_SUPPORTED_SUPERGRAPH_FEATURES, ...guardFeatures]);

export interface ReadSupergraph {
  facts: SupergraphFacts;
  pieces: readonly Piece[];
  plan(source: string, operationName: string | null): Planned;
}

/** What reading a supergraph finds out, but for the planner. Plain data, which is kept between starts. */
export interface PreparedSupergraph {
  facts: SupergraphFacts;
  pieces: readonly Piece[];
  /** What of the SDL the planner is made of. */
  leanSdl: string;
  variants: Variants;
}

/** Reads supergraph SDL, all of it. Throws when it is not a supergraph. */
export function readSupergraph(sdl: string): ReadSupergraph {
  const { supergraph, facts, pieces, variants } = readWhole(sdl);
  return { facts, pieces, plan: plannerOf(supergraph, variants, facts) };
}

/** Reads supergraph SDL ahead of a start. Throws when it is not a supergraph. */
export function prepareSupergraph(sdl: string): PreparedSupergraph {
  const { supergraph, facts, pieces, variants, lean } = readWhole(sdl);
  // That a planner can be made of it is a part of being a supergraph.
  plannerOf(supergraph, variants, facts);
  return { facts, pieces, leanSdl: print(lean), variants };
}

/** Makes the planner of a supergraph that was read before, which need not be checked again: a third of the work. */
export function readPrepared({ facts, pieces, leanSdl, variants }: PreparedSupergraph): ReadSupergraph {
  const supergraph = Supergraph.build(parse(leanSdl, { noLocation: true }), {
    supportedFeatures,
    validateSupergraph: false,
  });
  return { facts, pieces, plan: plannerOf(supergraph, variants, facts) };
}

export function hashOf(sdl: string): string {
  return createHash('sha256').update(sdl).digest('hex');
}

function readWhole(
  sdl: string,
): Pick<PreparedSupergraph, 'facts' | 'pieces' | 'variants'> & { supergraph: Supergraph; lean: DocumentNode } {
  // Places in the text would keep all of its tokens alive.
  const document = parse(sdl, { noLocation: true });
  checkIdleDirectives(document);
  const { document: planned, variants } = withVariants(document);
  const lean = leanDocument(withResolvableFirst(planned));
  const supergraph = Supergraph.build(lean, { supportedFeatures });
  const pieces = piecesOf(apiDefinitions(document, supergraph.apiSchema()), readNotes(withSpecNames(document)));
  const facts = {
    hash: hashOf(sdl),
    subgraphs: [...supergraph.subgraphsMetadata()].map(({ name }) => name),
    plannerFields: [...new Set([...plannerFieldsOf(document), ...variants.byName.keys()])],
    subtypes: subtypesOf(document),
    pieces: pieces.length,
  };
  return { supergraph, facts, pieces, variants, lean };
}

function plannerOf(
  supergraph: Supergraph,
  variants: Variants,
  { subtypes }: Pick<SupergraphFacts, 'subtypes'>,
): ReadSupergraph['plan'] {
  const api = supergraph.apiSchema();
  const planner = new QueryPlanner(supergraph);
  return (source, operationName) => {
    const asked = parse(source, { noLocation: true });
    const operation = operationFromDocument(api, asked, operationName === null ? {} : { operationName });
    const plan = planner.buildQueryPlan(operation);
    checkWhole(plan, operation);
    return withoutVariants(plan, variants, subtypes);
  };
}

/** Cuts the API schema between its definitions, each with what is noted of its type. */
function piecesOf(definitions: readonly DefinitionNode[], notes: ReadonlyMap<string, TypeNote>): Piece[] {
  const pieces: Piece[] = [];
  let texts: string[] = [];
  let noted: TypeNote[] = [];
  let size = 0;
  const cut = (): void => {
    if (size > 0) pieces.push({ definitions: texts.join(''), notes: noted });
    texts = [];
    noted = [];
    size = 0;
  };
  for (const definition of definitions) {
    const text = `${print(definition)}\n\n`;
    texts.push(text);
    size += text.length;
    const note = 'name' in definition && definition.name ? notes.get(definition.name.value) : undefined;
    if (note) noted.push(note);
    if (size >= pieceSize) cut();
  }
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
