import { vi } from 'vitest';

/** Long timers of this process, which a test runs at its own time instead of waiting for them. */
export interface HeldTimers extends Disposable {
  /** Moves the date forward, and runs the timers that are due then. */
  pass(milliseconds: number): void;
  /**
   * Moves the date to the earliest timer and runs it; `early` milliseconds before its time, if given, because timers and dates use different
   * clocks. Fails if there is none.
   */
  comeDue(early?: number): void;
}

interface Held {
  due: number;
  run: () => void;
}

/** Holds the timers that are set from now on for at least `from` milliseconds; shorter ones run as usual. */
export function holdTimers(from: number): HeldTimers {
  const { setTimeout: set, clearTimeout: clear } = globalThis;
  const now = Date.now.bind(Date);
  const held = new Map<unknown, Held>();
  let ahead = 0;
  const run = (early = 0): void => {
    for (const [handle, timer] of held) {
      if (timer.due - early > now() + ahead) continue;
      held.delete(handle);
      timer.run();
    }
  };
  const spies = [
    vi.spyOn(Date, 'now').mockImplementation(() => now() + ahead),
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(((
      fn: (...given: unknown[]) => void,
      ms = 0,
      ...given: unknown[]
    ) => {
      if (ms < from) return set(fn, ms, ...given);
      // Never fires, and can be passed to `unref` and `clearTimeout` like any other.
      const handle = set(() => undefined, 2 ** 31 - 1);
      held.set(handle, { due: now() + ahead + ms, run: () => fn(...given) });
      return handle.unref();
    }) as typeof setTimeout),
    vi.spyOn(globalThis, 'clearTimeout').mockImplementation((handle) => {
      held.delete(handle);
      clear(handle);
    }),
  ];
  return {
    pass(milliseconds) {
      ahead += milliseconds;
      run();
    },
    comeDue(early = 0) {
      if (held.size === 0) throw new Error(`No timer of ${from} ms or more is set.`);
      const due = Math.min(...[...held.values()].map((timer) => timer.due));
      ahead = due - early - now();
      run(early);
    },
    [Symbol.dispose]() {
      for (const spy of spies) spy.mockRestore();
    },
  };
}
