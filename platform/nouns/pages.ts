import { raw, type FilterQuery, type QueryOrderMap } from '@mikro-orm/postgresql';
import DataLoader from 'dataloader';
import type { Context } from '../context/context.ts';
import { whenItsTurn } from '../database/heavy.ts';
import { Expired, Invalid } from '../errors/errors.ts';
import { readSearch } from '../search/search.ts';
import type { Connection } from './connection.ts';
import { asksForPatterns } from './filter-query.ts';
import type { FilterInput } from './filter-kinds.ts';
import type { ListArgs, NounOptions, Row, Shown } from './options.ts';
import { beyond, fitsColumn, flipIf, keyOf, type Asked, type Order } from './order.ts';
import { cursorValues, isInt, isLongText, longText, pageOf, rowCursor } from './page.ts';
import { countsBy, firstOfEach } from './parents.ts';
import { countOf } from './select.ts';
import { readOrder } from './sort.ts';

/** What the pages of a list need of its noun. */
export interface Listed<E extends Row> extends Pick<Shown<E>, 'Connection'> {
  readonly name: string;
  readonly options: NounOptions<E>;
  load(context: Context, id: string | null | undefined): Promise<E | null>;
  byIds(context: Context, ids: readonly string[]): Promise<(E | null)[]>;
  where(context: Context, args: ListArgs, also?: FilterQuery<E>): FilterQuery<E> | null;
  columnOf(context: Context, property: string): string;
}

/** A row, with its rank if it is ordered by it. */
interface Placed<E> {
  row: E;
  relevance?: number;
}

/** The lists of a noun, page by page. */
export class Pages<E extends Row> {
  readonly #noun: Listed<E>;

  constructor(noun: Listed<E>) {
    this.#noun = noun;
  }

  async list(context: Context, args: ListArgs, also?: FilterQuery<E>): Promise<Connection<E>> {
    const asked = await this.#asked(context, args, also);
    const { page, order, where, all } = asked;
    const count = (): Promise<number> =>
      where === null ? Promise.resolve(0) : countOf(context, this.#noun.options.entity, where);
    if (all === null) return this.#page(asked, [], count);
    const orderBy = order.map((key) => ({ [keyOf(key)]: flipIf(page.backward, key.direction) })) as QueryOrderMap<E>[];
    const limit = page.size + 1;
    const rows = order.some(({ sql }) => sql)
      ? await this.#ranked(context, all, order, orderBy, limit)
      : (await this.#found(context, all, orderBy, limit, args.filter)).map((row) => ({ row }));
    return this.#page(asked, rows, count);
  }

  listOf(context: Context, property: keyof E & string, parent: string, args: ListArgs): Promise<Connection<E>> {
    const key = JSON.stringify([this.#noun.name, property, args]);
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
    const columnOf = (name: string): string => this.#noun.columnOf(context, name);
    const totals = async (): Promise<number[]> => {
      const found =
        where === null
          ? new Map<string, number>()
          : await countsBy(context, this.#noun.options.entity, columnOf(property), where);
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
    const places = await firstOfEach(context, this.#noun.options.entity, {
      where: all,
      parent: columnOf(property),
      order: by.join(', '),
      limit: page.size + 1,
    });
    const rows = await this.#noun.byIds(
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

  /** Reads the arguments of a list: page, order, and the conditions of its total and of its rows, null if no row can match. */
  async #asked(context: Context, args: ListArgs, also?: FilterQuery<E>): Promise<Asked<E>> {
    const page = pageOf(args, context.actor);
    const order = readOrder(this.#noun.options, args.sort ?? [], readSearch(args));
    const signature = order.map(({ column, direction, of = '' }) => `${column}${of}:${direction}`).join();
    const where = this.#noun.where(context, args, also);
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
    const find = (): Promise<E[]> =>
      context.em.find(this.#noun.options.entity, where, { orderBy, limit }) as Promise<E[]>;
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
    const { entity } = this.#noun.options;
    const sorted = context.em.createQueryBuilder(entity, 'e');
    const columns = order.flatMap(({ sql }) => (sql ? [raw(`${sql('e')} as relevance`)] : []));
    sorted.select(['id', ...columns] as never).where(where as never);
    sorted.orderBy(orderBy as never).limit(limit);
    await sorted.applyFilters();
    const places = (await whenItsTurn(context, () => sorted.execute('all', false))) as unknown as {
      id: string;
      relevance: number;
    }[];
    const rows = await this.#noun.byIds(
      context,
      places.map(({ id }) => id),
    );
    return places.flatMap(({ relevance }, n) => (rows[n] ? [{ row: rows[n], relevance }] : []));
  }

  /** Checks that each value of a cursor fits its column: clients can forge cursors. */
  async #placed(context: Context, order: Order, values: unknown[], path: string): Promise<unknown[]> {
    const { properties } = context.em.getMetadata().get(this.#noun.options.entity);
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
    const row = await this.#noun.load(context, values.at(-1) as string);
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
    return new this.#noun.Connection(edges, pageInfo, count);
  }
}
