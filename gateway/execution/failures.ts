import type { FetchNode, ResponsePath } from '@apollo/query-planner';
import { GraphQLError, Kind, parse, type GraphQLFormattedError, type SelectionSetNode } from 'graphql';
import type { RequiredPath } from '../planning/messages.ts';
import { own, type Data } from './merge.ts';
import { fragmentsOf } from './part.ts';
import { rewrittenPath, type Subtypes } from './representations.ts';
import { requiring } from './required-paths.ts';

/** Objects for which the failure of one fetch is told, field by field: a page of them. The rest share one error without a path. */
export const mostObjects = 100;

/** A fetch that failed as a whole, with the objects that lack its fields. */
export interface Failure {
  readonly error: GraphQLFormattedError;
  readonly os: string;
  /** Up to one more than are told. */
  readonly objects: readonly { readonly path: ResponsePath; readonly keys: readonly string[] }[];
}

/** The response keys that a fetch adds to an object, by the object's type; read when a fetch fails for the first time. */
export function keysOfFetch(node: FetchNode, subtypes: Subtypes): (object: Data) => readonly string[] {
  let fields: readonly { key: string; types: ReadonlySet<string> | null }[] | undefined;
  return (object) => {
    fields ??= fieldsOf(node, subtypes);
    const name = own(object, '__typename');
    const of = fields.filter(({ types }) => types === null || typeof name !== 'string' || types.has(name));
    return [...new Set(of.map(({ key }) => key))];
  };
}

function fieldsOf(
  { operation: text, requires, outputRewrites }: FetchNode,
  subtypes: Subtypes,
): { key: string; types: ReadonlySet<string> | null }[] {
  const document = parse(text, { noLocation: true });
  const fragments = fragmentsOf(document);
  const found: { key: string; types: ReadonlySet<string> | null }[] = [];
  const collect = ({ selections }: SelectionSetNode, types: ReadonlySet<string> | null, isAbove: boolean): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const key = (selection.alias ?? selection.name).value;
        if (isAbove && selection.selectionSet) collect(selection.selectionSet, null, false);
        else if (!key.startsWith('__')) found.push({ key: String(rewrittenPath([key], outputRewrites)[0]), types });
        continue;
      }
      const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection;
      const name = fragment?.typeCondition?.name.value;
      if (fragment)
        collect(fragment.selectionSet, name ? new Set([name, ...(subtypes.get(name) ?? [])]) : types, isAbove);
    }
  };
  for (const definition of document.definitions)
    // Fields of entities are below `_entities`.
    if (definition.kind === Kind.OPERATION_DEFINITION) collect(definition.selectionSet, null, requires !== undefined);
  return found;
}

/**
 * The errors of a failed fetch, each with the path of a field that is null because of it. What the fetch asked only for the plan has no
 * place in the answer: its error is at the fields that require it, or else at the object.
 */
export function errorsOf(
  { error, os, objects }: Failure,
  answer: Data | null,
  required: readonly RequiredPath[] | undefined,
): GraphQLError[] {
  const paths = new Map<string, ResponsePath>();
  for (const { path, keys } of objects.slice(0, mostObjects)) {
    const places = keys.flatMap((key) => {
      const place = [...path, key];
      return requiring(place, required ?? []) ?? (isNull(answer, place) ? [place] : []);
    });
    for (const place of places.length > 0 ? places : [path]) paths.set(JSON.stringify(place), place);
  }
  const told = [...paths.values()].map((path) => fromSubgraph(error, os, path.length > 0 ? path : undefined));
  return objects.length <= mostObjects && told.length > 0 ? told : [...told, fromSubgraph(error, os, undefined)];
}

/** Whether a path leads to null in an answer, or to nothing because an object on the way is null. */
function isNull(answer: Data | null, path: ResponsePath): boolean {
  let value: unknown = answer;
  for (const step of path) {
    if (value === null) return true;
    value = typeof value === 'object' ? own(value as Data, String(step)) : undefined;
  }
  return value === null;
}

/** An error of a subgraph at a place of the answer. */
export function fromSubgraph(error: GraphQLFormattedError, os: string, path: ResponsePath | undefined): GraphQLError {
  return new GraphQLError(error.message || `${os} failed.`, {
    originalError: error as Error,
    ...(path ? { path } : {}),
    extensions: { ...error.extensions, serviceName: os },
  });
}
