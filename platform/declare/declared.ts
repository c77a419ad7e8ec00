import type { AnyClass } from './any-class.ts';
import type { ForeignEntities } from './entities.ts';

/** A declared root field or extension; its resolver classes are built with its OS. */
export interface Declared {
  /** The name of the root field, or of the extended type. */
  readonly name: string;
  /** Prefixes of the ids that its input, arguments or filter accept. */
  readonly ids?: readonly string[];
  build: (entities: ForeignEntities) => readonly AnyClass[];
}
