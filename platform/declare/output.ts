import 'reflect-metadata';
import type { FilterQuery } from '@mikro-orm/postgresql';
import { Float, ID, Int } from 'type-graphql';
import type { Audience } from '../access/declare.ts';
import type { Context } from '../context/context.ts';
import { firstRows } from '../nouns/first-rows.ts';
import type { Connection, ListArgs, Noun, Row } from '../nouns/noun.ts';
import { Money } from '../scalars/money.ts';
import { BigIntString, DateTime, Decimal, JsonValue, LocalDate } from '../scalars/scalars.ts';
import { stub, type ForeignEntities, type MadeType, type Stub } from './entities.ts';
import type { Enumeration } from './enumeration.ts';
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
  restricted?: { audience: Exclude<Audience, 'public'>; allowed: Allowed<never> };
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

  /** The field's value depends on roles, or on the viewer, so answers that select it are not shared between all viewers. */
  dependsOn(audience: Exclude<Audience, 'public'>): Field<E, V, S> {
    return this.#with({ dependsOn: audience });
  }

  /** The field answers null to viewers for whom `allowed` is false (see `Restricted`). */
  restrictedTo(
    audience: Exclude<Audience, 'public'>,
    allowed: (row: E, context: Context) => boolean | Promise<boolean>,
  ): Field<E, V | null, S> {
    return this.#with({ nullable: true, restricted: { audience, allowed: allowed as Allowed<never> } });
  }
}

export type AnyField = Field<unknown, unknown, 'column' | 'computed'>;
export type FieldMap = Readonly<Record<string, AnyField>>;

/** Appears in the compiler's message to say what is wrong with a field. */
interface Mistake<Message extends string> {
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

/** The names of the properties of a row that hold an id. */
type IdKey<E> = { [K in keyof E]-?: E[K] extends string | null | undefined ? K : never }[keyof E] & string;

/** Builds the fields of an object type over rows of `E`. */
export class OutputFields<E> {
  #scalar<V>(type: unknown, description: string | undefined): Field<E, V> {
    return new Field({ type: () => type, description });
  }

  id(description?: string): Field<E, string> {
    return this.#scalar(ID, description);
  }

  /** `id`, `version`, `createdAt` and `updatedAt`. */
  standard(): {
    id: Field<E, string>;
    version: Field<E, number>;
    createdAt: Field<E, Date>;
    updatedAt: Field<E, Date>;
  } {
    const version = this.int('Increases with each change; send it back as `ifVersion`.');
    return {
      id: this.id(),
      version,
      createdAt: this.time('When it was created.'),
      updatedAt: this.time('When it was last changed.'),
    };
  }

  text(description: string): Field<E, string> {
    return this.#scalar(String, description);
  }

  /** Texts, optionally with their maximum number. */
  texts(description: string, limit: { atMost?: number } = {}): Field<E, string[]> {
    return new Field({ type: () => String, list: true, description, ...limit });
  }

  int(description: string): Field<E, number> {
    return this.#scalar(Int, description);
  }

  float(description: string): Field<E, number> {
    return this.#scalar(Float, description);
  }

  decimal(description: string): Field<E, string> {
    return this.#scalar(Decimal, description);
  }

  /** An integer of any size, as text in JSON. */
  bigInt(description: string): Field<E, string> {
    return this.#scalar(BigIntString, description);
  }

  boolean(description: string): Field<E, boolean> {
    return this.#scalar(Boolean, description);
  }

  time(description?: string): Field<E, Date> {
    return new Field({ type: () => DateTime, description, time: 'time' });
  }

  date(description: string): Field<E, string> {
    return new Field({ type: () => LocalDate, description, time: 'date' });
  }

  json(description: string): Field<E, Record<string, unknown>> {
    return this.#scalar(JsonValue, description);
  }

  money(description: string): Field<E, Money> {
    return this.#scalar(Money, description);
  }

  enum<K extends string>(kind: Enumeration<K>, description: string): Field<E, K> {
    return this.#scalar(kind.enum, description);
  }

  enums<K extends string>(kind: Enumeration<K>, description: string): Field<E, K[]> {
    return new Field({ type: () => kind.enum, list: true, description });
  }

  /** The log position that the answer includes: the stream continues after it. */
  liveCursor(stream: string): Field<E, string, 'computed'> {
    const field = this.text(`For \`${stream}(after:)\`: continues after this answer.`);
    return field.from((_row, { liveCursor }) => liveCursor);
  }

