import type { EditorOperation } from '../catalog/root-operation.ts';
import type { CatalogSystem } from '../catalog/search.ts';

/** Short lines: beside the panel the editor has room for little less than thirty characters. */
const GREETING = `# Welcome to Ensemble: one
# graph over many systems.
#
# Run this: the pink button,
# or Ctrl-Enter. It needs no
# sign-in. The panel on the
# left has more: Ctrl-K.
`;

/** The example to begin with, if the graph has it: its answer is a table, from two systems. */
const FIRST = 'NewestAssets';

/**
 * What a first visitor sees: an example that answers without sign-in and with nothing to fill in, or the one question
 * that any graph answers.
 */
export function welcome(systems: readonly CatalogSystem[]): EditorOperation {
  const examples = systems
    .flatMap((system) => system.examples)
    .filter((example) => example.public && !example.variables && !example.operation.startsWith('mutation'));
  const example = examples.find(({ name }) => name === FIRST) ?? examples[0];
  if (!example) return { query: `${GREETING}\nquery Welcome {\n  __typename\n}\n`, variables: null };
  return { query: `${GREETING}\n${example.operation.trim()}\n`, variables: null };
}

/** Whether this browser has never edited anything here. GraphiQL keeps its tabs under this name. */
export function isFirstVisit(): boolean {
  return localStorage.getItem('graphiql:tabState') === null;
}
