import 'reflect-metadata';
import type { EntityClass } from '@mikro-orm/postgresql';
import { ArrayMaxSize, Max, MaxLength, Min } from 'class-validator';
import { Arg, Args, ArgsType, Ctx, Field, ID, Int, Query, Resolver } from 'type-graphql';
import { Reads, type Access } from '../access/declare.ts';
import type { Context, Transaction } from '../context/context.ts';
import { checkId, newId } from '../ids/ids.ts';
import {
  aggregate,
  AggregateOrder,
  type Aggregate,
  type AggregateArgs,
  type AggregateKey,
  type AggregateMoney,
} from '../nouns/aggregate.ts';
import { AggregateRowsArgs } from '../nouns/aggregate-args.ts';
import { Noun, type ListArgs, type NounOptions, type Row } from '../nouns/noun.ts';
import { analystPageAtMost, LimitSorts, PageArgs } from '../nouns/page.ts';
import { createRow, type RowValues } from '../nouns/row.ts';
import { searchAtMost, SearchMode } from '../search/search.ts';
import type { AnyClass } from './any-class.ts';
import type { ForeignEntities } from './entities.ts';
import { computed, objectType, resolverOf, type BuiltType } from './object-type.ts';
import type { OpenInterface } from './open-interface.ts';
import { OutputFields, type CheckedFields, type FieldMap } from './output.ts';

/** The descriptions of a noun's root fields where the defaults do not fit; `false` omits a root. */
interface Roots<E extends Row> {
  access?: Access;
  one?: string | false;
  /** The prefixes of the ids that `x(id)` accepts, if the noun has no kinds of its own. */
  ids?: readonly string[];
  /** The variant that `x(id)` loads with. */
  oneOf?: () => Noun<E>;
  list?: string | false;
  /** Descriptions of the arguments of the list. */
  arguments?: { filter?: string; sort?: string; search?: string };
  aggregate?: string;
}

export interface DeclaredNounOptions<E extends Row, F extends FieldMap> extends Pick<
  NounOptions<E>,
  | 'name'
  | 'prefix'
  | 'kinds'
  | 'interfaces'
  | 'visible'
  | 'audience'
  | 'filter'
  | 'sort'
  | 'ascends'
  | 'search'
  | 'like'
> {
  /** The name of its list root field: `samples`. */
  plural: string;
  /** The words for one and several of them, in lower case: `['lot', 'lots']`. */
  words: readonly [one: string, many: string];
  /** Its name in payloads and inputs, if shorter: `link` and `linkId` for `AssetLink`. */
  short?: string;
  /** Of its GraphQL type. */
  description?: string;
  /** The fields of its GraphQL type. A column is public only if named here; `...f.standard()` are those that most nouns have. */
  fields?: (f: OutputFields<E>) => F & CheckedFields<E, F>;
  /** The interface that its type implements, whose fields it has besides its own. */
  implements?: OpenInterface<E>;
  /** A hand-written type to which `fields` are added: an interface over several kinds of rows. */
  type?: () => object;
  /** `false` if its rows belong to another noun and a value type (`type`) shows them: it is not an entity of the graph. */
  isEntity?: boolean;
  /** The property with the owner's id, or a function that returns it; mutations check their permissions over this owner. */
  ownedBy?: (keyof E & string) | ((row: E) => string | null);
  /** The root fields `x(id)`, `xs(…)` and, with `aggregate`, `xAggregate(…)`; `false` for none. */
  roots?: Roots<E> | false;
  aggregate?: {
    /** The fields to group by, and keys that are not fields of the type. */
    by: readonly ((keyof F & string) | Readonly<Record<string, AggregateKey>>)[];
    /** The time or date fields that can be bucketed. */
    over: readonly (keyof F & string)[];
    money?: Record<string, AggregateMoney>;
    /** The client may choose the order of the groups, and how many of the largest it gets. */
    ranks?: boolean;
    /** The client may search, as in the list. */
    searches?: boolean;
  };
}