  /** A value type, or a TypeGraphQL type or class. */
  object<V>(type: MadeType<V> | (() => object), description: string): Field<E, V> {
    return new Field({ ...typeOf(type), description });
  }

  /** A list of objects, with its maximum length, or the argument that sets it. */
  list<V>(
    type: MadeType<V> | (() => object),
    description: string,
    limit: { atMost: number } | { by: 'first' },
  ): Field<E, V[]> {
    const atMost = 'atMost' in limit ? { atMost: limit.atMost } : {};
    return new Field({ ...typeOf(type), list: true, ...atMost, description });
  }

  /** The person, organization, agent or service whose id is in `property`; identity resolves it. */
  actor(property: IdKey<E>, description: string): Field<E, Stub | null, 'computed'> {
    return this.foreign('Actor', property, description);
  }

  /** The entity of another OS whose id is in `property`; its OS resolves it. */
  foreign(type: string, property: IdKey<E>, description: string): Field<E, Stub | null, 'computed'> {
    return new Field({
      type: (entities) => entities.of(type),
      foreign: type,
      nullable: true,
      description,
      refersBy: property,
      resolve: (row: E) => stub(row[property] as string | null),
    });
  }

  /** A row of a noun: the property of this name holds the row itself. */
  row<T extends Row>(noun: () => Noun<T>, description?: string): Field<E, T> {
    return new Field({ type: () => noun().options.type(), description });
  }

  /** Rows of a noun, with their maximum number; not needed if an argument of the list sets it. */
  rows<T extends Row>(noun: () => Noun<T>, description: string, limit: { atMost?: number } = {}): Field<E, T[]> {
    return new Field({ type: () => noun().options.type(), list: true, description, ...limit });
  }

  /** The row of a noun whose id is in `property`; null if the viewer may not see it. One statement for all rows of an answer. */
  belongsTo<T extends Row>(
    noun: () => Noun<T>,
    property: IdKey<E>,
    description: string,
  ): Field<E, T | null, 'computed'> {
    return new Field({
      type: () => noun().options.type(),
      nullable: true,
      description,
      refersBy: property,
      load: (context, id) => noun().load(context, id),
      resolve: (row: E, context) => noun().load(context, row[property] as string | null),
    });
  }

  /** The rows of a noun whose `property` holds this row's id, page by page. Two statements for all rows of an answer. */
  hasMany<T extends Row>(
    noun: () => Noun<T> & { ListArgs: new () => ListArgs },
    property: IdKey<T>,
    description: string,
  ): Field<E, Connection<T>, 'computed'> {
    return new Field({
      type: () => noun().Connection,
      description,
      args: () => noun().ListArgs,
      resolve: (row: E & { id: string }, context, args: ListArgs) => noun().listOf(context, property, row.id, args),
    });
  }

  /**
   * The first rows of a noun whose `property` holds this row's id, without pages; the newest first unless `sort` says otherwise.
   * `where` is a further condition on them. One statement for all rows of an answer.
   */
  hasFew<T extends Row>(
    noun: () => Noun<T>,
    property: IdKey<T>,
    description: string,
    options: { atMost: number; sort?: string[]; where?: (context: Context) => FilterQuery<T> },
  ): Field<E, T[], 'computed'> {
    const { atMost, sort = [], where } = options;
    const first = { noun, property, sort, limit: atMost, ...(where ? { where } : {}) };
    return new Field({
      type: () => noun().options.type(),
      list: true,
      atMost,
      description,
      resolve: (row: E & { id: string }, context) => firstRows(context, row.id, first),
    });
  }

  /** A list of a noun, page by page, with the noun's filter and sort. */
  page<T extends Row>(
    noun: () => Noun<T> & { ListArgs: new () => ListArgs },
    description: string,
    resolve: (row: E, context: Context, args: ListArgs) => Promise<Connection<T>>,
  ): Field<E, Connection<T>, 'computed'> {
    return new Field({ type: () => noun().Connection, description, args: () => noun().ListArgs, resolve });
  }
}

function typeOf(type: MadeType | (() => object)): Pick<FieldSpec, 'type' | 'value'> {
  return typeof type === 'function' ? { type } : { type: () => type.type, value: type };
}
