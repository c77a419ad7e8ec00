import type { ForeignEntities } from './entities.ts';
import { interfaceType } from './object-type.ts';
import { OutputFields } from './output.ts';
import type { CheckedFields, FieldMap } from './field.ts';
import { ValueType } from './value-type.ts';
import type { AnyClass } from './any-class.ts';

/** An interface of the graph. The nouns and payloads that implement it are declared elsewhere and name it with `implements`. */
export class OpenInterface<E = unknown, F extends FieldMap = FieldMap> extends ValueType<E> {
  /** The fields that each of its types has. */
  readonly fields: F;
  readonly #description: string;
  readonly #typeOf: unknown;
  #isBuilt = false;

  constructor(name: string, description: string, fields: F, typeOf?: (row: E) => string) {
    super(name, description, fields);
    this.fields = fields;
    this.#description = description;
    this.#typeOf = typeOf;
  }

  override build(entities: ForeignEntities): readonly AnyClass[] {
    const { name, type } = this;
    const options = { name, description: this.#description, entities, type };
    if (!this.#isBuilt) interfaceType(this.fields, options, this.#typeOf as never);
    this.#isBuilt = true;
    return [];
  }
}

/** Declares an interface; `typeOf` names the GraphQL type of a row, for fields that answer the interface itself. */
export function openInterface<E, const F extends FieldMap>(
  name: string,
  description: string,
  fields: (f: OutputFields<E>) => F & CheckedFields<E, F>,
  typeOf?: (row: E) => string,
): OpenInterface<E, F> {
  return new OpenInterface<E, F>(name, description, fields(new OutputFields<E>()), typeOf);
}