/** A noun whose GraphQL type, lists and root fields are built from one declaration. */
export class DeclaredNoun<E extends Row> extends Noun<E> {
  readonly stored: AnyClass;
  readonly #declared: DeclaredNounOptions<E, FieldMap>;
  readonly #entity: EntityClass<E>;
  readonly words: readonly [one: string, many: string];
  /** Whether it shows the rows of another noun, which is the entity of the graph. */
  readonly isVariant: boolean;
  /** The payload field that holds it: `short`, or `<Noun>` in camel case, which is its root field. */
  readonly field: string;
  readonly #root: string;
  readonly plural: string;
  /** The arguments of lists that are fields of other types. */
  readonly ListArgs: new () => ListArgs;
  readonly aggregates: Aggregate<E> | null;
  readonly #fields: FieldMap;
  #entities: ForeignEntities | null = null;
  #built: BuiltType | null = null;

  constructor(entity: EntityClass<E>, options: DeclaredNounOptions<E, FieldMap>) {
    super({ ...options, entity, type: options.type ?? (() => this.built.type) });
    this.#declared = options;
    this.#entity = entity;
    this.stored = entity as unknown as AnyClass;
    this.words = options.words;
    this.plural = options.plural;
    this.isVariant = options.like !== undefined || options.isEntity === false;
    this.#root = options.name.charAt(0).toLowerCase() + options.name.slice(1);
    this.field = options.short ?? this.#root;
    this.#fields = this.#described({ ...options.implements?.fields, ...options.fields?.(new OutputFields<E>()) });
    this.ListArgs = this.#listArgs(false);
    this.aggregates = options.aggregate ? this.#aggregates(options.aggregate) : null;
  }

