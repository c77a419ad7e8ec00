import type { AnyClass } from '../subgraph/subgraph.ts';
import type { ForeignEntities, Stub } from './entities.ts';
import { OutputFields, resolverOf, type FieldMap } from './output.ts';

/** Fields that an OS adds to an entity of another OS. */
export class Extension {
  readonly type: string;
  readonly build: (entities: ForeignEntities) => AnyClass[];

  constructor(type: string, fields: FieldMap) {
    this.type = type;
    this.build = (entities) => [resolverOf(fields, entities.of(type), entities)];
  }
}

/** Declares fields of an entity that another OS owns, such as `Actor.assets`. */
export function extend(type: string, fields: (f: OutputFields<Stub>) => FieldMap): Extension {
  return new Extension(type, fields(new OutputFields<Stub>()));
}
