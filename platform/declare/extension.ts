import type { Context } from '../context/context.ts';
import type { AnyNoun } from '../nouns/any-noun.ts';
import type { Noun, Row } from '../nouns/noun.ts';
import type { AnyClass, Declared } from '../subgraph/subgraph.ts';
import type { Stub } from './entities.ts';
import { computed, resolverOf } from './object-type.ts';
import { OutputFields, type CheckedFields, type FieldMap } from './output.ts';

/** Declares fields of an entity that another OS owns, such as `Actor.assets`. */
export function extend(type: string, fields: (f: OutputFields<Stub>) => FieldMap): Declared;
/** Declares fields of a noun of this OS in the folder of another one, such as `Asset.links` beside the links. */
export function extend<E extends Row, F extends FieldMap>(
  noun: Noun<E>,
  fields: (f: OutputFields<E>) => F & CheckedFields<E, F>,
): Declared;
export function extend(of: string | AnyNoun, fields: (f: never) => FieldMap): Declared {
  const declared = computed(fields(new OutputFields() as never));
  return {
    name: typeof of === 'string' ? of : of.name,
    build: (entities) => {
      const type = typeof of === 'string' ? entities.of(of) : of.options.type();
      return [resolverOf(declared, type as AnyClass, entities)];
    },
  };
}

/** Whether the viewer whose field is asked for is the one who asks. */
export function isViewer({ id }: Stub, { actor }: Context): boolean {
  return id === actor.id;
}
