import {
  isAbstractType,
  isCompositeType,
  type GraphQLAbstractType,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';
import type { SupergraphNotes } from '../supergraph/notes.ts';

/** The weights of interfaces and unions, which take time to find. */
const abstract = new WeakMap<GraphQLAbstractType, number>();

/**
 * The weight of each object or value of a type: by `@cost` on it, else 1 for objects and 0 for scalars and enums. That of an interface or
 * union is the largest of its types. What is not known yet to exist counts as an object.
 */
export function weightOfType(
  schema: GraphQLSchema,
  notes: Pick<SupergraphNotes, 'hasTypeWeights' | 'typeWeight'>,
  type: GraphQLNamedType | undefined,
): number {
  const usual = type === undefined || isCompositeType(type) ? 1 : 0;
  if (type === undefined || !notes.hasTypeWeights) return usual;
  if (!isAbstractType(type)) return notes.typeWeight(type.name) ?? usual;
  let weight = abstract.get(type);
  if (weight === undefined) {
    weight = Math.max(...schema.getPossibleTypes(type).map((each) => notes.typeWeight(each.name) ?? 1), 0);
    abstract.set(type, weight);
  }
  return weight;
}
