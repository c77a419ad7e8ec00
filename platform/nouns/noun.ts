import 'reflect-metadata';
import { LockMode, raw, type EntityClass, type FilterQuery, type QueryOrderMap } from '@mikro-orm/postgresql';
import DataLoader from 'dataloader';
import type { Audience } from '../access/declare.ts';
import type { ActorSnapshot } from '../context/actor.ts';
import type { Context, Transaction } from '../context/context.ts';
import { whenItsTurn } from '../database/heavy.ts';
import { Expired, Invalid } from '../errors/errors.ts';
import { readSearch, type SearchArgs, type SearchOptions } from '../search/search.ts';
import { snippetsOf, type SearchSnippet } from '../search/snippet.ts';
import { connectionClass, type Connection } from './connection.ts';
import { beyond, fitsColumn, flipIf, keyOf, type Asked, type Order } from './order.ts';
import { countsBy, firstOfEach } from './parents.ts';
import { cursorValues, isInt, isLongText, longText, pageOf, rowCursor, type PageArgs } from './page.ts';
import { countOf } from './select.ts';
import { readOrder, sortEnum } from './sort.ts';
import {
  asksForPatterns,
  filterClass,
  filterQuery,
  type FilterClass,
  type FilterInput,
  type FilterKind,
} from './filter.ts';

export type { Connection } from './connection.ts';
export { constantCase } from './sort.ts';

/** A row of a noun: it has an id and belongs to a universe. */
export interface Row {
  id: string;
  universeId: string;
}

export interface NounOptions<E extends Row> {
  /** The GraphQL type: `Asset`. */
  name: string;
  /** The prefixes of its ids; several if kinds share one table. */
  prefix: string | readonly string[];
  entity: EntityClass<E>;
  type: () => object;
  /** The GraphQL object types of its rows, if there are several kinds under one interface: `['User', 'Organization']`. */
  kinds?: readonly string[];
  /** Interfaces over its kinds that are entities of the graph: `['Actor']`. */
  interfaces?: readonly string[];
  /** The rows visible to this actor: `{}` means all, `null` none. Loaders, lists, totals and aggregates all use it. */
  visible: (actor: ActorSnapshot) => FilterQuery<E> | null;
  /**
   * What `visible` depends on: nothing of the actor (`public`), roles only (`role`), or the actor (`self`). Printed as a tag on
   * every field of the noun, so that a gateway never shares answers between viewers with different visibility.
   */
  audience: Audience;
  /** Fields that a client may filter by; indexed columns only. */
  filter: Partial<Record<keyof E & string, FilterKind>> & Record<string, FilterKind | undefined>;
  /** Columns that a client may sort by; they are never null. Default: the first, descending. */
  sort: readonly (keyof E & string)[];
  /** Makes the default order ascending, as for names and paths. */
  ascends?: boolean;
  /** The column with the words of full-text search and the texts for snippets. */
  search?: SearchOptions;
  /** Shares this noun's filter, sort and connection types: the same rows with another visibility. */
  like?: Noun<E>;
}

export interface ListArgs extends PageArgs, SearchArgs {
  filter?: FilterInput | null;
  sort?: string[] | null;
}

