import type { FetchDataRewrite, QueryPlanSelectionNode } from '@apollo/query-planner';
import { isData, merge, own, put, type Data } from './merge.ts';

/** The subtypes of each abstract type of the supergraph. */
export type Subtypes = ReadonlyMap<string, ReadonlySet<string>>;

/** Builds the representation of an entity: the fields that the plan requires, or null if one is missing. */
export type Represent = (entity: Data) => Data | null;

const fragmentPrefix = '... on ';

export function compileRepresentation(requires: readonly QueryPlanSelectionNode[], subtypes: Subtypes): Represent {
  const steps = requires.map((selection) => compileSelection(selection, subtypes));
  return (entity) => {
    const found: Data = {};
    for (const step of steps) if (!step(entity, found)) return null;
    return found;
  };
}

/** Adds what a selection requires of an entity to its representation; false if a field is missing. */
function compileSelection(
  selection: QueryPlanSelectionNode,
  subtypes: Subtypes,
): (entity: Data, found: Data) => boolean {
  if (selection.kind === 'InlineFragment') {
    const { typeCondition, selections } = selection;
    if (typeCondition === undefined) return () => true;
    const names = namesOf(typeCondition, subtypes);
    const represent = compileRepresentation(selections, subtypes);
    return (entity, found) => {
      if (isNamed(entity, names, false)) merge(found, represent(entity));
      return true;
    };
  }
  const key = selection.alias ?? selection.name;
  const represent = selection.selections ? compileRepresentation(selection.selections, subtypes) : null;
  return (entity, found) => {
    const value = own(entity, key);
    if (value === undefined) return false;
    put(found, key, represent ? required(value, represent) : value);
    return true;
  };
}

function required(value: unknown, represent: Represent): unknown {
  if (Array.isArray(value)) return value.map((each: unknown) => required(each, represent));
  return isData(value) ? represent(value) : value;
}

function namesOf(type: string, subtypes: Subtypes): ReadonlySet<string> {
  return new Set([type, ...(subtypes.get(type) ?? [])]);
}

/** Whether an object is of a type with one of these names; `otherwise` if the object has no `__typename`. */
function isNamed(data: Data, names: ReadonlySet<string>, otherwise: boolean): boolean {
  const name = own(data, '__typename');
  return typeof name === 'string' ? names.has(name) : otherwise;
}

/**
 * The plan's rewrites (values and keys) of what is sent to a subgraph or received from it; null if there are none. Paths use the
 * original key names, so deeper keys are renamed first: the plan lists them last.
 */
export function compileRewrites(
  rewrites: readonly FetchDataRewrite[] = [],
  subtypes: Subtypes,
): ((value: unknown) => void) | null {
  if (rewrites.length === 0) return null;
  const renames = rewrites.filter(({ kind }) => kind === 'KeyRenamer').toReversed();
  const setters = rewrites.filter(({ kind }) => kind === 'ValueSetter');
  const steps = [...setters, ...renames].map((each) => compileRewrite(each.path, each, subtypes));
  return (value) => {
    for (const step of steps) step(value);
  };
}

function compileRewrite(
  [step, ...rest]: readonly string[],
  by: FetchDataRewrite,
  subtypes: Subtypes,
): (value: unknown) => void {
  if (step === undefined) return () => undefined;
  const object = compileStep(step, rest, by, subtypes);
  const any = (value: unknown): void => {
    if (Array.isArray(value)) for (const each of value as unknown[]) any(each);
    else if (isData(value)) object(value);
  };
  return any;
}

function compileStep(
  step: string,
  rest: readonly string[],
  by: FetchDataRewrite,
  subtypes: Subtypes,
): (value: Data) => void {
  if (step.startsWith(fragmentPrefix)) {
    const names = namesOf(step.slice(fragmentPrefix.length), subtypes);
    const below = compileRewrite(rest, by, subtypes);
    return (value) => {
      if (isNamed(value, names, true)) below(value);
    };
  }
  if (rest.length > 0) {
    const below = compileRewrite(rest, by, subtypes);
    return (value) => below(own(value, step));
  }
  if (by.kind === 'ValueSetter') return (value) => put(value, step, by.setValueTo);
  return (value) => {
    const renamed = own(value, step);
    if (renamed === undefined) return;
    // Values of false, 0 and null are renamed too.
    put(value, by.renameKeyTo, renamed);
    value[step] = undefined;
  };
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
