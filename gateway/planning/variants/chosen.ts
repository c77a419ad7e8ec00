/** Runs in the planner's thread alone. Erasable TypeScript: Node loads it there by stripping its types. */
import type { Need } from './variants.ts';

/** The variant at each place of a representation, by the type of the object there. */
export type Chosen = ReadonlyMap<string, ReadonlyMap<string, string>>;

export function chosenOf(needs: readonly Need[]): Chosen {
  const chosen = new Map<string, Map<string, string>>();
  for (const { at, types, variant } of needs) {
    const there = chosen.get(at) ?? new Map<string, string>();
    for (const type of types) there.set(type, variant);
    chosen.set(at, there);
  }
  return chosen;
}

/** Whether a representation can also have what these needs ask for. */
export function fits(chosen: Chosen, needs: readonly Need[]): boolean {
  return needs.every(({ at, types, variant }) =>
    types.every((type) => (chosen.get(at)?.get(type) ?? variant) === variant),
  );
}

/** Whether a variant belongs to objects at a place; `among` are the types that they can have, null for any. */
export function isChosen(chosen: Chosen, at: string, variant: string, among: ReadonlySet<string> | null): boolean {
  for (const [type, other] of chosen.get(at) ?? []) if (other === variant && (!among || among.has(type))) return true;
  return false;
}
