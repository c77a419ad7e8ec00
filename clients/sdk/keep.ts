import type { Document } from './document.ts';
import { GraphError } from './error.ts';
import type { Connection } from './live.ts';

/** Milliseconds before a list that failed in passing is read again; it doubles each time. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;

/** What an event changes in a list. */
export type Change<TItem> = { readonly put: TItem } | { readonly remove: string };

export interface KeepOptions<TItem, TList, TListVariables, TEvent, TEventVariables> {
  /** The query that reads the list, with a `liveCursor` at which the stream begins. */
  readonly list: Document<TList, TListVariables>;
  readonly listVariables?: TListVariables;
  readonly items: (data: TList) => readonly TItem[];
  /** The `liveCursor` of its answer. */
  readonly liveCursor: (data: TList) => string | null;
  /** The subscription, with the variable `$after` and the field `cursor`. */
  readonly stream: Document<TEvent, TEventVariables>;
  readonly streamVariables?: Omit<TEventVariables, 'after'>;
  /** What an event changes, in order; none for an event about something else. */
  readonly changes: (event: TEvent) => readonly Change<TItem>[];
  readonly idOf: (item: TItem) => string;
  /** Grows with each change of an item: an older one never replaces a newer one. */
  readonly versionOf?: (item: TItem) => number;
  /** The order of the list; by default that of the query, with new items at the end. */
  readonly compare?: (a: TItem, b: TItem) => number;
  /** The list's length; what falls off its end is forgotten. */
  readonly most?: number;
}

export interface KeptState<TItem> {
  readonly items: readonly TItem[];
  /** `loading` until the first answer; `failed` when it is given up, with the reason in `error`. */
  readonly state: 'loading' | Connection | 'failed';
  readonly error: GraphError | null;
}

/** The operations that a list needs. */
export interface KeepingGraph {
  ask<TData>(document: Document<TData, unknown>, variables: unknown, options: { signal: AbortSignal }): Promise<TData>;
  subscribe<TData>(
    document: Document<TData, unknown>,
    variables: unknown,
    options: { signal: AbortSignal; after: string | null; onConnection: (state: Connection) => void },
  ): AsyncIterableIterator<TData>;
}

/**
 * A list that stays true: read once, and then changed by each event after its `liveCursor`, so that nothing is missed or counted twice. When
 * the stream cannot continue (EXPIRED after a long absence), the list is read anew.
 */
export class Kept<TItem> {
  readonly #graph: KeepingGraph;
  readonly #options: KeepOptions<TItem, unknown, unknown, unknown, unknown>;
  readonly #told = new Set<(state: KeptState<TItem>) => void>();
  readonly #closed = new AbortController();
  #items = new Map<string, TItem>();
  #state: KeptState<TItem> = { items: [], state: 'loading', error: null };
  #failures = 0;

  constructor(graph: KeepingGraph, options: KeepOptions<TItem, unknown, unknown, unknown, unknown>) {
    this.#graph = graph;
    this.#options = options;
    void this.#keep();
  }

  get current(): KeptState<TItem> {
    return this.#state;
  }

  /** Calls back with the current state and each later one. Returns a function that ends it. */
  subscribe(tell: (state: KeptState<TItem>) => void): () => void {
    this.#told.add(tell);
    tell(this.#state);
    return () => this.#told.delete(tell);
  }

  /** Calls back once, when the list is closed. */
  onClose(closed: () => void): void {
    this.#closed.signal.addEventListener('abort', closed, { once: true });
  }

  close(): void {
    this.#closed.abort();
    this.#told.clear();
  }

  async #keep(): Promise<void> {
    const { signal } = this.#closed;
    while (!signal.aborted) {
      try {
        await this.#follow();
        // The server has ended the stream in good order; what follows it is read anew.
        this.#failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        const known = error instanceof GraphError ? error : null;
        const isPassing = known?.code === 'EXPIRED' || known?.retryable === true;
        if (!isPassing) return this.#set('failed', known ?? new GraphError({ errors: [{ message: String(error) }] }));
        if (known.code !== 'EXPIRED') this.#failures += 1;
      }
      this.#set('reconnecting', null);
      await this.#pause();
    }
  }

  /** Reads the list and follows its stream until that ends. */
  async #follow(): Promise<void> {
    const { list, listVariables, items, liveCursor, stream, streamVariables, changes } = this.#options;
    const { signal } = this.#closed;
    const data = await this.#graph.ask(list, listVariables, { signal });
    const { idOf } = this.#options;
    this.#items = new Map(items(data).map((item) => [idOf(item), item]));
    this.#failures = 0;
    this.#set('live', null);
    const events = this.#graph.subscribe(stream, streamVariables, {
      signal,
      after: liveCursor(data),
      onConnection: (state) => this.#set(state, null),
    });
    for await (const event of events) {
      for (const change of changes(event)) this.#apply(change);
      this.#set('live', null);
    }
  }

  #apply(change: Change<TItem>): void {
    const { idOf, versionOf } = this.#options;
    if ('remove' in change) {
      this.#items.delete(change.remove);
      return;
    }
    const id = idOf(change.put);
    const before = this.#items.get(id);
    if (before !== undefined && versionOf && versionOf(before) > versionOf(change.put)) return;
    this.#items.set(id, change.put);
  }

  #set(state: KeptState<TItem>['state'], error: GraphError | null): void {
    const { compare, most, idOf } = this.#options;
    let items = [...this.#items.values()];
    if (compare) items = items.toSorted(compare);
    if (most !== undefined && items.length > most) {
      for (const item of items.slice(most)) this.#items.delete(idOf(item));
      items = items.slice(0, most);
    }
    this.#state = { items, state, error };
    for (const tell of this.#told) tell(this.#state);
  }

  #pause(): Promise<void> {
    const { signal } = this.#closed;
    const longest = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.#failures);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.random() * longest);
      signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
    });
  }
}
