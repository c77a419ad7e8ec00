import type { EditorOperation } from '../catalog/root-operation.ts';
import type { CatalogSystem } from '../catalog/search.ts';

/** Short lines: beside the panel the editor has room for little more than thirty characters. */
const GREETING = `# Welcome to Ensemble: one graph
# over many systems.
#
# Run this: the pink button, or
# Ctrl-Enter. No sign-in needed.
#
# More examples are in the panel
# on the left. Ctrl-K: search.
`;

/**
 * What a first visitor sees: the first example that answers without sign-in, or the one question that any graph
 * answers.
 */
export function welcome(systems: readonly CatalogSystem[]): EditorOperation {
  const example = systems.flatMap((system) => system.examples).find((candidate) => candidate.public);
  if (!example) return { query: `${GREETING}\nquery Welcome {\n  __typename\n}\n`, variables: null };
  return { query: `${GREETING}\n${example.operation.trim()}\n`, variables: example.variables };
}

/** Whether this browser has never edited anything here. GraphiQL keeps its tabs under this name. */
export function isFirstVisit(): boolean {
  return localStorage.getItem('graphiql:tabState') === null;
}
