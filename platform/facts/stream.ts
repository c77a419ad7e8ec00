import type { Context } from '../context/context.ts';
import { inLane } from '../database/precedence.ts';
import { Expired } from '../errors/errors.ts';
import { EventQueue } from '../streams/event-queue.ts';
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
  /** Up to where the last mark was; null when one is due. */
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
    const fact = queue.shift();
    if (fact) {
      try {
        events.push(eventOf(fact));
      } catch (error) {
        fail(error);
      }
    } else if (!stopHearing) void replay();
    else if (marked === null || marker === null) mark();
  };

  /** Live and with nothing to tell: everything that the relay has handed on was looked at. Then again after a while. */
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
            `This cursor is more than ${hub.replayAtMost} events old. Query anew and subscribe from there.`,
            { path: ['after'] },
          );
        depthIsKnown = true;
      }
      while (!events.hasEnded && queue.length === 0 && !stopHearing) {
        let upTo = hub.position;
        const page = (await hub.replays.take(() => {
          // It may have waited for its turn, or its reader may have gone meanwhile.
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
          // Nothing was handed on while we read: from here on everything is heard.
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

  /** Ends the stream with an error. A fact that cannot be matched is never skipped. */
  const fail = (error: unknown): void => {
    events.fail(error);
    close();
  };

  const events = new EventQueue<E>({ pull: deliver, onReturn: close });
  if (!options.after) hear();

  return events;
}
