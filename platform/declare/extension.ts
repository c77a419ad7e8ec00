import type { Declared } from '../subgraph/subgraph.ts';
import type { Stub } from './entities.ts';
import { resolverOf } from './object-type.ts';
import { OutputFields, type FieldMap } from './output.ts';

/** Declares fields of an entity that another OS owns, such as `Actor.assets`. */
export function extend(type: string, fields: (f: OutputFields<Stub>) => FieldMap): Declared {
  const declared = fields(new OutputFields<Stub>());
  return { name: type, build: (entities) => [resolverOf(declared, entities.of(type), entities)] };
}