/** A noun of an OS: how its rows are loaded, listed, filtered, sorted and searched. */
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
    const { like } = options;
    this.Filter = like?.Filter ?? filterClass(options.name, options.filter as Record<string, FilterKind>);
    this.Sort = like?.Sort ?? sortEnum(options.name, options.sort, options.search !== undefined);
    this.Connection = like?.Connection ?? connectionClass<E>(options.name, options.type);
  }

  get name(): string {
    return this.options.name;
  }

  /** The names of the GraphQL types by which other subgraphs may refer to its rows. */
  get types(): readonly string[] {
    const { kinds, interfaces, name } = this.options;
    return [...(kinds ?? [name]), ...(interfaces ?? [])];
  }

  /** The id prefix of each of its object types. */
  get prefixOf(): { type: string; prefix: string }[] {
    return (this.options.kinds ?? [this.name]).flatMap((type, n) => {
      const prefix = this.prefixes[n];
      return prefix === undefined ? [] : [{ type, prefix }];
    });
  }

  isInterface(type: string): boolean {
    return this.options.interfaces?.includes(type) ?? false;
  }

  /** The conditions under which a row is visible to the context's actor. */
  #visible(context: Context): FilterQuery<E> | null {
    return context.system ? {} : this.options.visible(context.actor);
  }

  /** The row if it exists and is visible, else `null`. All look-ups of one tick share a statement. */
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

  /** Locks and re-reads the row if it exists and is visible to the actor; for the `run` of a mutation. */
  async lock(tx: Transaction, id: string): Promise<E | null> {
    const [row] = await this.lockAll(tx, [id]);
    return row ?? null;
  }

  /** Locks and re-reads those of these rows that exist and are visible to the actor. Locks are always taken in id order. */
  async lockAll(tx: Transaction, ids: readonly string[]): Promise<E[]> {
    const visible = this.#visible(tx);
    if (visible === null) return [];
    const where = { $and: [{ id: { $in: [...ids] } }, visible] } as FilterQuery<E>;
    // Re-reading would discard changes of this transaction that are not yet flushed.
    await tx.em.flush();
    return (await tx.em.find(this.options.entity, where, {
      lockMode: LockMode.PESSIMISTIC_WRITE,
      refresh: true,
      orderBy: { id: 'asc' } as never,
    })) as E[];
  }

  /** The conditions of a list: visibility, the client's filter and search, and the field's own condition. */
  where(
    context: Context,
    args: Pick<ListArgs, 'filter' | 'search' | 'searchMode'>,
    also?: FilterQuery<E>,
  ): FilterQuery<E> | null {
    const visible = this.#visible(context);
    if (visible === null) return null;
    const parts: unknown[] = [visible, filterQuery(args.filter, this.options.filter as Record<string, FilterKind>)];
    if (also) parts.push(also);
    const search = readSearch(args);
    if (search) {
      const { column } = this.#search();
      parts.push({ [raw((alias) => `${alias}."${column}" @@ ${search.sql}`)]: [] });
    }
    return { $and: parts } as FilterQuery<E>;
  }

  #search(): SearchOptions {
    const { search } = this.options;
    if (!search) throw new Error(`${this.name} declares no search`);
    return search;
  }

  /** The matches of a search in a row, text by text; all rows of one tick share a statement. */
  async snippets(context: Context, id: string, args: SearchArgs): Promise<SearchSnippet[]> {
    const search = readSearch(args);
    if (!search) return [];
    const options = this.#search();
    const table = `"${context.os}"."${context.em.getMetadata().get(this.options.entity).tableName}"`;
    // One loader per search, since fields of one operation may use different searches.
    const key = JSON.stringify([this.name, 'snippets', search]);
    return context
      .loader<SearchSnippet[]>(
        key,
        () =>
          new DataLoader(
            async (ids) => {
              const found = await snippetsOf(context.em, table, options, search, ids);
              return ids.map((each) => found.get(each) ?? []);
            },
            { maxBatchSize: 1000 },
          ),
      )
      .load(id);
  }

  /** One page: at most two statements, plus one for the total if selected and one for a cursor with a very long text. */
  async list(context: Context, args: ListArgs, also?: FilterQuery<E>): Promise<Connection<E>> {
    const asked = await this.#asked(context, args, also);
    const { page, order, where, all } = asked;
    const count = (): Promise<number> =>
      where === null ? Promise.resolve(0) : countOf(context, this.options.entity, where);
    if (all === null) return this.#page(asked, [], count);
    const orderBy = order.map((key) => ({ [keyOf(key)]: flipIf(page.backward, key.direction) })) as QueryOrderMap<E>[];
    const limit = page.size + 1;
    const rows = order.some(({ sql }) => sql)
      ? await this.#ranked(context, all, order, orderBy, limit)
      : (await this.#found(context, all, orderBy, limit, args.filter)).map((row) => ({ row }));
    return this.#page(asked, rows, count);
  }

  /**
   * A page of the rows of a parent, such as the assets of an owner. The lists of all parents of one tick with the same arguments
   * are two statements, plus one for their totals. `property` holds the parent's id.
   */
  listOf(context: Context, property: keyof E & string, parent: string, args: ListArgs): Promise<Connection<E>> {
    const key = JSON.stringify([this.name, property, args]);
    return context
      .loader<Connection<E>>(
        key,
        () => new DataLoader((parents) => this.#listsOf(context, property, parents, args, key), { maxBatchSize: 1000 }),
      )
      .load(parent);
  }

  async #listsOf(
    context: Context,
    property: keyof E & string,
    parents: readonly string[],
    args: ListArgs,
    key: string,
  ): Promise<Connection<E>[]> {
    const asked = await this.#asked(context, args, { [property]: { $in: [...parents] } } as FilterQuery<E>);
    const { page, order, all, where } = asked;
    const columnOf = (name: string): string => this.columnOf(context, name);
    const totals = async (): Promise<number[]> => {
      const found =
        where === null
          ? new Map<string, number>()
          : await countsBy(context, this.options.entity, columnOf(property), where);
      return parents.map((each) => found.get(each) ?? 0);
    };
    // The totals of all parents are counted when the first is read.
    let counted: Promise<number[]> | undefined;
    const count = (n: number) => async (): Promise<number> => (await (counted ??= totals()))[n] ?? 0;
    if (all === null) return parents.map((_parent, n) => this.#page(asked, [], count(n)));
    const by = order.map(({ column, direction, sql }) => {
      if (sql) throw new Error(`${key} cannot be ordered by a search`);
      return `e."${columnOf(column)}" ${flipIf(page.backward, direction)}`;
    });
    const places = await firstOfEach(context, this.options.entity, {
      where: all,
      parent: columnOf(property),
      order: by.join(', '),
      limit: page.size + 1,
    });
    const rows = await this.#byIds(
      context,
      places.map(({ id }) => id),
    );
    const byParent = new Map<string, Placed<E>[]>(parents.map((each) => [each, []]));
    for (const [n, { parent: each }] of places.entries()) {
      const row = rows[n];
      if (row) byParent.get(each)?.push({ row });
    }
    return parents.map((each, n) => this.#page(asked, byParent.get(each) ?? [], count(n)));
  }

  /** The database column of a property. */
  columnOf(context: Context, property: string): string {
    const { properties } = context.em.getMetadata().get(this.options.entity);
    const { fieldNames } = properties[property as keyof typeof properties] as { fieldNames: string[] };
    return fieldNames[0] ?? property;
  }

  /** Reads the arguments of a list: page, order, and the conditions of its total and of its rows, null if no row can match. */
  async #asked(context: Context, args: ListArgs, also?: FilterQuery<E>): Promise<Asked<E>> {
    const page = pageOf(args, context.actor);
    const order = readOrder(this.options, args.sort ?? [], readSearch(args));
    const signature = order.map(({ column, direction, of = '' }) => `${column}${of}:${direction}`).join();
    const where = this.where(context, args, also);
    if (where === null || page.size === 0) return { page, order, signature, where, all: null };
    const parts: unknown[] = [where];
    const place = async (cursor: string, path: 'after' | 'before'): Promise<object> =>
      beyond(order, await this.#placed(context, order, cursorValues(cursor, signature, path), path), path === 'before');
    if (page.after !== null) parts.push(await place(page.after, 'after'));
    if (page.before !== null) parts.push(await place(page.before, 'before'));
    return { page, order, signature, where, all: { $and: parts } as FilterQuery<E> };
  }

  /** The rows of a page; a pattern search waits for its turn. */
  #found(
    context: Context,
    where: FilterQuery<E>,
    orderBy: QueryOrderMap<E>[],
    limit: number,
    filter: FilterInput | null | undefined,
  ): Promise<E[]> {
    const find = (): Promise<E[]> => context.em.find(this.options.entity, where, { orderBy, limit }) as Promise<E[]>;
    return asksForPatterns(filter) ? whenItsTurn(context, find) : find();
  }

  /**
   * A page in a computed order: first sorts ids and ranks, without the long texts of rows that are not shown, and with the rank as it
   * was compared. Rows that became invisible between the two statements are left out.
   */
  async #ranked(
    context: Context,
    where: FilterQuery<E>,
    order: Order,
    orderBy: QueryOrderMap<E>[],
    limit: number,
  ): Promise<Placed<E>[]> {
    const { entity } = this.options;
    const sorted = context.em.createQueryBuilder(entity, 'e');
    const columns = order.flatMap(({ sql }) => (sql ? [raw(`${sql('e')} as relevance`)] : []));
    sorted.select(['id', ...columns] as never).where(where as never);
    sorted.orderBy(orderBy as never).limit(limit);
    await sorted.applyFilters();
    const places = (await whenItsTurn(context, () => sorted.execute('all', false))) as unknown as {
      id: string;
      relevance: number;
    }[];
    const rows = await this.#byIds(
      context,
      places.map(({ id }) => id),
    );
    return places.flatMap(({ relevance }, n) => (rows[n] ? [{ row: rows[n], relevance }] : []));
  }

  /** Checks that each value of a cursor fits its column: clients can forge cursors. */
  async #placed(context: Context, order: Order, values: unknown[], path: string): Promise<unknown[]> {
    const { properties } = context.em.getMetadata().get(this.options.entity);
    const fits = order.every(({ column, sql }, n) => {
      const value = values[n];
      if (sql) return isInt(value);
      const property = properties[column as keyof typeof properties] as {
        runtimeType?: string;
        columnTypes?: string[];
      };
      return fitsColumn(value, property.runtimeType, property.columnTypes?.[0] ?? '');
    });
    // An id is never long: the row of a long text is loaded by it.
    if (!fits || values.length !== order.length || isLongText(values.at(-1)))
      throw new Invalid('This is not a cursor of this list.', { path: [path] });
    return values.some(isLongText) ? this.#whole(context, order, values, path) : values;
  }

  /**
   * Replaces hashes in a cursor by the long texts of its row. If the row now has another text, its old place in the order is unknown: a
   * guess would lose or repeat rows, so the cursor has expired.
   */
  async #whole(context: Context, order: Order, values: unknown[], path: string): Promise<unknown[]> {
    const row = await this.load(context, values.at(-1) as string);
    return values.map((value, n) => {
      if (!isLongText(value)) return value;
      const text = row?.[order[n]?.column as keyof E];
      if (typeof text === 'string' && longText(text).sha256 === value.sha256) return text;
      throw new Expired('The row at the end of this page has changed or is gone. List again from the start.', {
        path: [path],
      });
    });
  }

  /** Builds the page from its rows, of which one more than the page size was fetched. */
  #page({ page, order, signature }: Asked<E>, rows: Placed<E>[], count: () => Promise<number>): Connection<E> {
    const more = rows.length > page.size;
    const shown = rows.slice(0, page.size);
    if (page.backward) shown.reverse();
    const any = page.size > 0;
    const edges = shown.map(({ row, relevance }) => ({
      cursor: rowCursor(
        signature,
        order.map(({ column, sql }) => (sql ? relevance : row[column as keyof E])),
      ),
      node: row,
    }));
    const pageInfo = {
      hasNextPage: any && (page.backward ? page.before !== null : more),
      hasPreviousPage: any && (page.backward ? more : page.after !== null),
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    };
    return new this.Connection(edges, pageInfo, count);
  }
}

export function noun<E extends Row>(options: NounOptions<E>): Noun<E> {
  return new Noun(options);
}

/** A row, with its rank if it is ordered by it. */
interface Placed<E> {
  row: E;
  relevance?: number;
}