  /** The GraphQL type and its resolvers; available once the OS is built. */
  get built(): BuiltType {
    if (!this.#built)
      throw new Error(`${this.name} is not a noun of any OS that was built: list its module in \`modules\`.`);
    return this.#built;
  }

  /** Builds the type and the root fields, once, when the OS is built. */
  build(entities: ForeignEntities): BuiltType {
    if (this.#built) return this.#built;
    const { name } = this;
    const { description, type, implements: of } = this.#declared;
    this.#entities = entities;
    if (of) entities.make(of);
    const built = type
      ? this.#handWritten(type, entities)
      : objectType(this.#fields, { name, description, entities, implements: of?.type });
    const { roots = {} } = this.#declared;
    if (roots) built.resolvers.push(this.#rootResolver(roots));
    this.#built = built;
    return this.#built;
  }

  /** The resolvers for a hand-written type. The type is read lazily: it may belong to a noun that is built after this one. */
  #handWritten(type: () => object, entities: ForeignEntities): BuiltType {
    const isExtended = Object.keys(this.#fields).length > 0;
    return {
      get type() {
        return type() as AnyClass;
      },
      resolvers: isExtended ? [resolverOf(computed(this.#fields), type() as AnyClass, entities)] : [],
    };
  }

  /** The same rows with another visibility, such as drafts for their owners; it has no root fields and is not an entity. */
  variant(options: Pick<NounOptions<E>, 'name' | 'audience' | 'visible'>): DeclaredNoun<E> {
    const { aggregate: _, fields: __, implements: ___, ...declared } = this.#declared;
    const variant = new DeclaredNoun<E>(this.#entity, {
      ...declared,
      ...options,
      type: () => this.options.type(),
      roots: false,
      like: this,
    });
    return Object.defineProperty(variant, 'field', { value: this.field });
  }

  /** A new row with its id, universe and times; persisted with the transaction. Nullable columns default to null. */
  create(tx: Transaction, values: RowValues<E>): E {
    const [prefix, ...others] = this.prefixes;
    if (prefix === undefined || others.length > 0) throw new Error(`${this.name} has several kinds of ids.`);
    return createRow(tx, this.#entity, newId(prefix), values);
  }

  /** The properties that its fields show to anybody at all. */
  get columns(): ReadonlySet<string> {
    return new Set(this.#shownBy(() => true));
  }

  /** The properties that its fields show to everybody. */
  get open(): ReadonlySet<string> {
    if (this.options.audience !== 'public') return new Set();
    return new Set(this.#shownBy(({ restricted }) => !restricted));
  }

  #shownBy(counts: (spec: FieldMap[string]['spec']) => boolean): string[] {
    return Object.entries(this.#fields).flatMap(([name, { spec }]) => {
      if (!counts(spec)) return [];
      return spec.refersBy ?? (spec.resolve ? [] : name);
    });
  }

  /** The id of the row's owner, for permissions. */
  ownerOf(row: E): string | null {
    const { ownedBy } = this.#declared;
    if (!ownedBy) throw new Error(`${this.name} declares no owner: add \`ownedBy\`.`);
    if (typeof ownedBy === 'function') return ownedBy(row);
    return (row[ownedBy] as string | null | undefined) ?? null;
  }

  get #many(): string {
    return this.words[1];
  }

  /** Adds the prefixes of its ids to the description of `id`, unless the declaration describes it. */
  #described(fields: FieldMap): FieldMap {
    const { id } = fields;
    return id && id.spec.description === undefined
      ? { ...fields, id: id.described(`Id: ${this.prefixes.map((prefix) => `\`${prefix}_…\``).join(', ')}.`) }
      : fields;
  }

  /** The arguments of a list; those of the root field include search. */
  #listArgs(searches: boolean): new () => ListArgs {
    class Arguments extends PageArgs {}
    const target = Arguments.prototype;
    const words = this.#declared.roots === false ? {} : (this.#declared.roots?.arguments ?? {});
    const filter = words.filter ?? `Conditions on the ${this.#many}; all visible ${this.#many} if absent.`;
    Field(() => this.Filter, { nullable: true, description: filter })(target, 'filter');
    if (this.options.sort.length > 0) {
      const own = this.options.ascends ? `by \`${this.options.sort[0]}\`, ascending` : 'newest first';
      const usual = searches ? `by relevance with a search, otherwise ${own}` : own;
      const sort = (searches && words.sort) || `At most four. Default: ${usual}.`;
      Field(() => [this.Sort], { nullable: true, description: sort })(target, 'sort');
      LimitSorts(target, 'sort');
    }
    if (searches)
      searchArgs(target, words.search ?? 'Full text: words, "phrases", or, -without. At most 200 characters.');
    ArgsType()(Arguments);
    return Arguments as new () => ListArgs;
  }

  #aggregates({ by, over, money }: NonNullable<DeclaredNounOptions<E, FieldMap>['aggregate']>): Aggregate<E> {
    const keys = by.flatMap((name): [string, AggregateKey][] => {
      if (typeof name !== 'string') return Object.entries(name);
      const spec = this.#specOf(name);
      const key = {
        property: spec.refersBy ?? name,
        type: () => spec.type(this.#foreign()),
        ...(spec.load ? { load: spec.load } : { reference: spec.refersBy !== undefined }),
      };
      return [[name, key]];
    });
    const times = over.map((name) => {
      const kind = this.#specOf(name).time;
      if (!kind) throw new Error(`${this.name}.${name} is not a time or date, so it cannot be bucketed.`);
      return [name, { property: name, kind }] as const;
    });
    return aggregate<E>(this, {
      keys: Object.fromEntries(keys),
      times: Object.fromEntries(times),
      ...(money ? { money } : {}),
    });
  }

  #specOf(name: string): FieldMap[string]['spec'] {
    const field = this.#fields[name];
    if (!field) throw new Error(`${this.name} is aggregated by ${name}, which is not one of its fields.`);
    return field.spec;
  }

  #foreign(): ForeignEntities {
    if (!this.#entities) throw new Error(`${this.name} is not built yet.`);
    return this.#entities;
  }

  /** The class that represents an entity of another OS, for hand-written types; available once the OS is built. */
  foreign(type: string): AnyClass {
    return this.#foreign().of(type);
  }

  #rootResolver({ access = 'public', one, ids = this.prefixes, oneOf, list, aggregate: figures }: Roots<E>): AnyClass {
    class RootFields {}
    const target = RootFields.prototype as object;
    const [word] = this.words;
    const root = (name: string, resolve: (given: never, context: Context) => unknown): PropertyDescriptor => {
      Reads(access)(target, name, {});
      Ctx()(target, name, 1);
      const descriptor = { value: resolve, writable: true, configurable: true };
      Object.defineProperty(target, name, descriptor);
      return descriptor;
    };
    if (one !== false) {
      const article = /^[aeiou]/.test(word) ? 'An' : 'A';
      const description =
        one ??
        `${article} ${word} by its id. Null if none is visible to the viewer. Errors: INVALID for an id of another kind.`;
      const descriptor = root(this.#root, (id: string, context) =>
        (oneOf?.() ?? this).load(context, checkId(id, ids, ['id'])),
      );
      Arg('id', () => ID)(target, this.#root, 0);
      Query(() => this.built.type as never, { nullable: true, description })(target, this.#root, descriptor);
    }
    if (list !== false) {
      const description = list ?? `The ${this.#many} visible to the viewer, newest first. Errors: INVALID.`;
      const name = this.plural;
      const descriptor = root(name, (args: ListArgs, context) => this.list(context, args));
      const Arguments = this.options.search ? this.#listArgs(true) : this.ListArgs;
      Args(() => Arguments as never)(target, name, 0);
      Query(() => this.Connection, { description })(target, name, descriptor);
    }
    if (this.aggregates) {
      const { aggregates } = this;
      const description =
        figures ?? `Counts the ${this.#many} visible to the viewer, by keys and time. Errors: INVALID.`;
      const name = `${this.#root}Aggregate`;
      const Arguments = aggregateArgs(this, aggregates, this.#declared.aggregate ?? {});
      const descriptor = root(name, (args: AggregateArgs, context) => aggregates.run(context, args));
      Args(() => Arguments as never)(target, name, 0);
      Query(() => aggregates.Result, { description })(target, name, descriptor);
    }
    Resolver(() => this.built.type as never)(RootFields);
    return RootFields;
  }
}

function searchArgs(target: object, description: string): void {
  Field(() => String, { nullable: true, description })(target, 'search');
  MaxLength(searchAtMost)(target, 'search');
  const mode = 'How `search` is read; default WORDS.';
  Field(() => SearchMode, { nullable: true, description: mode })(target, 'searchMode');
}

function aggregateArgs<E extends Row>(
  of: DeclaredNoun<E>,
  aggregates: Aggregate<E>,
  { ranks = false, searches = false }: { ranks?: boolean; searches?: boolean },
): new () => AggregateArgs {
  class Arguments extends AggregateRowsArgs {}
  const target = Arguments.prototype;
  const [, many] = of.words;
  const filter = `Conditions on the ${many}; all visible ${many} if absent.`;
  Field(() => of.Filter, { nullable: true, description: filter })(target, 'filter');
  if (searches) searchArgs(target, 'Counts only matches of this search. At most 200 characters.');
  Field(() => [aggregates.GroupBy], {
    nullable: true,
    description: 'The keys of each row, at most four; without keys, one row for everything.',
  })(target, 'groupBy');
  ArrayMaxSize(4)(target, 'groupBy');
  const bucket = 'Also groups by time; no time buckets if absent.';
  if (Object.keys(aggregates.options.times).length > 0)
    Field(() => aggregates.Bucket, { nullable: true, description: bucket })(target, 'bucket');
  if (ranks) {
    const order = 'Default: by bucket if there is one, otherwise largest groups first.';
    Field(() => AggregateOrder, { nullable: true, description: order })(target, 'orderBy');
    const top = `Returns at most this number of key groups: those with the most ${many} over all buckets. At most 100, 1,000 for services and platform roles.`;
    Field(() => Int, { nullable: true, description: top })(target, 'top');
    Min(1)(target, 'top');
    Max(analystPageAtMost)(target, 'top');
  }
  ArgsType()(Arguments);
  return Arguments as new () => AggregateArgs;
}

/** Declares a noun over an entity. */
export function noun<E extends Row, const F extends FieldMap>(
  entity: EntityClass<E>,
  options: DeclaredNounOptions<E, F>,
): DeclaredNoun<E> {
  return new DeclaredNoun(entity, options as unknown as DeclaredNounOptions<E, FieldMap>);
}
