import type { Context } from '../context/context.ts';
import { EventQueue } from '../streams/event-queue.ts';
import type { FactType, StampedFact } from './fact.ts';
import type { FactHub } from './hub.ts';

/** Minimum milliseconds between two reads of the state; changes in between are merged. */
const restAtLeast = 250;

/** Milliseconds after which the state is read again if no change is expected. */
const lookAtLeastEvery = 30_000;

/** The result of one read of the state. */
export interface Look<S> {
  state: S;
  /** Equal for states without a visible change. */
  signature: string;
  /** Milliseconds until the state changes by itself, without a fact; absent if it never does. */
  nextIn?: number;
}

export interface SharedStates<S> {
  /** Identifies the state in its universe: its readers share the reads. */
  name: string;
  /** The facts that may change the state. */
  facts: readonly FactType[];
  /** Reads the state. It must be the same for all readers. */
  look: (context: Context) => Promise<Look<S>>;
}

const watches = new WeakMap<FactHub, Map<string, Watch<unknown>>>();

/**
 * The states of something for one reader of a `stateStream`: the present one, then the latest changed one each time the reader pulls.
 * Changes are merged and not replayed. All readers of a universe share the reads, so the cost of a change depends neither on their number
 * nor on their selections.
 */
export function sharedStates<S>(context: Context, options: SharedStates<S>): AsyncIterableIterator<S> {
  const { hub, universe } = context;
  const known = watches.get(hub) ?? new Map<string, Watch<unknown>>();
  watches.set(hub, known);
  const key = `${universe} ${options.name}`;
  let watch = known.get(key) as Watch<S> | undefined;
  if (!watch) known.set(key, (watch = new Watch(context, options, () => known.delete(key))) as Watch<unknown>);
  return new Reader(context, watch).states;
}

/** Reads one state for all its readers. */
class Watch<S> {
  readonly #options: SharedStates<S>;
  readonly #unhear: () => void;
  readonly #onEmpty: () => void;
  readonly #readers = new Set<Reader<S>>();
  #latest: Look<S> | null = null;
  #lookedAt = 0;
  #isDirty = true;
  #isLooking = false;
  #timer: NodeJS.Timeout | null = null;

  constructor({ hub, universe }: Context, options: SharedStates<S>, onEmpty: () => void) {
    this.#options = options;
    this.#onEmpty = onEmpty;
    const types = options.facts.map(({ type }) => type);
    const changed = (): void => {
      this.#isDirty = true;
      this.#wake();
    };
    const heard = (batch: readonly StampedFact[]): void => {
      if (batch.some((fact) => fact.universe === universe)) changed();
    };
    this.#unhear = hub.hear(types, heard, changed);
  }

  /** The first state that a reader gets was looked at after it came. */
  join(reader: Reader<S>): void {
    this.#readers.add(reader);
    this.#isDirty = true;
  }

  leave(reader: Reader<S>): void {
    if (!this.#readers.delete(reader) || this.#readers.size > 0) return;
    if (this.#timer) clearTimeout(this.#timer);
    this.#unhear();
    this.#onEmpty();
  }

  /** A reader waits for a state: it gets what the others have got meanwhile, if that still holds. */
  asked(reader: Reader<S>): void {
    if (this.#latest && !this.#isDirty && reader.hasBegun) reader.show(this.#latest);
    this.#wake();
  }

  /** Schedules the next read if a reader waits. */
  #wake(): void {
    if (this.#isLooking || ![...this.#readers].some(({ isWaiting }) => isWaiting)) return;
    if (this.#timer) clearTimeout(this.#timer);
    const next = Math.min(this.#latest?.nextIn ?? lookAtLeastEvery, lookAtLeastEvery);
    const pause = this.#isDirty ? restAtLeast : Math.max(next, restAtLeast);
    this.#timer = setTimeout(() => void this.#look(), Math.max(0, this.#lookedAt + pause - Date.now()));
  }

  async #look(): Promise<void> {
    const readers = [...this.#readers];
    const [first] = readers;
    if (!first) return;
    this.#isLooking = true;
    this.#isDirty = false;
    try {
      this.#latest = await this.#options.look(first.context);
      for (const reader of readers) reader.show(this.#latest);
    } catch (error) {
      for (const reader of readers) reader.fail(error);
    } finally {
      this.#lookedAt = Date.now();
      this.#isLooking = false;
    }
    this.#wake();
  }
}

/** One reader. It gets a state only while it waits for one, so it never gets an outdated one. */
class Reader<S> {
  readonly context: Context;
  readonly states: EventQueue<S>;
  readonly #watch: Watch<S>;
  /** The signature of the last state that it got. */
  #shown: string | null = null;

  constructor(context: Context, watch: Watch<S>) {
    this.context = context;
    this.#watch = watch;
    this.states = new EventQueue({ pull: () => watch.asked(this), onReturn: () => watch.leave(this) });
    watch.join(this);
  }

  get isWaiting(): boolean {
    return this.states.isWaiting;
  }

  get hasBegun(): boolean {
    return this.#shown !== null;
  }

  /** Yields a state if the reader waits and the state has changed. */
  show({ state, signature }: Look<S>): void {
    if (!this.isWaiting || signature === this.#shown) return;
    this.#shown = signature;
    this.states.push(state);
  }

  /** Ends the reader with an error, yielded now or at its next pull. */
  fail(error: unknown): void {
    this.states.fail(error);
    this.#watch.leave(this);
  }
}
