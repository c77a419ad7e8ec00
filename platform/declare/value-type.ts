import type { AnyClass } from './any-class.ts';
import type { ForeignEntities, MadeType } from './entities.ts';
import { objectType } from './object-type.ts';
import { OutputFields } from './output.ts';
import type { CheckedFields, FieldMap, ValuesOf } from './field.ts';

interface ValueTypeOptions {
  /** A hand-written interface; its fields need not be repeated. If no field mentions the type, export it from a module. */
  implements?: AnyClass;
}

/** An object type that is not a noun: it has no id and is part of another object. */
export class ValueType<V = unknown> implements MadeType<V> {
  readonly name: string;
  /** The TypeGraphQL class, for hand-written types. */
  readonly type: AnyClass;
  readonly #description: string;
  readonly #fields: FieldMap;
  readonly #implements: AnyClass | undefined;
  #resolvers: readonly AnyClass[] | null = null;
  /** For the compiler alone. */
  declare readonly value: V;

  constructor(name: string, description: string, fields: FieldMap, { implements: of }: ValueTypeOptions = {}) {
    this.name = name;
    this.type = class {};
    this.#description = description;
    this.#fields = fields;
    this.#implements = of;
  }

  /** Builds the type; returns the resolver classes of its computed fields. */
  build(entities: ForeignEntities): readonly AnyClass[] {
    const { name, type } = this;
    const options = {
      name,
      description: this.#description,
      entities,
      type,
      ...(this.#implements ? { implements: this.#implements } : {}),
    };
    this.#resolvers ??= objectType(this.#fields, options).resolvers;
    return this.#resolvers;
  }
}

/**
 * Declares an object type for `f.object` and `f.list`. Its values have the fields as properties; annotate `f` as
 * `OutputFields<Row>` if they are rows of another shape.
 */
export function valueType<E = unknown, F extends FieldMap = FieldMap>(
  name: string,
  description: string,
  fields: (f: OutputFields<E>) => F & CheckedFields<E, F>,
  options: ValueTypeOptions = {},
): ValueType<unknown extends E ? ValuesOf<F> : E> {
  return new ValueType(name, description, fields(new OutputFields<E>()), options);
}
