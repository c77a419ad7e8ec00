import 'reflect-metadata';
import { LockMode, raw, type FilterQuery } from '@mikro-orm/postgresql';
import DataLoader from 'dataloader';
import type { Context, Transaction } from '../context/context.ts';
import { readSearch, type SearchArgs, type SearchOptions } from '../search/search.ts';
import { snippetsOf, type SearchSnippet } from '../search/snippet.ts';
import type { Comparison } from './compared.ts';
import { connectionClass, type Connection } from './connection.ts';
import type { ListArgs, NounOptions, Row, Shown } from './options.ts';
import { Pages } from './pages.ts';
import { sortEnum } from './sort.ts';
import { filterClass, type FilterClass } from './filter.ts';
import { filterQuery } from './filter-query.ts';
import type { FilterKind } from './filter-kinds.ts';

/** A noun of an OS: how its rows are loaded, listed, filtered, sorted and searched. */
export class Noun<E extends Row> implements Shown<E> {
  readonly options: NounOptions<E>;
  readonly prefixes: readonly string[];
  readonly #pages: Pages<E>;
  /** What its aggregates and facets compare; they add themselves. */
  readonly counts: Comparison[] = [];
  readonly Connection: new (...args: ConstructorParameters<typeof Connection<E>>) => Connection<E>;
  readonly Filter: FilterClass;
  readonly Sort: Record<string, string>;

  constructor(options: NounOptions<E>) {
    this.options = options;
    this.prefixes = typeof options.prefix === 'string' ? [options.prefix] : options.prefix;
    this.#pages = new Pages<E>(this);
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

  /** Rows that this viewer does not see may have been left out. */
  #leaveOut(context: Context): void {
    if (this.options.audience === 'visible' && !context.system) context.leaveOut();
  }

  /** The row if it exists and is visible, else `null`. All look-ups of one tick share a statement. */
  load(context: Context, id: string | null | undefined): Promise<E | null> {
    if (!id) return Promise.resolve(null);
    return context
      .loader<E | null>(this, () => new DataLoader((ids) => this.byIds(context, ids), { maxBatchSize: 1000 }))
      .load(id);
  }

  /** The rows that exist and are visible, in the order of their ids; the others are `null`. */
  async byIds(context: Context, ids: readonly string[]): Promise<(E | null)[]> {
    const visible = this.#visible(context);
    if (visible === null) return ids.map(() => null);
    const where = { $and: [{ id: { $in: [...ids] } }, visible] } as FilterQuery<E>;
    const rows = await context.em.find(this.options.entity, where);
    const byId = new Map(rows.map((row) => [row.id, row as E]));
    if (byId.size < new Set(ids).size) this.#leaveOut(context);
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
    this.#leaveOut(context);
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
  list(context: Context, args: ListArgs, also?: FilterQuery<E>): Promise<Connection<E>> {
    return this.#pages.list(context, args, also);
  }

  /**
   * A page of the rows of a parent, such as the assets of an owner. The lists of all parents of one tick with the same arguments
   * are two statements, plus one for their totals. `property` holds the parent's id.
   */
  listOf(context: Context, property: keyof E & string, parent: string, args: ListArgs): Promise<Connection<E>> {
    return this.#pages.listOf(context, property, parent, args);
  }

  /** The database column of a property. */
  columnOf(context: Context, property: string): string {
    const { properties } = context.em.getMetadata().get(this.options.entity);
    const { fieldNames } = properties[property as keyof typeof properties] as { fieldNames: string[] };
    return fieldNames[0] ?? property;
  }
}

export function noun<E extends Row>(options: NounOptions<E>): Noun<E> {
  return new Noun(options);
}
