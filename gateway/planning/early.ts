import { readFile } from 'node:fs/promises';
import type { Logger } from '../../platform/telemetry/log.ts';
import { PlannerThread, type Planner } from './planner.ts';

export interface EarlySupergraph {
  sdl: Promise<string>;
  /** Returns the early planner once if it read this SDL; otherwise opens a new one in a separate thread. */
  openPlanner(sdl: string): Promise<Planner>;
}

/** Starts to read the supergraph in another thread, while this one loads and opens everything else. */
export function readEarly(path: string, log: Logger): EarlySupergraph {
  const open = (sdl: string): Promise<Planner> => new PlannerThread(log).open(sdl);
  const sdl = readFile(path, 'utf8');
  let early: Promise<Planner> | null = sdl.then(open);
  // Callers that await these promises get the error; until then it must not be an unhandled rejection.
  sdl.catch(() => undefined);
  early.catch(() => undefined);
  return {
    sdl,
    async openPlanner(asked) {
      const first = early;
      early = null;
      if (!first) return open(asked);
      if ((await sdl) === asked) return first;
      await first.then(
        (planner) => planner.close(),
        () => undefined,
      );
      return open(asked);
    },
  };
}
