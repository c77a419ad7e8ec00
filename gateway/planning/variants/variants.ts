/** Runs in the planner's thread alone. Erasable TypeScript: Node loads it there by stripping its types. */
import type { ArgumentNode } from 'graphql';

/**
 * A field with certain arguments, as a field of its own without arguments. The planner does not compare arguments: the same field with
 * others, required twice or selected by the client, would be fetched once.
 */
export interface Variant {
  field: string;
  arguments: readonly ArgumentNode[];
}

/** A place in the `@requires` of a field where a variant is needed. */
export interface Need {
  /** The fields from the entity to the place, by their own names. */
  at: string;
  /** The types on which the variant is required: the one that is written, and those that implement it. */
  types: readonly string[];
  variant: string;
}

/** All variants of a supergraph. Plain data, which is kept between starts. */
export interface Variants {
  byName: ReadonlyMap<string, Variant>;
  /** `subgraph/Type.field` → the variants that its `@requires` needs. */
  needs: ReadonlyMap<string, readonly Need[]>;
}

export const noVariants: Variants = { byName: new Map(), needs: new Map() };

export function needsOf({ needs }: Variants, subgraph: string, type: string | null, field: string): readonly Need[] {
  return needs.get(`${subgraph}/${type}.${field}`) ?? [];
}
