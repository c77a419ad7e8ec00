import type { AnyClass } from './any-class.ts';
import type { ForeignEntities } from './entities.ts';

/** A root field or extension that is declared once; its resolver classes are made when its OS is built. */
export interface Declared {
  /** The root field, or the type that is extended. */
  readonly name: string;
  build: (entities: ForeignEntities) => readonly AnyClass[];
}
