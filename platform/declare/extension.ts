import type { Context } from '../context/context.ts';
import type { AnyNoun } from '../nouns/any-noun.ts';
import type { Noun } from '../nouns/noun.ts';
import type { Row } from '../nouns/options.ts';
import type { AnyClass } from './any-class.ts';
import type { Declared } from './declared.ts';
import type { ForeignEntities, Stub } from './entities.ts';
import { computed, resolverOf } from './object-type.ts';
import { OutputFields } from './output.ts';
import type { CheckedFields, FieldMap } from './field.ts';
import { ValueType } from './value-type.ts';

/** Declares fields of an entity that another OS owns, such as `Actor.assets`. */
export function extend(type: string, fields: (f: OutputFields<Stub>) => FieldMap): Declared;
/**
 * Declares fields of a noun or value type of this OS in another folder, such as `Asset.links` beside the links. So the links import the
 * asset, and the asset does not import them back.
 */
export function extend<E extends Row, F extends FieldMap>(
  of: Noun<E> | ValueType<E>,
  fields: (f: OutputFields<E>) => F & CheckedFields<E, F>,
): Declared;
export function extend(of: string | AnyNoun | ValueType, fields: (f: never) => FieldMap): Declared {
  const declared = computed(fields(new OutputFields() as never));
  return {
    name: typeof of === 'string' ? of : of.name,
    build: (entities) => {
      if (of instanceof ValueType) entities.make(of);
      return [resolverOf(declared, typeIn(of, entities), entities)];
    },
  };
}

function typeIn(of: string | AnyNoun | ValueType, entities: ForeignEntities): AnyClass {
  if (typeof of === 'string') return entities.of(of);
  return of instanceof ValueType ? of.type : (of.options.type() as AnyClass);
}

/** Whether the actor whose field is read is the viewer. */
export function isViewer({ id }: Stub, { actor }: Context): boolean {
  return id === actor.id;
}
