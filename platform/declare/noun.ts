import 'reflect-metadata';
import type { EntityClass } from '@mikro-orm/postgresql';
import type { Transaction } from '../context/context.ts';
import { newId } from '../ids/ids.ts';
import type { AggregateKey, AggregateMoney } from '../nouns/aggregate-options.ts';
import { aggregate, type Aggregate } from '../nouns/aggregate.ts';
import { columnsOf } from '../nouns/classification.ts';
import { Noun } from '../nouns/noun.ts';
import type { ListArgs, NounOptions, Row } from '../nouns/options.ts';
import { createRow, type RowValues } from '../nouns/row.ts';
import type { AnyClass } from './any-class.ts';
import type { ForeignEntities } from './entities.ts';
import type { CheckedFields, FieldMap } from './field.ts';
import { computed, objectType, resolverOf, type BuiltType } from './object-type.ts';
import type { OpenInterface } from './open-interface.ts';
import { OutputFields } from './output.ts';
import { listArguments, rootName, rootResolver, type Figures, type Roots } from './root-fields.ts';
import { DeclarationFault } from './fault.ts';

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
  aggregate?: Figures & {
    /** The fields to group by, and keys that are not fields of the type. */
    by: readonly ((keyof F & string) | Readonly<Record<string, AggregateKey>>)[];
    /** The time or date fields that can be bucketed. */
    over: readonly (keyof F & string)[];
    money?: Record<string, AggregateMoney>;
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
    const { ownedBy } = options;
    const isKnown = (name: string): boolean =>
      name in (entity.prototype as object) || columnsOf([this.stored]).some(({ property }) => property === name);
    if (typeof ownedBy === 'string' && !isKnown(ownedBy))
      throw new DeclarationFault(`${options.name} is owned by ${ownedBy}, and its rows have no such property.`);
    this.words = options.words;
    this.plural = options.plural;
    this.isVariant = options.like !== undefined || options.isEntity === false;
    this.field = options.short ?? rootName(options.name);
    this.#fields = this.#described({ ...options.implements?.fields, ...options.fields?.(new OutputFields<E>()) });
    this.ListArgs = listArguments(this, options.roots ? (options.roots.arguments ?? {}) : {}, false);
    this.aggregates = options.aggregate ? this.#aggregates(options.aggregate) : null;
  }

  /** The GraphQL type and its resolvers; available once the OS is built. */
  get built(): BuiltType {
    if (!this.#built)
      throw new DeclarationFault(
        `${this.name} is not a noun of any OS that was built: list its module in \`modules\`.`,
      );
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
    if (roots) built.resolvers.push(rootResolver(this, roots, this.#declared.aggregate));
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
    if (prefix === undefined || others.length > 0) throw new DeclarationFault(`${this.name} has several kinds of ids.`);
    return createRow(tx, this.#entity, newId(prefix), values);
  }

  /** The properties that its fields show to anybody at all. */
  get columns(): ReadonlySet<string> {
    return new Set(this.#shownBy(() => true));
  }

  /** The properties that its fields show to everybody. */
  get open(): ReadonlySet<string> {
    return this.options.audience === 'public' ? this.unrestricted : new Set();
  }

  /** The properties that its fields show to everybody who sees the row. */
  get unrestricted(): ReadonlySet<string> {
    return new Set(this.#shownBy(({ restricted }) => !restricted));
  }

  #shownBy(counts: (spec: FieldMap[string]['spec']) => boolean): string[] {
    return Object.entries(this.#fields).flatMap(([name, { spec }]) => {
      if (!counts(spec)) return [];
      return spec.refersBy ?? (spec.resolve ? [] : name);
    });
  }

  /** Whether its rows have an owner. */
  get isOwned(): boolean {
    return this.#declared.ownedBy !== undefined;
  }

  /** The id of the row's owner, for permissions. */
  ownerOf(row: E): string | null {
    const { ownedBy } = this.#declared;
    if (!ownedBy) throw new DeclarationFault(`${this.name} declares no owner: add \`ownedBy\`.`);
    if (typeof ownedBy === 'function') return ownedBy(row);
    return (row[ownedBy] as string | null | undefined) ?? null;
  }

  /** Adds the prefixes of its ids to the description of `id`, unless the declaration describes it. */
  #described(fields: FieldMap): FieldMap {
    const { id } = fields;
    return id && id.spec.description === undefined
      ? { ...fields, id: id.described(`Id: ${this.prefixes.map((prefix) => `\`${prefix}_…\``).join(', ')}.`) }
      : fields;
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
      if (!kind) throw new DeclarationFault(`${this.name}.${name} is not a time or date, so it cannot be bucketed.`);
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
    if (!field) throw new DeclarationFault(`${this.name} is aggregated by ${name}, which is not one of its fields.`);
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
}

/** Declares a noun over an entity. */
export function noun<E extends Row, const F extends FieldMap>(
  entity: EntityClass<E>,
  options: DeclaredNounOptions<E, F>,
): DeclaredNoun<E> {
  return new DeclaredNoun(entity, options as unknown as DeclaredNounOptions<E, FieldMap>);
}
