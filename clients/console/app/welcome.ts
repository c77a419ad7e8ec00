import type { EditorOperation } from '../catalog/root-operation.ts';
import type { CatalogSystem } from '../catalog/search.ts';

/** Short lines: beside the panel the editor has room for just under thirty characters. */
const GREETING = `# Welcome to Ensemble: one
# graph over many systems.
#
# Run this: the pink button,
# or Ctrl-Enter. It needs no
# sign-in. The panel on the
# left has more: Ctrl-K.
`;

/** The preferred first example: its answer is a table, from two systems. */
const FIRST = 'NewestAssets';

/**
 * The operation for a first visitor: an example that needs neither sign-in nor variables, or a query that works on any graph.
 */
export function welcome(systems: readonly CatalogSystem[]): EditorOperation {
  const examples = systems
    .flatMap((system) => system.examples)
    .filter((example) => example.public && !example.variables && !example.operation.startsWith('mutation'));
  const example = examples.find(({ name }) => name === FIRST) ?? examples[0];
  if (!example) return { query: `${GREETING}\nquery Welcome {\n  __typename\n}\n`, variables: null };
  return { query: `${GREETING}\n${example.operation.trim()}\n`, variables: null };
}

/** Whether nothing was ever edited here in this browser. GraphiQL stores its tabs under this name. */
export function isFirstVisit(): boolean {
  return localStorage.getItem('graphiql:tabState') === null;
}
