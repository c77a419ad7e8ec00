import 'reflect-metadata';
import { LockMode, raw, type EntityClass, type FilterQuery, type QueryOrderMap } from '@mikro-orm/postgresql';
import DataLoader from 'dataloader';
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { Audience } from '../access/declare.ts';
import type { ActorSnapshot } from '../context/actor.ts';
import type { Context, Transaction } from '../context/context.ts';
import { Invalid } from '../errors/errors.ts';
import { unstorable } from '../scalars/text.ts';
import { cursorValues, PageInfo, pageOf, rowCursor, type PageArgs } from './page.ts';
import { filterClass, filterQuery, type FilterClass, type FilterInput, type FilterKind } from './filter.ts';

/** A row of a noun: it has an id and belongs to a universe. */
export interface Row {
  id: string;
  universeId: string;
}

export interface NounOptions<E extends Row> {
  /** The GraphQL type: `Asset`. */
  name: string;
  /** The prefixes of its ids; several where kinds share one table. */
  prefix: string | readonly string[];
  entity: EntityClass<E>;
  type: () => object;
  /** The GraphQL object types of its rows, when they are several kinds under one interface: `['User', 'Organization']`. */
  kinds?: readonly string[];
  /** Interfaces over its kinds that are entities of the graph: `['Actor']`. */
  interfaces?: readonly string[];
  /** Which rows this actor may know of: `{}` is all, `null` none. Loader, lists, totals and aggregates all ask it. */
  visible: (actor: ActorSnapshot) => FilterQuery<E> | null;
  /**
   * What `visible` looks at: nothing of the actor (`public`), roles alone (`role`), or who it is (`self`). Printed as a tag on
   * every field of the noun, so that a gateway never shares between viewers what one of them may not see.
   */
  audience: Audience;
  /** Fields that a client may filter by; indexed columns only. */
  filter: Partial<Record<keyof E & string, FilterKind>> & Record<string, FilterKind | undefined>;
  /** Columns that a client may sort by; they are never null. The first, descending, is the default. */
  sort: readonly (keyof E & string)[];
  /** The column with the words of full-text search and the dictionary it was made with. */
  search?: { column: string; dictionary: string };
}

export interface ListArgs extends PageArgs {
  filter?: FilterInput | null;
  sort?: string[] | null;
  search?: string | null;
}

/** One page of a list. The total is counted when it is asked for, and only then. */
export class Connection<E> {
  readonly nodes: E[];
  readonly edges: { cursor: string; node: E }[];
  readonly pageInfo: PageInfo;
  readonly #count: () => Promise<number>;

  constructor(edges: { cursor: string; node: E }[], pageInfo: PageInfo, count: () => Promise<number>) {
    this.edges = edges;
    this.nodes = edges.map((edge) => edge.node);
    this.pageInfo = pageInfo;
    this.#count = count;
  }

  totalCount(): Promise<number> {
    return this.#count();
  }
}

/** A noun of an OS: how its rows are loaded, listed, filtered, sorted and searched. Declared once, never written again. */
export class Noun<E extends Row> {
  readonly options: NounOptions<E>;
  readonly prefixes: readonly string[];
  /** `<Noun>Connection`, for `@Query(() => noun.Connection)`. */
  readonly Connection: new (...args: ConstructorParameters<typeof Connection<E>>) => Connection<E>;
  /** `<Noun>Filter`. */
  readonly Filter: FilterClass;
  /** `<Noun>Sort`: an enum with `<COLUMN>_ASC` and `<COLUMN>_DESC` for each sortable column. */
  readonly Sort: Record<string, string>;

  constructor(options: NounOptions<E>) {
    this.options = options;
    this.prefixes = typeof options.prefix === 'string' ? [options.prefix] : options.prefix;
    this.Filter = filterClass(options.name, options.filter as Record<string, FilterKind>);
    this.Sort = sortEnum(options.name, options.sort);
    this.Connection = connectionClass<E>(options.name, options.type);
  }

  get name(): string {
    return this.options.name;
  }

  /** The names of the GraphQL types by which other subgraphs may refer to its rows. */
  get types(): readonly string[] {
    const { kinds, interfaces, name } = this.options;
    return [...(kinds ?? [name]), ...(interfaces ?? [])];
  }

  isInterface(type: string): boolean {
    return this.options.interfaces?.includes(type) ?? false;
  }

