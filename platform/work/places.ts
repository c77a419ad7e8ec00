import type { FactType } from '../facts/fact.ts';
import { WorkLoop } from './loop.ts';
import type { Worker, Workplace } from './worker.ts';

export interface PlacesOptions<T extends { id: string }> {
  /** Names the work in logs. */
  name: string;
  /** Pieces of work of this process at once. */
  atOnce: number;
  /** Facts after which there is work. */
  wakes: readonly FactType[];
  /** Takes pieces that are due, at most `free` of them. */
  take: (free: number) => Promise<readonly T[]>;
  /** When the next piece is due; null when none is known of. */
  next: () => Promise<Date | null>;
  /** Does one piece and records what became of it; `leaving` aborts when the process is about to end. */
  work: (taken: T, leaving: AbortSignal) => Promise<void>;
}

/**
 * A worker whose pieces of work go on side by side, each in a place of its own: one that waits for a slow server holds up no other. The next
 * piece begins as soon as a place is free.
 */
export function placesWorker<T extends { id: string }>(
  { clock, log, hub }: Workplace,
  { name, atOnce, wakes, take, next, work }: PlacesOptions<T>,
): Worker {
  const leaving = new AbortController();
  const running = new Set<Promise<void>>();
  const begin = (taken: T): void => {
    const done: Promise<void> = work(taken, leaving.signal)
      // Not even its outcome could be written down: its lease ends, and it is taken again.
      .catch((error: unknown) =>
        log.error({ err: error, work: name, id: taken.id }, 'a piece of work was left as it stood'),
      )
      .finally(() => {
        running.delete(done);
        loop.wake();
      });
    running.add(done);
  };
  const loop = new WorkLoop({
    name,
    clock,
    log,
    work: async (closing) => {
      if (closing.aborted || running.size >= atOnce) return null;
      for (const taken of await take(atOnce - running.size)) begin(taken);
      return next();
    },
  });
  let unhear = (): void => {};
  return {
    start() {
      const types = wakes.map(({ type }) => type);
      unhear = hub.hear(types, () => loop.wake());
      loop.wake();
    },
    async settled() {
      do {
        await loop.settled();
        await Promise.all(running);
        // What ended last may have made room for what waited.
        await loop.settled();
      } while (running.size > 0);
    },
    async close() {
      unhear();
      await loop.close();
      leaving.abort();
      await Promise.all(running);
    },
  };
}
