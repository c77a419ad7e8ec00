import type { Context } from '../context/context.ts';
import { inLane } from '../database/precedence.ts';
import { Expired } from '../errors/errors.ts';
import { EventQueue } from '../streams/event-queue.ts';
import type { FactType, PayloadOf, StampedFact } from './fact.ts';
import { FactsGone, isFurtherBehind, readFacts } from './log.ts';
import { StreamMark } from './mark.ts';

/** Maximum live facts in memory for a slow reader. Beyond it the stream drops them and continues from the log. */
const queueAtMost = 256;

/** Rows of one read of the log. */
const replayPage = 200;

/** Milliseconds between marks of an idle stream: a client that reconnects need not read the log before the last mark. */
const markEvery = 30_000;

/** The error for a cursor before pruned facts. */
function pruned(): Expired {
  return new Expired('Events after this cursor are no longer kept. Query again and subscribe from there.', {
    path: ['after'],
  });
}

export interface FactStreamOptions<T extends FactType, E> {
  facts: readonly T[];
  /** The client's cursor; the facts after it are replayed first. Without it the stream begins now. */
  after?: string | null | undefined;
  /** Whether this subscriber gets the fact, including rights over its values. */
  match: (fact: StampedFact<PayloadOf<T>>) => boolean;
  /** Makes the event of a fact. */
  event: (fact: StampedFact<PayloadOf<T>>, at: { cursor: string; sequence: string; occurredAt: Date }) => E;
}

/**
 * A fact stream: one event per fact, in log order, without gaps, duplicates or merging. It reads the log until it has caught up and then
 * takes facts from the relay; the switch happens in one turn of the event loop. A reader that falls behind goes back to the log.
 *
 * Between events it yields `StreamMark`s with its position: at the start, after catching up, and from time to time while idle. They are for
 * the server of the stream, not for its clients.
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
    throw new Expired('This cursor is of events that were lost when the database was restored. Query again.', {
      path: ['after'],
    });
  if (hub.isPruned(position)) throw pruned();
  /** Where a stream without a cursor begins, until it has been told: before the first event, so that a lost stream resumes from there. */
  let beginning = options.after ? null : position;
  let queue: F[] = [];
  /** The position of the last mark; null when one is due. */
  let marked: bigint | null = null;
  let marker: NodeJS.Timeout | null = null;
  let depthIsKnown = false;
  let stopHearing: (() => void) | null = null;
  let reading = false;

  const wanted = (fact: F): boolean => fact.universe === universe && options.match(fact);
  const eventOf = (fact: F): E =>
    options.event(fact, {
      cursor: hub.cursorAt(fact.position),
      sequence: fact.position,
      occurredAt: fact.at,
    });

  const deliver = (): void => {
    if (!events.isWaiting) return;
    if (beginning !== null) {
      marked = beginning;
      beginning = null;
      events.push(new StreamMark(hub.cursorAt(marked)) as E);
      return;
    }
    const fact = queue.shift();
    if (fact) {
      try {
        events.push(eventOf(fact));
      } catch (error) {
        fail(error);
      }
    } else if (!stopHearing) void replay();
    else if (marked === null) mark();
    else marker ??= setTimeout(mark, markEvery).unref();
  };

  /** Yields a mark if the stream is live and idle, and schedules the next. */
  const mark = (): void => {
    if (marker) clearTimeout(marker);
    marker = setTimeout(mark, markEvery).unref();
    if (!events.isWaiting || !stopHearing || queue.length > 0 || marked === hub.position) return;
    marked = hub.position;
    events.push(new StreamMark(hub.cursorAt(hub.position)) as E);
  };

  const hear = (): void => {
    stopHearing = hub.hear(
      types,
      (batch) => {
        try {
          for (const fact of batch as F[]) {
            // After the switch the relay may deliver a batch that was already read from the log.
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

  /** Reads pages of the log after `position`; at its end the stream goes live. */
  const replay = async (): Promise<void> => {
    if (reading || events.hasEnded) return;
    reading = true;
    try {
      if (!depthIsKnown) {
        const isTooFar = await hub.replays.take(() =>
          events.hasEnded
            ? Promise.resolve(false)
            : inLane('query', () =>
                isFurtherBehind(hub.database, { after: position, types, universe }, hub.replayAtMost),
              ),
        );
        if (isTooFar)
          throw new Expired(
            `This cursor is more than ${hub.replayAtMost} events old. Query again and subscribe from there.`,
            { path: ['after'] },
          );
        depthIsKnown = true;
      }
      while (!events.hasEnded && queue.length === 0 && !stopHearing) {
        let upTo = hub.position;
        const page = (await hub.replays.take(() => {
          // Meanwhile the log may have grown, or the reader may have gone.
          upTo = hub.position;
          if (events.hasEnded) return Promise.resolve([]);
          const range = { after: position, upTo, types, universe, limit: replayPage };
          return inLane('query', () => readFacts(hub.database, range));
        })) as F[];
        if (events.hasEnded) return;
        queue = page.filter(wanted);
        const last = page.at(-1);
        if (page.length === replayPage && last) position = BigInt(last.position);
        else {
          if (upTo > position) position = upTo;
          // Nothing was delivered during the read, so from here the relay delivers everything.
          if (hub.position === upTo && !events.hasEnded) hear();
        }
      }
    } catch (error) {
      fail(error instanceof FactsGone ? pruned() : error);
    } finally {
      reading = false;
    }
    deliver();
  };

  const close = (): void => {
    if (marker) clearTimeout(marker);
    stopHearing?.();
    stopHearing = null;
    queue = [];
  };

  /** Ends the stream with an error: a fact that cannot be matched must not be skipped. */
  const fail = (error: unknown): void => {
    events.fail(error);
    close();
  };

  const events = new EventQueue<E>({ pull: deliver, onReturn: close });
  if (!options.after) hear();

  return events;
}
