import type { AnyClass } from './any-class.ts';
import type { ForeignEntities } from './entities.ts';

/** A declared root field or extension; its resolver classes are generated when its OS is built. */
export interface Declared {
  /** The root field, or the extended type. */
  readonly name: string;
  build: (entities: ForeignEntities) => readonly AnyClass[];
}