  /** The conditions under which the context's actor may know of a row. */
  #visible(context: Context): FilterQuery<E> | null {
    return context.system ? {} : this.options.visible(context.actor);
  }

  /** The row if it exists and is visible, else `null`. All look-ups of one turn are one statement. */
  load(context: Context, id: string | null | undefined): Promise<E | null> {
    if (!id) return Promise.resolve(null);
    return context
      .loader<E | null>(this, () => new DataLoader((ids) => this.#byIds(context, ids), { maxBatchSize: 1000 }))
      .load(id);
  }

  async #byIds(context: Context, ids: readonly string[]): Promise<(E | null)[]> {
    const visible = this.#visible(context);
    if (visible === null) return ids.map(() => null);
    const where = { $and: [{ id: { $in: [...ids] } }, visible] } as FilterQuery<E>;
    const rows = await context.em.find(this.options.entity, where);
    const byId = new Map(rows.map((row) => [row.id, row as E]));
    return ids.map((id) => byId.get(id) ?? null);
  }

  /** The row with its lock, read anew, if it exists and is visible to the actor; for the `run` of a mutation. */
  async lock(tx: Transaction, id: string): Promise<E | null> {
    const visible = this.#visible(tx);
    if (visible === null) return null;
    const where = { $and: [{ id }, visible] } as FilterQuery<E>;
    // Reading anew would forget what this transaction has changed of the row and not yet written.
    await tx.em.flush();
    return (await tx.em.findOne(this.options.entity, where, {
      lockMode: LockMode.PESSIMISTIC_WRITE,
      refresh: true,
    })) as E | null;
  }

  /** The conditions of a list: what is visible, what the client asked for, and what the field itself demands. */
  where(context: Context, args: Pick<ListArgs, 'filter' | 'search'>, also?: FilterQuery<E>): FilterQuery<E> | null {
    const visible = this.#visible(context);
    if (visible === null) return null;
    const parts: unknown[] = [visible, filterQuery(args.filter, this.options.filter as Record<string, FilterKind>)];
    if (also) parts.push(also);
    if (args.search?.trim()) parts.push(this.#search(args.search));
    return { $and: parts } as FilterQuery<E>;
  }

  #search(words: string): object {
    const { search } = this.options;
    if (!search) throw new Error(`${this.name} declares no search`);
    return {
      [raw((alias) => `${alias}."${search.column}" @@ websearch_to_tsquery('${search.dictionary}', ?)`, [words])]: [],
    };
  }

  /** One page: a constant two statements at most, one more for the total when it is selected. */
  async list(context: Context, args: ListArgs, also?: FilterQuery<E>): Promise<Connection<E>> {
    const page = pageOf(args, context.actor);
    const order = this.#order(args.sort ?? []);
    const signature = order.map(([column, direction]) => `${column}:${direction}`).join();
    const where = this.where(context, args, also);
    const count = (): Promise<number> =>
      where === null ? Promise.resolve(0) : context.em.count(this.options.entity, where);
    if (where === null || page.size === 0) return this.#page([], false, false, signature, order, count);
    const parts: unknown[] = [where];
    const place = (cursor: string, path: 'after' | 'before'): object =>
      beyond(order, this.#placed(context, order, cursorValues(cursor, signature, path), path), path === 'before');
    if (page.after !== null) parts.push(place(page.after, 'after'));
    if (page.before !== null) parts.push(place(page.before, 'before'));
    const rows = (await context.em.find(this.options.entity, { $and: parts } as FilterQuery<E>, {
      orderBy: order.map(([column, direction]) => ({
        [column]: flipIf(page.backward, direction),
      })) as QueryOrderMap<E>[],
      limit: page.size + 1,
    })) as E[];
    const more = rows.length > page.size;
    const shown = rows.slice(0, page.size);
    if (page.backward) shown.reverse();
    const hasNext = page.backward ? page.before !== null : more;
    const hasPrevious = page.backward ? more : page.after !== null;
    return this.#page(shown, hasNext, hasPrevious, signature, order, count);
  }

  /** The values of a cursor, if each is one that its column can have: a cursor comes from the client, who may have made it up. */
  #placed(context: Context, order: Order, values: unknown[], path: string): unknown[] {
    const { properties } = context.em.getMetadata().get(this.options.entity);
    const fits = order.every(([column], n) => {
      const value = values[n];
      const { runtimeType } = properties[column as keyof typeof properties] as { runtimeType?: string };
      if (runtimeType === 'number') return typeof value === 'number';
      if (runtimeType === 'boolean') return typeof value === 'boolean';
      if (typeof value !== 'string' || unstorable(value)) return false;
      return runtimeType !== 'Date' || isInstant(value);
    });
    if (!fits || values.length !== order.length)
      throw new Invalid('This is not a cursor of this list.', { path: [path] });
    return values;
  }

  #page(
    rows: E[],
    hasNextPage: boolean,
    hasPreviousPage: boolean,
    signature: string,
    order: Order,
    count: () => Promise<number>,
  ): Connection<E> {
    const edges = rows.map((node) => ({
      cursor: rowCursor(
        signature,
        order.map(([column]) => node[column as keyof E]),
      ),
      node,
    }));
    const startCursor = edges[0]?.cursor ?? null;
    const endCursor = edges.at(-1)?.cursor ?? null;
    return new this.Connection(edges, { hasNextPage, hasPreviousPage, startCursor, endCursor }, count);
  }

  #order(sort: string[]): Order {
    const asked: Order = sort.map((key) => {
      const at = key.lastIndexOf('_');
      const column = this.options.sort.find((name) => constantCase(name) === key.slice(0, at));
      if (!column) throw new Invalid(`Unknown order ${key}.`, { path: ['sort'] });
      return [column, key.slice(at + 1) === 'ASC' ? 'asc' : 'desc'];
    });
    const [first] = this.options.sort;
    const order: Order = asked.length > 0 ? asked : first ? [[first, 'desc']] : [];
    const last = order.at(-1);
    if (last?.[0] !== 'id') order.push(['id', last?.[1] ?? 'desc']);
    return order;
  }
}

