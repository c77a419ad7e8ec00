import type { Audience, RestrictedAudience } from '../access/audience.ts';
import type { Context } from '../context/context.ts';
import type { ForeignEntities, MadeType } from './entities.ts';
import type { ArgumentMap, Given } from './input.ts';

type Resolve<E, V> = (row: E, context: Context, args: never) => V | Promise<V>;
type Allowed<E> = (row: E, context: Context) => boolean | Promise<boolean>;

export interface FieldSpec {
  type: (entities: ForeignEntities) => unknown;
  description: string | undefined;
  list?: boolean;
  nullable?: boolean;
  /** Maximum length of the list: the cost of a query is multiplied by it. */
  atMost?: number;
  /** The cost of the field by itself. */
  cost?: number;
  args?: (() => object) | ArgumentMap;
  resolve?: Resolve<never, unknown>;
  /** Whom its answer depends on, besides `restricted`. */
  dependsOn?: Exclude<Audience, 'public'>;
  restricted?: { audience: RestrictedAudience; allowed: Allowed<never> };
  /** Whether the field is a time or a date, for buckets. */
  time?: 'time' | 'date';
  /** The property that holds the id of the entity that the field refers to. */
  refersBy?: string;
  /** Loads that entity if it belongs to this OS. */
  load?: (context: Context, id: string) => Promise<unknown>;
  /** The entity of another OS that it shows. */
  foreign?: string;
  /** The value type that it shows. */
  value?: MadeType;
}

/**
 * A field of an object type over rows of `E`, with values of `V`. A `column` shows the property of its own name, and the compiler
 * checks that the row has it; a `computed` field has a function.
 */
export class Field<E, V, S extends 'column' | 'computed' = 'column'> {
  readonly spec: FieldSpec;
  /** For the compiler alone. */
  declare readonly value: V;
  declare readonly source: S;

  constructor(spec: FieldSpec) {
    this.spec = spec;
  }

  #with<W, T extends 'column' | 'computed'>(more: Partial<FieldSpec>): Field<E, W, T> {
    return new Field<E, W, T>({ ...this.spec, ...more });
  }

  /** The field has this description. */
  described(description: string): Field<E, V, S> {
    return this.#with({ description });
  }

  /** The field may be null. */
  nullable(): Field<E, V | null, S> {
    return this.#with({ nullable: true });
  }

  /** The field answers what the function does. */
  from(resolve: (row: E, context: Context) => V | Promise<V>): Field<E, V, 'computed'> {
    return this.#with({ resolve: resolve as Resolve<never, unknown> });
  }

  /** The field takes arguments, which the function gets: declared with `arg`, or the class of a list's arguments. */
  with<A extends object>(
    args: () => new () => A,
    resolve: (row: E, context: Context, args: A) => V | Promise<V>,
  ): Field<E, V, 'computed'>;
  with<const I extends ArgumentMap>(
    args: I,
    resolve: (row: E, context: Context, given: Given<I>) => V | Promise<V>,
  ): Field<E, V, 'computed'>;
  with(
    args: (() => object) | ArgumentMap,
    resolve: (row: E, context: Context, args: never) => V | Promise<V>,
  ): Field<E, V, 'computed'> {
    return this.#with({ args, resolve: resolve as Resolve<never, unknown> });
  }

  /** The field's own cost; by default 1 for an object and 0 for a value. */
  cost(weight: number): Field<E, V, S> {
    return this.#with({ cost: weight });
  }

  /**
   * The field's value depends on roles, or on the viewer, so answers that select it are not shared between all viewers. `visible` on a list
   * of rows says the opposite: all who see the object see the same rows. Without it such a list depends on the viewer.
   */
  dependsOn(audience: Exclude<Audience, 'public'>): Field<E, V, S> {
    return this.#with({ dependsOn: audience });
  }

  /** The field answers null to viewers for whom `allowed` is false (see `Restricted`). */
  restrictedTo(
    audience: RestrictedAudience,
    allowed: (row: E, context: Context) => boolean | Promise<boolean>,
  ): Field<E, V | null, S> {
    return this.#with({ nullable: true, restricted: { audience, allowed: allowed as Allowed<never> } });
  }
}

export type AnyField = Field<unknown, unknown, 'column' | 'computed'>;
export type FieldMap = Readonly<Record<string, AnyField>>;

/** Appears in the compiler's message to say what is wrong with a field or an edit. */
export interface Mistake<Message extends string> {
  readonly mistake: Message;
}

/** Every column is a property of the row, of a type that the field can show. */
export type CheckedFields<E, F> = {
  [K in keyof F]: unknown extends E
    ? F[K]
    : F[K] extends Field<unknown, infer V, 'column'>
      ? K extends keyof E
        ? [Exclude<E[K], undefined>] extends [V]
          ? F[K]
          : Mistake<'the property has another type, or may be null'>
        : Mistake<'the row has no such property: give the field a function with from()'>
      : F[K];
};

/** The values of the columns: what a payload or an event holds. */
export type ValuesOf<F> = {
  [K in keyof F as F[K] extends Field<unknown, unknown, 'column'> ? K : never]: F[K] extends Field<
    unknown,
    infer V,
    'column'
  >
    ? V
    : never;
};
