import type { FetchDataRewrite, QueryPlanSelectionNode } from '@apollo/query-planner';
import { isData, merge, own, put, type Data } from './merge.ts';

/** The subtypes of each abstract type of the supergraph. */
export type Subtypes = ReadonlyMap<string, ReadonlySet<string>>;

const fragmentPrefix = '... on ';

/** The representation of an entity: the fields that the plan requires, or null if one is missing. */
export function representationOf(
  entity: Data,
  requires: readonly QueryPlanSelectionNode[],
  subtypes: Subtypes,
): Data | null {
  const found: Data = {};
  for (const selection of requires) {
    if (selection.kind === 'InlineFragment') {
      const { typeCondition, selections } = selection;
      if (typeCondition === undefined || !isOf(entity, typeCondition, subtypes, false)) continue;
      merge(found, representationOf(entity, selections, subtypes));
      continue;
    }
    const key = selection.alias ?? selection.name;
    const value = own(entity, key);
    if (value === undefined) return null;
    put(found, key, selection.selections ? required(value, selection.selections, subtypes) : value);
  }
  return found;
}

function required(value: unknown, selections: readonly QueryPlanSelectionNode[], subtypes: Subtypes): unknown {
  if (Array.isArray(value)) return value.map((each: unknown) => required(each, selections, subtypes));
  return isData(value) ? representationOf(value, selections, subtypes) : value;
}

/** Whether an object is of a type; `otherwise` if the object has no `__typename`. */
function isOf(data: Data, type: string, subtypes: Subtypes, otherwise: boolean): boolean {
  const name = own(data, '__typename');
  if (typeof name !== 'string') return otherwise;
  return name === type || (subtypes.get(type)?.has(name) ?? false);
}

/**
 * Applies the plan's rewrites (values and keys) to what is sent to a subgraph or received from it. Paths use the original key names,
 * so deeper keys are renamed first: the plan lists them last.
 */
export function rewrite(value: unknown, rewrites: readonly FetchDataRewrite[] = [], subtypes: Subtypes): void {
  const renames = rewrites.filter(({ kind }) => kind === 'KeyRenamer').toReversed();
  const setters = rewrites.filter(({ kind }) => kind === 'ValueSetter');
  for (const each of [...setters, ...renames]) rewriteAt(value, each.path, each, subtypes);
}

function rewriteAt(value: unknown, path: readonly string[], by: FetchDataRewrite, subtypes: Subtypes): void {
  if (Array.isArray(value)) {
    for (const each of value as unknown[]) rewriteAt(each, path, by, subtypes);
    return;
  }
  const [step, ...rest] = path;
  if (!isData(value) || step === undefined) return;
  if (step.startsWith(fragmentPrefix)) {
    if (isOf(value, step.slice(fragmentPrefix.length), subtypes, true)) rewriteAt(value, rest, by, subtypes);
  } else if (rest.length > 0) rewriteAt(own(value, step), rest, by, subtypes);
  else if (by.kind === 'ValueSetter') put(value, step, by.setValueTo);
  else if (own(value, step) !== undefined) {
    // Values of false, 0 and null are renamed too.
    put(value, by.renameKeyTo, value[step]);
    value[step] = undefined;
  }
}

/** A path in a subgraph's answer, with the keys that the plan's rewrites give it. The planner's aliases are unique, so types are not compared. */
export function rewrittenPath(
  path: readonly (string | number)[],
  rewrites: readonly FetchDataRewrite[] = [],
): (string | number)[] {
  const result = [...path];
  const keys = [...path.entries()].filter(([, step]) => typeof step === 'string');
  for (const each of rewrites) {
    if (each.kind !== 'KeyRenamer') continue;
    const names = each.path.filter((step) => !step.startsWith(fragmentPrefix));
    const last = keys[names.length - 1];
    if (last && names.every((name, n) => keys[n]?.[1] === name)) result[last[0]] = each.renameKeyTo;
  }
  return result;
}
