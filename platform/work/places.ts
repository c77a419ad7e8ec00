import type { FactType } from '../facts/fact.ts';
import { WorkLoop } from './loop.ts';
import type { Worker, Workplace } from './worker.ts';

export interface PlacesOptions<T extends { id: string }> {
  /** Names the work in logs. */
  name: string;
  /** Pieces of work that run at once in this process. */
  atOnce: number;
  /** Facts that signal new work. */
  wakes: readonly FactType[];
  /** Takes due pieces, at most `free` of them. */
  take: (free: number) => Promise<readonly T[]>;
  /** When the next piece is due; null if none is known. */
  next: () => Promise<Date | null>;
  /** Does one piece and records its outcome; `leaving` aborts when the process is about to end. */
  work: (taken: T, leaving: AbortSignal) => Promise<void>;
}

/**
 * A worker that runs several pieces at once: one that waits for a slow server delays no other. The next piece starts as soon as a place
 * is free.
 */
export function placesWorker<T extends { id: string }>(
  { clock, log, hub }: Workplace,
  { name, atOnce, wakes, take, next, work }: PlacesOptions<T>,
): Worker {
  const leaving = new AbortController();
  const running = new Set<Promise<void>>();
  const begin = (taken: T): void => {
    const done: Promise<void> = work(taken, leaving.signal)
      // Its outcome could not be recorded: its lease will expire, and it will be taken again.
      .catch((error: unknown) =>
        log.error({ err: error, work: name, id: taken.id }, 'a piece of work failed and its outcome was not recorded'),
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
      await loop.settled();
      while (running.size > 0) {
        await Promise.all(running);
        // The last one to end may have made room for waiting work.
        await loop.settled();
      }
    },
    async close() {
      unhear();
      await loop.close();
      leaving.abort();
      await Promise.all(running);
    },
  };
}
