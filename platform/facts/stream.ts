import type { Context } from '../context/context.ts';
import { inLane } from '../database/precedence.ts';
import { Expired } from '../errors/errors.ts';
import type { FactType, PayloadOf, StampedFact } from './fact.ts';
import { FactsGone, isFurtherBehind, readFacts } from './log.ts';
import { StreamMark } from './mark.ts';

/** Live facts that wait for a slow reader in memory. Past it the stream forgets them and reads on from the log instead. */
const queueAtMost = 256;

/** Rows of one look into the log. */
const replayPage = 200;

/** While nothing happens, the stream says so often up to where it has looked, in milliseconds: whoever comes back need not look there again. */
const markEvery = 30_000;

/** What a reader is told whose place lies before facts that are not kept any more. */
function pruned(): Expired {
  return new Expired('Events after this cursor are no longer kept. Query anew and subscribe from there.', {
    path: ['after'],
  });
}

export interface FactStreamOptions<T extends FactType, E> {
  facts: readonly T[];
  /** The client's cursor: what came after it is replayed first. Without it the stream begins now. */
  after?: string | null | undefined;
  /** Whether this subscriber gets this fact; rights over the fact's own values belong here. */
  match: (fact: StampedFact<PayloadOf<T>>) => boolean;
  /** The event's own values. */
  event: (fact: StampedFact<PayloadOf<T>>, at: { cursor: string; sequence: string; occurredAt: Date }) => E;
}

/**
 * A fact stream: one event per fact, in the order of the log, nothing dropped and nothing merged. It reads the log until it
 * has caught up and then takes facts as the relay hands them on; the change-over happens between two turns of the event
 * loop, so that there is neither gap nor duplicate. A reader that falls behind goes back to reading the log.
 *
 * Between events it yields `StreamMark`s, which say up to where it has looked: when it has begun or caught up, and now and then while
 * nothing happens. They are for who serves the stream, not for its clients.
 *
 * The iterator is written by hand: `return()` must end a pending `next()` at once, which an async generator cannot do.
 */
export function factStream<T extends FactType, E>(
  context: Context,
  options: FactStreamOptions<T, E>,
): AsyncIterableIterator<E> {
  type F = StampedFact<PayloadOf<T>>;
  const { hub, universe } = context;
  const types = options.facts.map((fact) => fact.type);
  let position = options.after ? hub.positionOf(options.after, ['after']) : hub.position;
  if (hub.isLost(position))
    throw new Expired('This cursor is of events that were lost when the database was restored. Query anew.', {
      path: ['after'],
    });
  if (hub.isPruned(position)) throw pruned();
  let queue: F[] = [];
  let waiting: { resolve: (result: IteratorResult<E>) => void; reject: (error: unknown) => void } | null = null;
  /** Up to where the last mark was; null when one is due. */
  let marked: bigint | null = null;
  let marker: NodeJS.Timeout | null = null;
  let depthIsKnown = false;
  let stopHearing: (() => void) | null = null;
  let reading = false;
  let done = false;
  let failure: { error: unknown } | null = null;

  const wanted = (fact: F): boolean => fact.universe === universe && options.match(fact);
  const eventOf = (fact: F): E =>
    options.event(fact, {
      cursor: hub.cursorAt(fact.position),
      sequence: fact.position,
      occurredAt: fact.at,
    });

  const deliver = (): void => {
    if (!waiting) return;
    const fact = queue.shift();
    if (fact) {
      const { resolve, reject } = waiting;
      waiting = null;
      try {
        resolve({ done: false, value: eventOf(fact) });
      } catch (error) {
        end();
        reject(error);
      }
    } else if (!stopHearing) void replay();
    else if (marked === null || marker === null) mark();
  };

  /** Live and with nothing to tell: everything that the relay has handed on was looked at. Then again after a while. */
  const mark = (): void => {
    if (marker) clearTimeout(marker);
    marker = setTimeout(mark, markEvery).unref();
    if (!waiting || !stopHearing || queue.length > 0 || marked === hub.position) return;
    marked = hub.position;
    const { resolve } = waiting;
    waiting = null;
    resolve({ done: false, value: new StreamMark(hub.cursorAt(hub.position)) as E });
  };

  const hear = (): void => {
    stopHearing = hub.hear(
      types,
      (batch) => {
        try {
          for (const fact of batch as F[]) {
            // The change-over may hear a batch that the last look into the log has brought already.
            if (BigInt(fact.position) <= position || !wanted(fact)) continue;
            queue.push(fact);
          }
        } catch (error) {
          fail(error);
          return;
        }
        const last = queue.at(-1);
        if (queue.length > queueAtMost) {
          queue = queue.slice(0, queueAtMost);
          stopHearing?.();
          stopHearing = null;
          marked = null;
          position = BigInt(queue[queueAtMost - 1]!.position);
        } else if (last) position = BigInt(last.position);
        deliver();
      },
      () => fail(pruned()),
    );
  };

  /** Reads one page of the log after `position`; at its end the stream is live. */
  const replay = async (): Promise<void> => {
    if (reading || done) return;
    reading = true;
    try {
      if (!depthIsKnown) {
        const isTooFar = await hub.replays.take(() =>
          done
            ? Promise.resolve(false)
            : inLane('query', () =>
                isFurtherBehind(hub.database, { after: position, types, universe }, hub.replayAtMost),
              ),
        );
        if (isTooFar)
          throw new Expired(
            `This cursor is more than ${hub.replayAtMost} events old. Query anew and subscribe from there.`,
            { path: ['after'] },
          );
        depthIsKnown = true;
      }
      while (!done && queue.length === 0 && !stopHearing) {
        let upTo = hub.position;
        const page = (await hub.replays.take(() => {
          // It may have waited for its turn, or its reader may have gone meanwhile.
          upTo = hub.position;
          if (done) return Promise.resolve([]);
          const range = { after: position, upTo, types, universe, limit: replayPage };
          return inLane('query', () => readFacts(hub.database, range));
        })) as F[];
        if (done) return;
        queue = page.filter(wanted);
        const last = page.at(-1);
        if (page.length === replayPage && last) position = BigInt(last.position);
        else {
          if (upTo > position) position = upTo;
          // Nothing was handed on while we read: from here on everything is heard.
          if (hub.position === upTo && !done) hear();
        }
      }
    } catch (error) {
      fail(error instanceof FactsGone ? pruned() : error);
    } finally {
      reading = false;
    }
    deliver();
  };

  const end = (): void => {
    done = true;
    if (marker) clearTimeout(marker);
    stopHearing?.();
    stopHearing = null;
    queue = [];
    waiting?.resolve({ done: true, value: undefined });
    waiting = null;
  };

  /** Ends with an error, which whoever reads gets now or next: a fact that cannot be decided is not passed over. */
  const fail = (error: unknown): void => {
    if (done) return;
    if (waiting) waiting.reject(error);
    else failure = { error };
    waiting = null;
    end();
  };

  if (!options.after) hear();

  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next() {
      if (failure) {
        const { error } = failure;
        failure = null;
        return Promise.reject(error);
      }
      if (done) return Promise.resolve({ done: true, value: undefined });
      if (waiting) return Promise.reject(new Error('A stream is read one event at a time.'));
      return new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        deliver();
      });
    },
    return() {
      end();
      return Promise.resolve({ done: true, value: undefined });
    },
    async throw(error) {
      end();
      throw error;
    },
  };
}
