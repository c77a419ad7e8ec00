import type { AnyClass } from './any-class.ts';
import type { ForeignEntities } from './entities.ts';

/** A declared root field or extension; its resolver classes are built with its OS. */
export interface Declared {
  /** The name of the root field, or of the extended type. */
  readonly name: string;
  build: (entities: ForeignEntities) => readonly AnyClass[];
}
