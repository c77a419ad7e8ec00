import { getNullableType, isListType, type FieldNode, type GraphQLField } from 'graphql';
import type { FieldSize } from '../supergraph/sizes.ts';
import type { SupergraphValue } from '../supergraph/value.ts';
import type { ArgumentReader } from './arguments.ts';

/** The size of a list of this house with no declared size: the largest page there is. */
export const undeclaredList = 1_000;

/** The lengths of lists that fields further up have set. */
export interface Lengths {
  /** Of lists directly within this field's selection; null if nothing sets it. */
  readonly page: number | null;
  /** By the name of the argument that sets them. */
  readonly named: ReadonlyMap<string, number>;
}

/** Nothing sets lengths above the root. */
export const noLengths: Lengths = { page: null, named: new Map() };

/** The objects that a field returns, and the lengths that hold below it: the walk from the root down to what `measure` does upwards. */
export function lengthsOf(
  { notes, foreign, foreignListSize }: SupergraphValue,
  given: ArgumentReader,
  at: { field: FieldNode; definition: GraphQLField<unknown, unknown>; size: FieldSize | undefined; parent: string },
  above: Lengths,
): { rows: number; below: Lengths } {
  const { field, definition, size, parent } = at;
  const ownPage = size && size.sized.length > 0 ? given.rowsOf(field, definition, size) : null;
  const own = definition.args.map(
    ({ name }) => [name, Math.max(1, given.argument(field, definition, name) ?? undeclaredList)] as const,
  );
  const below = { page: ownPage, named: new Map([...above.named, ...own]) };
  if (!isListType(getNullableType(definition.type))) return { rows: 1, below };
  const declared = size && (size.slicing.length > 0 || size.assumed !== null);
  const isSizedAbove = size?.sizedBy && !definition.args.some(({ name }) => name === size.sizedBy);
  if (declared && !isSizedAbove) return { rows: given.rowsOf(field, definition, size), below };
  const isForeign = [...foreign].some((subgraph) => notes.has(subgraph, parent, field.name.value));
  const otherwise = isForeign ? foreignListSize : undeclaredList;
  const rows = size?.sizedBy ? (above.named.get(size.sizedBy) ?? undeclaredList) : (above.page ?? otherwise);
  // What sets its own length does not set those of the lists within it.
  return { rows, below: { page: ownPage, named: new Map(own) } };
}