/** A noun of whatever rows, as the platform handles all of them. */
export type AnyNoun = Pick<Noun<Row>, 'name' | 'prefixes' | 'types' | 'isInterface' | 'load'> & {
  options: Pick<NounOptions<Row>, 'type' | 'interfaces' | 'audience'>;
};

export function noun<E extends Row>(options: NounOptions<E>): Noun<E> {
  return new Noun(options);
}

type Direction = 'asc' | 'desc';
type Order = [column: string, direction: Direction][];

function flipIf(flip: boolean, direction: Direction): Direction {
  return flip ? (direction === 'asc' ? 'desc' : 'asc') : direction;
}

function isInstant(text: string): boolean {
  const date = new Date(text);
  return !Number.isNaN(date.getTime()) && date.toISOString() === text;
}

/** Rows after (or before) the given values in an order of mixed directions: the lexicographic comparison written out. */
function beyond(order: Order, values: unknown[], before: boolean): object {
  const branches = order.map(([column, direction], n) => {
    const operator = flipIf(before, direction) === 'asc' ? '$gt' : '$lt';
    const equal = order.slice(0, n).map(([name], k) => ({ [name]: values[k] }));
    return { $and: [...equal, { [column]: { [operator]: values[n] } }] };
  });
  return { $or: branches };
}

export function constantCase(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
}

function sortEnum(noun: string, columns: readonly string[]): Record<string, string> {
  const values: Record<string, string> = {};
  for (const column of columns) {
    for (const direction of ['ASC', 'DESC'])
      values[`${constantCase(column)}_${direction}`] = `${constantCase(column)}_${direction}`;
  }
  if (columns.length > 0)
    registerEnumType(values, {
      name: `${noun}Sort`,
      description: `Orders of ${noun}; rows that are equal in all of them are ordered by id.`,
    });
  return values;
}

/** `<Name>Connection` and `<Name>Edge` of a list that is no noun's own. */
export function connectionClass<E>(
  noun: string,
  type: () => object,
): new (...args: ConstructorParameters<typeof Connection<E>>) => Connection<E> {
  class Edge {}
  Field(() => String, { description: 'For `after` and `before`.' })(Edge.prototype, 'cursor');
  Field(() => type() as never)(Edge.prototype, 'node');
  ObjectType(`${noun}Edge`, { description: `One ${noun} with its place in the list.` })(Edge);
  class NounConnection extends Connection<E> {}
  Field(() => [Edge])(NounConnection.prototype, 'edges');
  Field(() => [type() as never])(NounConnection.prototype, 'nodes');
  Field(() => PageInfo)(NounConnection.prototype, 'pageInfo');
  const total = Object.getOwnPropertyDescriptor(Connection.prototype, 'totalCount');
  if (!total) throw new Error('Connection lost its total');
  Field(() => Int, { description: 'How many there are in all; exact, counted only when asked for.' })(
    NounConnection.prototype,
    'totalCount',
    total,
  );
  ObjectType(`${noun}Connection`, { description: `One page of ${noun}.` })(NounConnection);
  return NounConnection;
}
