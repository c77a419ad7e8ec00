import 'reflect-metadata';
import type { FilterQuery } from '@mikro-orm/postgresql';
import { Float, ID, Int } from 'type-graphql';
import type { Context } from '../context/context.ts';
import { firstRows } from '../nouns/first-rows.ts';
import type { Noun } from '../nouns/noun.ts';
import type { Connection } from '../nouns/connection.ts';
import type { ListArgs, Row } from '../nouns/options.ts';
import { Money } from '../scalars/money.ts';
import { BigIntString, DateTime, Decimal, JsonValue, LocalDate } from '../scalars/scalars.ts';
import { stub, type MadeType, type Stub } from './entities.ts';
import type { Enumeration } from './enumeration.ts';
import { Field, type FieldSpec } from './field.ts';

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

  /**
   * The row of a noun whose id is in `property`; null if the viewer may not see it. One statement for all rows of an answer. The noun
   * that holds the id imports the other one and declares both directions: this one, and `hasMany` by `extend` beside itself.
   */
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

  /**
   * The rows of a noun whose `property` holds this row's id, page by page. Two statements for all rows of an answer. If that noun is in
   * another file, add the field there, `extend(shelves, (f) => ({ books: f.hasMany(…) }))`: imports in both directions are a circle.
   */
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
