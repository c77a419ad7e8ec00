/** Runs in the planner's thread alone. Erasable TypeScript: Node loads it there by stripping its types. */
import type { FetchDataRewrite, QueryPlanSelectionNode } from '@apollo/query-planner';
import { isChosen, type Chosen } from './chosen.ts';
import type { Variants } from './variants.ts';

/** What a representation has, when of several variants in one place only the chosen one is sent. */
export interface Represented {
  selections: QueryPlanSelectionNode[];
  /** How its variants get the names of their fields. */
  rewrites: FetchDataRewrite[];
  /** Its variants, with the response keys that lead from the entity to each. */
  places: { at: string; variant: string; names: readonly string[] }[];
}

export function representing(
  requires: readonly QueryPlanSelectionNode[],
  chosen: Chosen,
  { byName }: Variants,
  subtypes: ReadonlyMap<string, ReadonlySet<string>>,
): Represented {
  const found: Represented = { selections: [], rewrites: [], places: [] };
  const walk = (
    selections: readonly QueryPlanSelectionNode[],
    at: string,
    names: readonly string[],
    among: ReadonlySet<string> | null,
  ): QueryPlanSelectionNode[] =>
    selections.flatMap((selection): QueryPlanSelectionNode[] => {
      if (selection.kind === 'InlineFragment') {
        const type = selection.typeCondition;
        const inner = type === undefined ? among : new Set([type, ...(subtypes.get(type) ?? [])]);
        const below = walk(selection.selections, at, names, inner);
        return below.length > 0 ? [{ ...selection, selections: below }] : [];
      }
      const variant = byName.get(selection.name);
      const field = variant?.field ?? selection.name;
      const place = at === '' ? field : `${at}.${field}`;
      const steps = [...names, selection.name];
      if (variant) {
        if (!isChosen(chosen, place, selection.name, among)) return [];
        if (!found.places.some((each) => each.names.join('.') === steps.join('.'))) {
          found.places.push({ at: place, variant: selection.name, names: steps });
          // Without type conditions: names of variants are unique, and a path with one fails where `__typename` was set before.
          found.rewrites.push({ kind: 'KeyRenamer', path: steps, renameKeyTo: field });
        }
      }
      if (!selection.selections) return [selection];
      const below = walk(selection.selections, place, steps, null);
      return below.length > 0 ? [{ ...selection, selections: below }] : [];
    });
  found.selections = walk(requires, '', [], null);
  return found;
}
