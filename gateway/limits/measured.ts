import type { DocumentNode, OperationDefinitionNode } from 'graphql';
import { costOf, type Cost } from './cost.ts';
import type { LimitRole, Limits } from './limits.ts';
import { measure, type Measures, type Measuring } from './measure.ts';

/** Measures kept of one operation, for different values of the variables that set sizes: pages of a few lengths. */
const mostKept = 16;
/** Characters of such a value: longer ones are hardly sent twice. */
const longestValue = 100;

/** The measures of an operation, by the values of the variables that they depend on. */
interface Kept {
  readonly names: readonly string[];
  readonly byValues: Map<string, Measures>;
}

/** Kept as long as their document. */
const kept = new WeakMap<OperationDefinitionNode, Kept>();
const costs = new WeakMap<Measures, Map<Limits, Cost>>();

/** Measures an operation of a cached document, once for equal values of the variables that matter: usually there are none. */
export function measured(
  value: Measuring,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown>,
): Measures {
  const before = kept.get(operation);
  const key = before ? valuesOf(before.names, variables) : null;
  const found = key === null ? undefined : before?.byValues.get(key);
  if (found) return found;
  const measures = measure(value, document, operation, variables);
  if (!before) {
    const names = [...measures.dependsOn];
    const values = valuesOf(names, variables);
    kept.set(operation, { names, byValues: new Map(values === null ? [] : [[values, measures]]) });
  } else if (key !== null && before.byValues.size < mostKept) before.byValues.set(key, measures);
  return measures;
}

/**
 * The values of these variables as a text; null if one is an object, a list or long. Which variables are read follows from the document
 * alone, so that their values determine the measures.
 */
function valuesOf(names: readonly string[], variables: Record<string, unknown>): string | null {
  let text = '';
  for (const name of names) {
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if ((typeof value === 'object' && value !== null) || (typeof value === 'string' && value.length > longestValue))
      return null;
    text += `${JSON.stringify(value)} `;
  }
  return text;
}

/** The cost of an operation for a role, once for the same measures. */
export function knownCostOf(measures: Measures, tokens: number, role: LimitRole, limits: Limits): Cost {
  let known = costs.get(measures);
  if (!known) costs.set(measures, (known = new Map()));
  let cost = known.get(limits);
  if (!cost) known.set(limits, (cost = costOf(measures, tokens, role, limits)));
  return cost;
}
