import {
  GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isUnionType,
  Kind,
  parse,
  specifiedDirectives,
  type DefinitionNode,
  type GraphQLNamedType,
  type GraphQLObjectType,
} from 'graphql';
// The step of `buildASTSchema` between parsing and `new GraphQLSchema`.
import { extendSchemaImpl } from 'graphql/utilities/extendSchema.js';
import type { Planner } from '../planning/planner.ts';
import { notesFrom, type SupergraphNotes, type TypeNote } from './notes.ts';
import { inSlices, turn } from './slices.ts';

export interface ApiSchema {
  schema: GraphQLSchema;
  /** The schema as SDL, and in parts of some kilobytes. */
  sdl: string;
  pieces: readonly string[];
  notes: SupergraphNotes;
}

/**
 * Builds the API schema from the pieces of the planner's thread, in slices: with forty OSes it takes the main thread about two
 * hundred milliseconds. The planner's thread has validated it, so it is not validated again.
 */
export async function readApiSchema(planner: Pick<Planner, 'facts' | 'piece'>): Promise<ApiSchema> {
  const texts: string[] = [];
  const notes = new Map<string, TypeNote>();
  const definitions: DefinitionNode[] = [];
  for (let n = 0; n < planner.facts.pieces; n++) {
    const piece = await planner.piece(n);
    texts.push(piece.definitions);
    for (const note of piece.notes) notes.set(note.name, note);
    definitions.push(...parse(piece.definitions, { noLocation: true }).definitions);
  }
  return { schema: await schemaOf(definitions), sdl: texts.join(''), pieces: texts, notes: notesFrom(notes) };
}

/** Builds a schema from valid definitions, in slices. */
export async function schemaOf(
  definitions: readonly DefinitionNode[],
  extensions: Record<string, unknown> = {},
): Promise<GraphQLSchema> {
  const empty = {
    types: [],
    directives: [],
    extensions: {},
    extensionASTNodes: [],
    assumeValid: true,
    description: null,
  };
  const config = extendSchemaImpl(empty, { kind: Kind.DOCUMENT, definitions }, { assumeValid: true });
  const types = new Map(config.types.map((type) => [type.name, type]));
  const root = (name: string): GraphQLObjectType | null => {
    const type = types.get(name);
    return isObjectType(type) ? type : null;
  };
  const declared = new Set(config.directives.map(({ name }) => name));
  await turn();
  await inSlices(config.types, completeType);
  await turn();
  return new GraphQLSchema({
    ...config,
    extensions,
    query: root('Query'),
    mutation: root('Mutation'),
    subscription: root('Subscription'),
    directives: [...config.directives, ...specifiedDirectives.filter(({ name }) => !declared.has(name))],
  });
}

/** Resolves what a type derives lazily from its definition, and then releases the definition. */
function completeType(type: GraphQLNamedType): void {
  if (isObjectType(type) || isInterfaceType(type)) {
    type.getInterfaces();
    for (const field of Object.values(type.getFields())) {
      field.astNode = undefined;
      for (const arg of field.args) arg.astNode = undefined;
    }
  } else if (isInputObjectType(type)) {
    for (const field of Object.values(type.getFields())) field.astNode = undefined;
  } else if (isEnumType(type)) for (const value of type.getValues()) value.astNode = undefined;
  else if (isUnionType(type)) type.getTypes();
  type.astNode = undefined;
}
